"""Receiving an opinion: once for each nonce, and nothing about the sender in clear."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import select

from feedback.base.adapters.database import writing
from feedback.base.adapters.files import default_campaign
from feedback.base.adapters.keys import PURPOSES, load_keys, rotate_key
from feedback.base.config import Settings
from feedback.base.domain.code import in_groups
from feedback.campaigns.models.campaign import Campaign
from feedback.cases.domain.opinion import Opinion
from feedback.cases.domain.receipt import new_nonce
from feedback.cases.models.contact import Contact
from feedback.cases.models.event import Event
from feedback.cases.models.submission import Answer, Submission
from feedback.cases.models.text import Text
from feedback.editing.services.campaign import revise_campaign
from feedback.intake.services.submission import OtherContentError, receive
from feedback.tracking.queries import find_by_code
from feedback.tracking.services import withdraw_contact
from tests.factories import OPINION, Factory
from tests.stored import (
    bytes_of_files,
    count,
    events_of,
    every_byte,
    every_row,
    followed,
    only_on_sqlite,
    submission_of,
)

NAME, PHONE = "王小明明", "13812341234"
WHOLE = Opinion(
    text="停车难𠮷👨‍👩‍👧\n第二行\x07",
    respondent_group="citizen",
    kind="problem",
    agency="court",
    category="efficiency",
    name=NAME,
    phone=PHONE,
    has_consented=True,
    answers={"where": ("大厅", "门口"), "when": ("上午",)},
)
CITIZENS_TABLES = ("submission", "text", "answer", "contact", "event")


def test_everything_the_sender_wrote_is_stored_as_it_was(make: Factory) -> None:
    receipt = make.make_submission(WHOLE)

    with make.sessions() as session:
        found = submission_of(session, receipt)
        assert session.scalars(select(Text.body)).one() == WHOLE.text
        assert (found.respondent_group, found.kind) == (WHOLE.respondent_group, WHOLE.kind)
        assert (found.agency, found.category) == (WHOLE.agency, WHOLE.category)
        answers = session.execute(select(Answer.question, Answer.position, Answer.value).order_by(Answer.id)).all()
        assert sorted(map(tuple, answers)) == [("when", 0, "上午"), ("where", 0, "大厅"), ("where", 1, "门口")]


def test_an_opinion_begins_received_with_one_event_and_nobody_named(make: Factory) -> None:
    receipt = make.make_submission()

    with make.sessions() as session:
        found = submission_of(session, receipt)
        (event,) = events_of(session, found)
        assert (found.status, found.lane, found.version, found.is_proven) == ("received", "opinion", 1, False)
        assert (event.position, event.kind, event.to_status, event.user_id) == (1, "received", "received", None)
        assert count(session, Contact) == 0


def test_the_same_sending_again_gives_the_same_receipt_and_stores_nothing_more(make: Factory) -> None:
    nonce = new_nonce()
    first = make.make_submission(WHOLE, nonce=nonce)
    with make.sessions() as session:
        before = every_row(session)

    again = make.make_submission(WHOLE, nonce=nonce, answers={"when": ("上午",), "where": ("大厅", "门口")})

    with make.sessions() as session:
        assert again == first
        assert every_row(session) == before


def test_other_content_under_the_same_nonce_is_refused_and_leaves_no_trace(make: Factory) -> None:
    nonce = new_nonce()
    make.make_submission(WHOLE, nonce=nonce)
    with make.sessions() as session:
        before = every_row(session)

    for change in ({"text": "停车贵"}, {"kind": None}, {"phone": "13812341235"}, {"answers": {"where": ("大厅",)}}):
        with pytest.raises(OtherContentError):
            make.make_submission(WHOLE, nonce=nonce, **change)

    with make.sessions() as session:
        assert every_row(session) == before


def test_the_same_content_under_another_nonce_is_another_opinion(make: Factory) -> None:
    one, two = make.make_submission(), make.make_submission()

    assert one.number != two.number
    assert one.code != two.code


def test_twenty_sendings_at_once_become_one_opinion(make: Factory) -> None:
    nonce = new_nonce()

    with ThreadPoolExecutor(20) as pool:
        receipts = list(pool.map(lambda _: make.make_submission(WHOLE, nonce=nonce), range(20)))

    with make.sessions() as session:
        assert len(set(receipts)) == 1
        assert [count(session, table) for table in (Submission, Text, Contact, Event, Answer)] == [1, 1, 1, 1, 3]


def test_twenty_people_at_once_become_twenty_opinions(make: Factory) -> None:
    with ThreadPoolExecutor(20) as pool:
        receipts = list(pool.map(lambda _: make.make_submission(), range(20)))

    with make.sessions() as session:
        assert len({receipt.number for receipt in receipts}) == 20
        assert count(session, Submission) == count(session, Text) == 20


def test_of_two_contents_sent_at_once_under_one_nonce_one_is_kept(make: Factory) -> None:
    nonce = new_nonce()

    def send(place: int) -> bool:
        try:
            make.make_submission(nonce=nonce, text=f"停车难{place % 2}")
        except OtherContentError:
            return False
        return True

    with ThreadPoolExecutor(10) as pool:
        accepted = list(pool.map(send, range(10)))

    with make.sessions() as session:
        kept = session.scalars(select(Text.body)).one()
    assert accepted == [kept == f"停车难{place % 2}" for place in range(10)]


def test_after_every_key_was_rotated_a_retry_still_finds_its_receipt(make: Factory, settings: Settings) -> None:
    nonce = new_nonce()
    first = make.make_submission(WHOLE, nonce=nonce)

    for purpose in PURPOSES:
        rotate_key(settings.keys_file, purpose)
        later = replace(make, keys=load_keys(settings.keys_file))

        assert later.make_submission(WHOLE, nonce=nonce) == first, purpose
        with make.sessions() as session:
            found = find_by_code(session, first.code, later.keys)
            assert found is not None, purpose
            assert found.number == first.number
            assert count(session, Submission) == 1


def test_a_receipt_made_after_a_rotation_is_found_too(make: Factory, settings: Settings) -> None:
    for purpose in PURPOSES:
        rotate_key(settings.keys_file, purpose)
    later = replace(make, keys=load_keys(settings.keys_file))

    receipt = later.make_submission()

    with make.sessions() as session:
        found = find_by_code(session, receipt.code, later.keys)
        assert found is not None
        assert find_by_code(session, receipt.code, make.keys) is None


def test_what_is_sent_to_a_draft_is_a_trial_and_stays_one(make: Factory) -> None:
    make.set_campaign(status="draft")
    trial = make.make_submission()
    make.set_campaign(status="open")

    real = make.make_submission()

    assert (trial.is_trial, real.is_trial) == (True, False)
    with make.sessions() as session:
        assert submission_of(session, trial).is_trial


def test_an_opinion_belongs_to_the_version_its_page_showed(make: Factory) -> None:
    with writing(make.sessions) as session:
        page = make.make_page(session)
        content = {**default_campaign()["content"], "title": "新的标题"}
        revise_campaign(session, session.scalars(select(Campaign)).one(), content, now=make.now)

    with writing(make.sessions) as session:
        receipt = receive(session, OPINION, page=page, nonce=new_nonce(), keys=make.keys, now=make.now)

    with make.sessions() as session:
        found = submission_of(session, receipt)
        assert (found.campaign_version_id, found.channel_id) == (page.version_id, page.channel_id)
        assert make.make_page(session).version_id != page.version_id


def test_every_time_a_citizen_causes_is_a_full_hour(make: Factory) -> None:
    receipt = make.make_submission(WHOLE)
    with writing(make.sessions) as session:
        withdraw_contact(session, followed(session, receipt, make.keys), now=make.now)
    make.settle()

    with make.sessions() as session:
        rows = {name: found for name, found in every_row(session).items() if name in CITIZENS_TABLES}
        times = [value for found in rows.values() for row in found for value in row if isinstance(value, datetime)]

    assert all(rows.values())
    assert len(times) == 4
    assert {(time.minute, time.second, time.microsecond) for time in times} == {(0, 0, 0)}


def test_the_database_holds_no_nonce_no_code_and_no_contact_in_clear(make: Factory) -> None:
    nonce = new_nonce()
    receipt = make.make_submission(WHOLE, nonce=nonce)

    with make.sessions() as session:
        stored = every_byte(session)

    secrets = [nonce, receipt.code, receipt.code.lower(), in_groups(receipt.code), NAME, PHONE, PHONE[-8:], NAME[-3:]]
    assert WHOLE.text.encode() in stored
    assert [secret for secret in secrets if secret.encode() in stored] == []
    assert [secret for secret in secrets if hashlib.sha256(secret.encode()).hexdigest().encode() in stored] == []


@only_on_sqlite
def test_the_files_of_the_database_hold_none_of_them_either(make: Factory, settings: Settings) -> None:
    nonce = new_nonce()
    receipt = make.make_submission(WHOLE, nonce=nonce)

    stored = bytes_of_files(settings)

    secrets = [nonce, receipt.code, in_groups(receipt.code), NAME, PHONE]
    assert WHOLE.text.encode() in stored
    assert [secret for secret in secrets if secret.encode() in stored] == []
