"""Need to know: what somebody may not see leaves no line, count, gap or difference."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from feedback.base.adapters.database import writing
from feedback.base.adapters.files import default_campaign
from feedback.base.domain.permission import Actor, Grant, Permission, Role
from feedback.base.models.unit import Unit
from feedback.campaigns.models.campaign import Campaign
from feedback.campaigns.queries.campaign import campaigns_for
from feedback.campaigns.services.channel import ChannelDetails, create_channel
from feedback.cases.domain.disclosure import Disclosure, disclosed
from feedback.cases.domain.submission import Status
from feedback.cases.models.submission import Submission
from feedback.cases.queries.submission import UnknownSubmissionError, get_submission, is_permitted
from feedback.cases.queries.visibility import decided_by, visible_to
from feedback.desk.domain.queue import QueueFilter
from feedback.desk.queries.queue import QueueCount, count_exportable, counts, queue_page
from feedback.editing.services.campaign import create_campaign, open_campaign
from feedback.intake.services.submission import Receipt
from feedback.workbooks.queries.export_row import export_rows
from tests.actors import change, first_campaign_id, make_actor, make_many, seen_by
from tests.factories import Factory
from tests.stored import submission_of

ABOUT_SUBMISSIONS = {
    Permission.SUBMISSION_READ,
    Permission.SUBMISSION_DECIDE,
    Permission.CONTACT_READ,
    Permission.EXPORT_CREATE,
}


def traces(make: Factory, actor: Actor, receipt: Receipt) -> dict[str, Any]:
    """Everything an actor can learn about a campaign and one of its submissions."""
    with make.sessions() as session:
        wanted = QueueFilter(first_campaign_id(make))
        found = submission_of(session, receipt)
        return {
            "campaigns": [campaign.id for campaign in campaigns_for(session, actor)],
            "page": queue_page(session, wanted, actor, after=None).rows,
            "next": queue_page(session, wanted, actor, after=None).next_after,
            "counts": counts(session, [wanted], actor),
            "exportable": count_exportable(session, wanted, actor),
            "exported": [row for chunk in export_rows(session, wanted, actor, make.keys) for row in chunk],
            "permitted": {each for each in ABOUT_SUBMISSIONS if is_permitted(session, found, actor, each)},
            "opened": is_found(lambda: get_submission(session, receipt.number, actor)),
        }


def is_found(read: Callable[[], object]) -> bool:
    try:
        read()
    except UnknownSubmissionError:
        return False
    return True


NOTHING = {
    "campaigns": [],
    "page": [],
    "next": None,
    "counts": [QueueCount(0, None)],
    "exportable": 0,
    "exported": [],
    "permitted": set(),
    "opened": False,
}


def test_the_moderator_of_another_unit_sees_nothing_even_of_a_submission_about_that_unit(make: Factory) -> None:
    court = make.make_unit("court", "城东区法院")
    receipt = make.make_submission()
    change(make, receipt, responsible_unit_id=court.id)

    assert traces(make, make_actor(make, "wang", Role.MODERATOR, unit=court), receipt) == NOTHING


def test_no_role_but_moderator_and_supervisor_sees_anything(make: Factory) -> None:
    receipt = make.make_submission()
    blind = [role for role in Role if role not in {Role.MODERATOR, Role.SUPERVISOR}]

    actor = replace(make.actor, grants=frozenset(Grant(role, "/1/") for role in blind))

    assert traces(make, actor, receipt) == NOTHING
    assert traces(make, replace(make.actor, grants=frozenset()), receipt) == NOTHING


def test_a_moderator_sees_everything_that_was_asked_about(make: Factory) -> None:
    receipt = make.make_submission()

    seen = traces(make, make.actor, receipt)

    assert {name for name, trace in seen.items() if not trace} == {"next"}
    assert seen["permitted"] == ABOUT_SUBMISSIONS


def test_a_supervisor_reads_and_can_do_nothing_else(make: Factory) -> None:
    receipt = make.make_submission(phone="13812341234", has_consented=True)
    supervisor = make_actor(make, "li", Role.SUPERVISOR)

    seen = traces(make, supervisor, receipt)

    assert [row.number for row in seen["page"]] == [receipt.number]
    assert seen["opened"]
    assert seen["permitted"] == {Permission.SUBMISSION_READ}
    assert (seen["exportable"], seen["exported"]) == (0, [])
    with make.sessions() as session, pytest.raises(UnknownSubmissionError):
        get_submission(session, receipt.number, supervisor, permission=Permission.SUBMISSION_DECIDE)


def test_the_clue_lane_is_closed_to_everybody_here(make: Factory) -> None:
    receipt = make.make_submission()
    change(make, receipt, lane="clue")

    seen = traces(make, make.actor, receipt)

    assert seen == {**NOTHING, "campaigns": [first_campaign_id(make)]}


def test_a_role_reaches_the_campaigns_of_the_units_below_and_not_those_above_or_beside(make: Factory) -> None:
    east, west = make.make_unit("east", "城东区"), make.make_unit("west", "城西区")
    own = make_campaign(make, "east", east)
    make_campaign(make, "west", west)

    below = make_actor(make, "wang", Role.MODERATOR, unit=east)

    with make.sessions() as session:
        assert [campaign.id for campaign in campaigns_for(session, below)] == [own]
        assert len(campaigns_for(session, make.actor)) == 3


def test_a_unit_whose_path_only_looks_alike_is_not_below(make: Factory) -> None:
    short, long = make.make_unit("short", "城东区"), make.make_unit("long", "城西区")
    set_path(make, long, f"{short.path.rstrip('/')}1/")
    make_campaign(make, "long", long)

    actor = make_actor(make, "wang", Role.MODERATOR, unit=short)

    with make.sessions() as session:
        assert campaigns_for(session, actor) == []


def test_signs_of_a_pattern_in_a_path_are_no_pattern(make: Factory) -> None:
    receipt = make.make_submission()

    for path in ("%", "/%", "/_/", "\\", "'"):
        actor = replace(make.actor, grants=frozenset({Grant(Role.MODERATOR, path)}))
        assert traces(make, actor, receipt) == NOTHING, path


def test_a_number_one_may_not_know_reveals_nothing_as_a_place_to_go_on_from(make: Factory) -> None:
    hidden, *_ = make_many(make, 2)
    change(make, hidden, lane="clue")

    assert seen_by(make, make.actor, after=hidden.number) == seen_by(make, make.actor, after="Z9-99999")


def test_a_number_is_found_in_small_letters_and_never_by_a_pattern(make: Factory) -> None:
    receipt = make.make_submission()

    with make.sessions() as session:
        assert get_submission(session, receipt.number.lower(), make.actor).number == receipt.number
        for wrong in ("", "%", "_" * 8, receipt.number[:-1], f"{receipt.number} "):
            assert not is_found(lambda wrong=wrong: get_submission(session, wrong, make.actor))  # type: ignore[misc]


def make_campaign(make: Factory, code: str, unit: Unit) -> int:
    """An open campaign of another unit, with a door."""
    with writing(make.sessions) as session:
        campaign = create_campaign(session, default_campaign(), code=code, unit=unit, now=make.now)
        open_campaign(session, campaign, now=make.now)
        create_channel(session, campaign, ChannelDetails("大厅"), now=make.now)
        return session.scalars(select(Campaign.id).where(Campaign.code == code)).one()


def set_path(make: Factory, unit: Unit, path: str) -> None:
    with writing(make.sessions) as session:
        session.get_one(Unit, unit.id).path = path


# The states that need no column filled in.
UNFILLED = (
    Status.RECEIVED, Status.ACCEPTED, Status.REFERRED, Status.HANDLING, Status.RETURNED, Status.QUARANTINED,
)  # fmt: skip


@pytest.mark.parametrize("permission", [Permission.SUBMISSION_READ, Permission.EXPORT_CREATE])
def test_what_the_database_finds_is_what_the_rule_of_disclosure_calls_something(
    make: Factory, permission: Permission
) -> None:
    """For every state and everybody: in SQL and in the domain the same is nothing, and the same is whole."""
    court = make.make_unit("court", "城东区法院")
    receipts = {status: make.make_submission() for status in UNFILLED}
    with writing(make.sessions) as session:
        for status, receipt in receipts.items():
            submission_of(session, receipt).status = status
    people = [
        make_actor(make, "reads", Role.SUPERVISOR),
        make_actor(make, "decides", Role.MODERATOR),
        replace(make.actor, grants=frozenset({Grant(Role.SUPERVISOR, "/1/"), Grant(Role.MODERATOR, court.path)})),
        replace(make.actor, grants=frozenset({Grant(Role.SUPERVISOR, court.path), Grant(Role.MODERATOR, "/1/")})),
        make_actor(make, "elsewhere", Role.MODERATOR, unit=court),
        make_actor(make, "nobody", Role.COLLECTOR),
    ]
    for actor in people:
        with make.sessions() as session:
            seen = {
                number: bool(decides)
                for number, decides in session.execute(
                    select(Submission.number, decided_by(actor, permission)).where(visible_to(actor, permission))
                )
            }
            for status, receipt in receipts.items():
                found = submission_of(session, receipt)
                rights = {one: is_permitted(session, found, actor, one) for one in ABOUT_SUBMISSIONS}
                reads, decides = rights[permission], rights[Permission.SUBMISSION_DECIDE]
                shown = disclosed(status, reads=reads, decides=decides and reads, on_own_page=True)
                assert (receipt.number in seen) == (shown is not Disclosure.NOTHING)
                assert seen.get(receipt.number, False) == (shown is Disclosure.WHOLE)
