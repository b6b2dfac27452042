"""The queue: its filters, its pages and its counts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from feedback.base.adapters.database import writing
from feedback.base.adapters.files import default_campaign
from feedback.base.domain.moment import hour_of
from feedback.base.domain.permission import Actor
from feedback.campaigns.models.campaign import Campaign
from feedback.campaigns.models.channel import Channel
from feedback.campaigns.services.channel import ChannelDetails, create_channel
from feedback.cases.domain.submission import Status
from feedback.cases.models.submission import SubmissionTag
from feedback.cases.services.quarantine import quarantine
from feedback.desk.domain.queue import MOST_COUNTED, PAGE_SIZE, Queue, QueueFilter
from feedback.desk.queries.bulk import candidates
from feedback.desk.queries.queue import QueueCount, QueueRow, count_exportable, counts, queue_page
from feedback.editing.services.campaign import create_campaign
from feedback.intake.services.submission import Receipt
from feedback.people.services.unit import root_unit
from tests.actors import change, first_campaign_id, index_words, make_many, seen_by
from tests.factories import Factory
from tests.stored import only_on_sqlite, submission_of


def paged(make: Factory, **conditions: Any) -> list[list[str]]:
    """All pages one after the other, as somebody who keeps pressing the button sees them."""
    wanted = QueueFilter(first_campaign_id(make), **conditions)
    pages: list[list[str]] = []
    after = None
    with make.sessions() as session:
        while True:
            page = queue_page(session, wanted, make.actor, after=after)
            pages.append([row.number for row in page.rows])
            after = page.next_after
            if after is None:
                return pages


def counted(session: Session, filters: Sequence[QueueFilter], actor: Actor) -> list[int]:
    return [waiting.count for waiting in counts(session, filters, actor)]


def numbers(receipts: list[Receipt]) -> list[str]:
    return [receipt.number for receipt in receipts]


def test_each_filter_shows_what_it_names_and_nothing_else(make: Factory) -> None:
    court = make.make_unit("court", "城东区法院")
    plain = make.make_submission(respondent_group=None, kind=None)
    lawyer = make.make_submission(respondent_group="lawyer", kind=None)
    praise = make.make_submission(respondent_group=None, kind="praise")
    heroes = make.make_submission(respondent_group=None, kind=None, category="heroes")
    replied = make.make_replied(respondent_group=None, kind=None)
    change(make, plain, responsible_unit_id=court.id)
    everything = [plain, lawyer, praise, heroes, replied]
    filters: list[tuple[dict[str, Any], list[Receipt]]] = [
        ({}, everything),
        ({"status": Status.REPLIED}, [replied]),
        ({"status": Status.COMPLETED}, []),
        ({"group": "lawyer"}, [lawyer]),
        ({"kind": "praise"}, [praise]),
        ({"category": "heroes"}, [heroes]),
        ({"unit_id": court.id}, [plain]),
        ({"unit_id": court.id + 1}, []),
        ({"status": Status.RECEIVED, "group": "lawyer"}, [lawyer]),
        ({"status": Status.REPLIED, "group": "lawyer"}, []),
        ({"group": "%"}, []),
        ({"campaign_id": 99}, []),
    ]

    shown = [seen_by(make, make.actor, **conditions) for conditions, _ in filters]

    assert shown == [numbers(receipts) for _, receipts in filters]


def test_a_channel_shows_what_came_through_it(make: Factory) -> None:
    first = make.make_submission()
    with writing(make.sessions) as session:
        create_channel(session, session.scalars(select(Campaign)).one(), ChannelDetails("大厅"), now=make.now)
    with make.sessions() as session:
        one, other = session.scalars(select(Channel.id).order_by(Channel.id))

    assert seen_by(make, make.actor, channel_id=one) == [first.number]
    assert seen_by(make, make.actor, channel_id=other) == []


def test_days_are_chinese_days_and_both_included(make: Factory) -> None:
    midnight = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
    before, after = (
        replace(make, now=midnight + shift).make_submission() for shift in (-timedelta(hours=1), timedelta())
    )
    twentieth, next_day = date(2026, 11, 20), date(2026, 11, 21)

    assert seen_by(make, make.actor, to_day=twentieth) == [before.number]
    assert seen_by(make, make.actor, from_day=next_day) == [after.number]
    assert seen_by(make, make.actor, from_day=twentieth, to_day=next_day) == [before.number, after.number]
    assert seen_by(make, make.actor, from_day=next_day, to_day=twentieth) == []


def test_trial_entries_stand_in_a_list_of_their_own_and_are_counted_apart(make: Factory) -> None:
    real = make.make_submission()
    make.set_campaign(status="draft")
    trial = make.make_submission()

    assert seen_by(make, make.actor) == [real.number]
    assert seen_by(make, make.actor, is_trial=True) == [trial.number]
    with make.sessions() as session:
        wanted = QueueFilter(first_campaign_id(make))
        assert counted(session, [wanted, replace(wanted, is_trial=True)], make.actor) == [1, 1]


def test_pages_show_every_row_once_the_oldest_first(make: Factory) -> None:
    made = make_many(make, 2 * PAGE_SIZE + 5)

    pages = paged(make)

    assert [len(page) for page in pages] == [PAGE_SIZE, PAGE_SIZE, 5]
    assert [number for page in pages for number in page] == numbers(made)


def test_a_page_that_is_just_full_has_no_next(make: Factory) -> None:
    make_many(make, PAGE_SIZE)

    assert [len(page) for page in paged(make)] == [PAGE_SIZE]
    assert paged(make, status=Status.REPLIED) == [[]]


def test_what_arrives_or_leaves_while_somebody_turns_pages_moves_no_other_row(make: Factory) -> None:
    made = make_many(make, PAGE_SIZE + 3)
    first = seen_by(make, make.actor, status=Status.RECEIVED)
    change(make, made[0], status="accepted")
    change(make, made[PAGE_SIZE - 1], status="accepted")
    late = make.make_submission()

    second = seen_by(make, make.actor, status=Status.RECEIVED, after=first[-1])

    assert second == [*numbers(made[PAGE_SIZE:]), late.number]


def test_a_page_after_an_unknown_number_is_empty(make: Factory) -> None:
    make_many(make, 2)

    assert seen_by(make, make.actor, after="Z9-99999") == []


def test_counts_agree_with_the_lists(make: Factory) -> None:
    make_many(make, 3)
    make.make_replied()
    change(make, make.make_submission(), suspicion="trap")
    filters: list[dict[str, Any]] = [
        {},
        {"status": Status.RECEIVED},
        {"status": Status.REPLIED},
        {"queue": Queue.SUSPICIOUS},
    ]
    wanted = QueueFilter(first_campaign_id(make))

    with make.sessions() as session:
        found = counted(session, [replace(wanted, **one) for one in filters], make.actor)

    assert found == [5, 4, 1, 1]
    assert found == [len(seen_by(make, make.actor, **one)) for one in filters]


def test_campaigns_are_counted_together_and_one_that_is_not_there_holds_nothing(make: Factory) -> None:
    make_many(make, 3)
    with writing(make.sessions) as session:
        other = create_campaign(session, default_campaign(), code="second", unit=root_unit(session), now=make.now)
        filters = [QueueFilter(first_campaign_id(make)), QueueFilter(other.id), QueueFilter(other.id + 1)]

    with make.sessions() as session:
        assert counted(session, filters, make.actor) == [3, 0, 0]
        assert counted(session, filters, Actor(0, "nobody", "", frozenset())) == [0, 0, 0]


def test_beyond_a_thousand_nobody_counts(make: Factory) -> None:
    make_many(make, MOST_COUNTED + 3)

    with make.sessions() as session:
        assert counted(session, [QueueFilter(first_campaign_id(make))], make.actor) == [MOST_COUNTED + 1]


def test_each_queue_says_since_when_its_oldest_waits(make: Factory) -> None:
    yesterday, three_days_ago = make.now - timedelta(days=1), make.now - timedelta(days=3)
    replace(make, now=three_days_ago).make_replied()
    suspicious = replace(make, now=yesterday).make_submission()
    change(make, suspicious, suspicion="trap")
    make_many(make, 3)
    queue = QueueFilter(first_campaign_id(make))
    filters: list[tuple[QueueFilter, QueueCount]] = [
        (queue, QueueCount(5, hour_of(three_days_ago))),
        (replace(queue, status=Status.RECEIVED), QueueCount(4, hour_of(yesterday))),
        (replace(queue, status=Status.RECEIVED, group="lawyer"), QueueCount(0, None)),
        (replace(queue, status=Status.REPLIED), QueueCount(1, hour_of(three_days_ago))),
        (replace(queue, queue=Queue.SUSPICIOUS), QueueCount(1, hour_of(yesterday))),
        (replace(queue, queue=Queue.MINE), QueueCount(0, None)),
    ]

    with make.sessions() as session:
        assert counts(session, [wanted for wanted, _ in filters], make.actor) == [waiting for _, waiting in filters]


def test_the_oldest_of_more_than_are_counted_is_the_oldest_of_all(make: Factory) -> None:
    first = replace(make, now=make.now - timedelta(days=2)).make_submission()
    make_many(make, MOST_COUNTED + 3)

    with make.sessions() as session:
        (waiting,) = counts(session, [QueueFilter(first_campaign_id(make))], make.actor)

    assert waiting == QueueCount(MOST_COUNTED + 1, hour_of(make.now - timedelta(days=2)))
    assert seen_by(make, make.actor)[0] == first.number


@only_on_sqlite
@pytest.mark.parametrize(
    ("conditions", "index"),
    [
        ({}, "ix_submission_list"),
        ({"status": Status.RECEIVED}, "ix_submission_queue"),
        ({"queue": Queue.MINE}, "ix_submission_claim"),
        ({"queue": Queue.DUPLICATE}, "ix_submission_suspected"),
        ({"queue": Queue.SUSPICIOUS}, "ix_submission_suspicion"),
        ({"queue": Queue.OVERDUE, "due_before": date(2026, 11, 20)}, "ix_submission_due"),
    ],
)
def test_a_queue_is_counted_along_an_index_that_holds_all_it_asks_for(
    make: Factory, conditions: dict[str, Any], index: str
) -> None:
    filters = [QueueFilter(first_campaign_id(make), **conditions)]
    with make.sessions() as session:
        asked: list[tuple[str, Any]] = []
        event.listen(session.get_bind(), "before_cursor_execute", lambda *given: asked.append((given[2], given[3])))
        counts(session, filters, make.actor)
        statement, values = next(one for one in asked if "FROM submission" in one[0])
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()

    steps = [step for *_, step in plan]
    assert [step for step in steps if f"SEARCH submission USING COVERING INDEX {index} " in step] != []
    assert [step for step in steps if "SCAN submission" in step] == []


def test_a_row_shows_the_beginning_of_the_text_and_where_it_came_from(make: Factory) -> None:
    make.make_submission(text="一\n" + "好" * 300, category="heroes")

    with make.sessions() as session:
        (row,) = queue_page(session, QueueFilter(first_campaign_id(make)), make.actor, after=None).rows

    assert row.excerpt == "一 " + "好" * 118 + "…"
    assert (row.channel, row.status, row.category) == ("默认二维码", Status.RECEIVED, "heroes")
    assert row.received_at == hour_of(make.now)


def make_sealed(make: Factory) -> Receipt:
    """A sealed case of which much is known."""
    court = make.make_unit("court", "城东区法院")
    receipt = make.make_submission(text="机密原文", respondent_group="lawyer", kind="praise", category="heroes")
    with writing(make.sessions) as session:
        found = submission_of(session, receipt)
        quarantine(session, found, make.make_decision(found, "可能涉密"))
        session.add(SubmissionTag(submission_id=found.id, tag="hot"))
    change(
        make, receipt, priority="urgent", responsible_unit_id=court.id, suspicion="trap", has_lookalike=True,
        is_reconsidered=True,
    )  # fmt: skip
    return receipt


def test_a_list_shows_number_day_channel_and_state_of_a_sealed_case_and_nothing_else(make: Factory) -> None:
    receipt = make_sealed(make)

    with make.sessions() as session:
        (row,) = queue_page(session, QueueFilter(first_campaign_id(make)), make.actor, after=None).rows

    assert row == QueueRow(receipt.number, Status.QUARANTINED, row.received_at, "默认二维码")
    assert row.excerpt == "（涉密封存）"


@pytest.mark.parametrize(
    "asked",
    [{"group": "lawyer"}, {"kind": "praise"}, {"category": "heroes"}, {"priority": "urgent"}, {"tag": "hot"},
     {"unit_id": 2}, {"queue": Queue.SUSPICIOUS}, {"queue": Queue.DUPLICATE}, {"query": "机密"},
     {"queue": Queue.OVERDUE, "due_before": date(2099, 1, 1)}],
)  # fmt: skip
def test_what_is_not_shown_of_a_sealed_case_finds_it_for_nobody(make: Factory, asked: dict[str, Any]) -> None:
    make_sealed(make)
    index_everything(make)
    wanted = QueueFilter(first_campaign_id(make), **asked)

    assert seen_by(make, make.actor, **asked) == []
    with make.sessions() as session:
        assert counted(session, [wanted], make.actor) == [0]
        assert count_exportable(session, wanted, make.actor) == 0
        assert candidates(session, wanted, make.actor, numbers=None, now=make.now) == []


def test_a_sealed_case_is_found_by_its_number(make: Factory) -> None:
    receipt = make_sealed(make)
    index_everything(make)

    for query in (receipt.number, receipt.number.lower(), receipt.number[-4:]):
        assert seen_by(make, make.actor, query=query) == [receipt.number]
        assert seen_by(make, make.actor, query=query, status=Status.QUARANTINED) == [receipt.number]
    assert seen_by(make, make.actor, query=f"{receipt.number} 机密") == []


def index_everything(make: Factory) -> None:
    index_words(make.sessions)
