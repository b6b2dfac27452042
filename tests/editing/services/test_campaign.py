"""Campaigns: made from a file, revised, opened, closed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.base.adapters.database import erase_for_good, start_writing, writing
from feedback.base.adapters.files import default_campaign
from feedback.base.config import Settings
from feedback.campaigns.domain.campaign import CampaignContent
from feedback.campaigns.domain.term import CampaignContentError
from feedback.campaigns.models.campaign import Campaign, CampaignVersion
from feedback.campaigns.queries.campaign import current_content
from feedback.cases.domain.receipt import new_nonce
from feedback.cases.models.contact import Contact
from feedback.cases.models.event import Event
from feedback.cases.models.reply import Reply
from feedback.cases.models.submission import Answer
from feedback.cases.models.text import Text
from feedback.cases.services.moderation import CLASSIFIED, Classification, classify, complete, reject, reopen
from feedback.editing.services.campaign import (
    CampaignStatusError,
    UnknownCampaignCodeError,
    close_campaign,
    create_campaign,
    get_campaign,
    open_campaign,
    revise_campaign,
)
from feedback.people.services.unit import root_unit
from tests.factories import OPINION, Factory, received
from tests.stored import bytes_of_files, every_byte, every_row, only_on_sqlite, submission_of

CANARIES = [f"canary-{kind}-71c2" for kind in ("text", "reply", "answer", "summary", "reason", "person")]
UNUSABLE = [
    ("deadlines", ["accept", 3]),
    ("deadlines", {"accept": "three"}),
    ("imprint", ["phone"]),
    ("imprint", {"phone": None}),
    ("retention_months", "three years"),
    ("retention_months", 0),
]


def create(make: Factory, code: str = "second", **changes: Any) -> int:
    with writing(make.sessions) as session:
        data = {**default_campaign(), **changes}
        return create_campaign(session, data, code=code, unit=root_unit(session), now=make.now).id


def first_campaign(session: Session) -> Campaign:
    return get_campaign(session, "default")


def open_first(make: Factory) -> int:
    with writing(make.sessions) as session:
        return open_campaign(session, first_campaign(session), now=make.now)


def make_trial(make: Factory) -> None:
    """An answered opinion with contact details in a draft, made of canaries."""
    text, reply, answer, summary, reason, person = CANARIES
    make.set_campaign(status="draft")
    receipt = make.make_replied(
        body=reply,
        summary=summary,
        text=text,
        answers={"where": (answer,)},
        name="王小明",
        phone="13812341234",
        has_consented=True,
    )
    with writing(make.sessions) as session:
        trial = submission_of(session, receipt)
        values = {**dict.fromkeys(CLASSIFIED), "priority": "normal", "responsible_person": person}
        classify(session, trial, Classification(values, []), make.make_decision(trial))
        reopen(session, trial, make.make_decision(trial, reason))
        reject(session, trial, make.make_decision(trial, reason))


def sealed_contacts(make: Factory) -> list[bytes]:
    with make.sessions() as session:
        return [sealed for row in session.execute(select(Contact.name, Contact.phone)) for sealed in row if sealed]


def test_a_new_campaign_is_a_draft_with_one_version_of_the_file(make: Factory) -> None:
    campaign_id = create(make)

    with make.sessions() as session:
        campaign = session.get_one(Campaign, campaign_id)
        data = default_campaign()
        assert (campaign.status, campaign.phase, campaign.retention_months) == ("draft", "study", 36)
        assert (campaign.title, campaign.deadlines) == (data["content"]["title"], data["deadlines"])
        assert current_content(session, campaign_id) == CampaignContent.from_json(data["content"])


def test_a_code_that_is_taken_and_a_phase_that_does_not_exist_are_refused(make: Factory) -> None:
    with pytest.raises(CampaignStatusError, match="default"):
        create(make, "default")
    with pytest.raises(CampaignContentError, match="phase"):
        create(make, phase="holiday")


def test_a_value_of_the_file_that_cannot_be_used_is_named(make: Factory) -> None:
    for name, value in UNUSABLE:
        with pytest.raises(CampaignContentError, match=name):
            create(make, **{name: value})


def test_a_title_longer_than_its_column_is_refused_in_words(make: Factory) -> None:
    content = {**default_campaign()["content"], "title": "好" * 101}

    with pytest.raises(CampaignContentError, match="title"):
        create(make, content=content)


def test_a_campaign_nobody_made_is_unknown(make: Factory) -> None:
    with make.sessions() as session, pytest.raises(UnknownCampaignCodeError, match="third"):
        get_campaign(session, "third")


def test_revising_adds_a_version_and_leaves_the_earlier_one_as_it_was(make: Factory) -> None:
    content = default_campaign()["content"]
    revised = {**content, "title": "新的标题"}

    with writing(make.sessions) as session:
        number = revise_campaign(session, first_campaign(session), revised, now=make.now)

    with make.sessions() as session:
        versions = session.scalars(select(CampaignVersion).order_by(CampaignVersion.number)).all()
        assert number == 2
        assert [version.content for version in versions] == [content, revised]
        assert first_campaign(session).title == "新的标题"
        assert current_content(session, first_campaign(session).id).title == "新的标题"


def test_a_revision_that_cannot_be_used_changes_nothing(make: Factory) -> None:
    with make.sessions() as session:
        before = every_row(session)

    with pytest.raises(CampaignContentError), writing(make.sessions) as session:
        content = {**default_campaign()["content"], "title": "新的标题", "notice": ""}
        revise_campaign(session, first_campaign(session), content, now=make.now)

    with make.sessions() as session:
        assert every_row(session) == before


def test_opening_erases_every_trial_and_nothing_else(make: Factory) -> None:
    real = make.make_replied(text="真的意见", phone="13900000000", has_consented=True)
    make_trial(make)

    erased = open_first(make)

    with make.sessions() as session:
        own = submission_of(session, real).id
        assert erased == 1
        assert session.scalars(select(Text.body).where(Text.body.is_not(None))).all() == ["真的意见"]
        assert [reply.submission_id for reply in session.scalars(select(Reply).where(Reply.body.is_not(None)))] == [own]
        assert session.scalars(select(Answer.value)).all() == [None]
        assert session.scalars(select(Contact.submission_id).where(Contact.phone.is_not(None))).all() == [own]
        erased_on = {
            str(day) for table in (Text, Reply, Answer, Event) for day in session.scalars(select(table.erased_on))
        }
        assert erased_on == {str(make.now.date()), "None"}


def test_opening_a_second_time_erases_nothing_more(make: Factory) -> None:
    make_trial(make)
    open_first(make)
    make.set_campaign(status="closed")

    assert open_first(make) == 0


def test_of_an_erased_trial_no_text_reply_answer_or_contact_is_left_in_the_tables(make: Factory) -> None:
    make_trial(make)
    sealed = sealed_contacts(make)
    open_first(make)

    erase_for_good(make.sessions.kw["bind"])

    with make.sessions() as session:
        stored = every_byte(session)
    assert [canary for canary in CANARIES if canary.encode() in stored] == []
    assert not any(value in stored for value in sealed)


@only_on_sqlite
def test_of_an_erased_trial_no_byte_is_left_in_the_files(make: Factory, settings: Settings) -> None:
    make_trial(make)
    canaries = [*(canary.encode() for canary in CANARIES), *sealed_contacts(make)]
    assert [canary for canary in canaries if canary not in bytes_of_files(settings)] == []
    open_first(make)

    erase_for_good(make.sessions.kw["bind"])

    assert [canary for canary in canaries if canary in bytes_of_files(settings)] == []


def test_opening_waits_for_a_trial_that_is_being_sent(make: Factory) -> None:
    make.set_campaign(status="draft")

    with ThreadPoolExecutor(1) as pool, make.sessions() as session:
        start_writing(session)
        page = make.make_page(session)
        receipt = received(session, OPINION, page=page, nonce=new_nonce(), keys=make.keys, now=make.now)
        opening = pool.submit(open_first, make)
        assert wait([opening], timeout=0.2).not_done
        session.commit()

    assert receipt.is_trial
    assert opening.result() == 1


Change = Callable[..., object]


@pytest.mark.parametrize(
    ("change", "allowed"), [(open_campaign, {"draft", "closed"}), (close_campaign, {"open"})], ids=["open", "close"]
)
def test_a_campaign_opens_from_a_draft_or_again_and_closes_when_open(
    make: Factory, change: Change, allowed: set[str]
) -> None:
    for status in ("draft", "open", "closed", "archived"):
        make.set_campaign(status=status)
        try:
            with writing(make.sessions) as session:
                change(session, first_campaign(session), now=make.now)
        except CampaignStatusError:
            assert status not in allowed
        else:
            assert status in allowed


def test_opening_and_closing_are_recorded(make: Factory) -> None:
    make.set_campaign(status="draft")
    open_first(make)
    with writing(make.sessions) as session:
        close_campaign(session, first_campaign(session), now=make.now)

    with make.sessions() as session:
        assert first_campaign(session).status == "closed"
        kinds = [row[1] for row in every_row(session)["audit_entry"]]
        assert {"campaign_opened", "campaign_closed"} <= set(kinds)


@pytest.mark.parametrize("is_completed", [False, True])
def test_a_campaign_whose_trials_were_answered_can_be_opened(make: Factory, *, is_completed: bool) -> None:
    make.set_campaign(status="draft")
    receipt = make.make_replied()
    if is_completed:
        with writing(make.sessions) as session:
            trial = submission_of(session, receipt)
            complete(session, trial, make.make_decision(trial))

    assert open_first(make) == 1
