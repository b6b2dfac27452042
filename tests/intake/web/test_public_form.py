"""The opinion form: what may be left out, what is refused in which words, and that nothing typed is lost."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.cipher import decrypt
from feedback.base.adapters.keys import Keys
from feedback.cases.domain.submission import Status
from feedback.cases.models.contact import Contact
from feedback.cases.models.event import Event
from feedback.cases.models.submission import Submission
from tests.pages import number_on, submit
from tests.web import count, form_on, settle, stored, texts

CONTACT = {"name": "王小明", "phone": "138 1234-1234"}


def test_a_fresh_form_is_empty(client: FlaskClient, channel_code: str) -> None:
    form = form_on(client.get(f"/f/{channel_code}").text, f"/f/{channel_code}")

    filled = {name for name, values in form.fields.items() if any(values)}

    assert filled == {"nonce", "token"}
    assert form.buttons == ["提交"]


def test_a_channel_code_works_in_capitals(client: FlaskClient, channel_code: str) -> None:
    assert client.get(f"/f/{channel_code.upper()}").status_code == 200


@pytest.mark.parametrize("text", ["", " \n\t", "　\u200b\ufeff"], ids=["nothing", "blanks", "invisible"])
def test_a_text_nobody_can_read_is_refused(
    client: FlaskClient, channel_code: str, sessions: sessionmaker[Session], text: str
) -> None:
    answer = submit(client, channel_code, text=text)

    assert answer.status_code == 400
    assert "请写下您的意见建议，一句话也可以。" in answer.text
    assert count(sessions, Submission) == 0


def test_an_error_stands_in_the_summary_and_beside_its_field(client: FlaskClient, channel_code: str) -> None:
    page = submit(client, channel_code, text="停车难", phone="找我").text

    summary, rest = page.split("<form", 1)
    assert '<a href="#phone">电话请只填数字' in summary
    assert '<p class="error" id="phone-error">电话请只填数字' in rest
    assert 'aria-describedby=" phone-error" aria-invalid="true"' in rest


def test_a_refused_form_keeps_everything_typed(client: FlaskClient, channel_code: str) -> None:
    typed = {
        "text": "\n  停车难\n\n“很”难 & <b>急</b>  \n", "respondent_group": "lawyer", "kind": "problem",
        "agency": "court", "category": "efficiency", "consent": "y", "name": "王 \"小\" 明", "phone": "请打电话",
    }  # fmt: skip

    answer = submit(client, channel_code, **typed)

    kept = form_on(answer.text, f"/f/{channel_code}")
    assert answer.status_code == 400
    assert {name: kept.value(name) for name in typed} == typed


def test_a_refused_form_can_be_put_right_on_its_own_page(
    client: FlaskClient, channel_code: str, sessions: sessionmaker[Session]
) -> None:
    refused = form_on(submit(client, channel_code, text="停车难", **CONTACT).text, f"/f/{channel_code}")

    answer = client.post(refused.action, data={**refused.fields, "consent": "y"})

    assert answer.status_code == 200
    assert texts(sessions) == ["停车难"]


@pytest.mark.parametrize("symbol", ["字", "😀", "𠮷"], ids=["character", "emoji", "rare character"])
def test_a_text_of_5000_code_points_is_kept_whole(
    client: FlaskClient, channel_code: str, sessions: sessionmaker[Session], symbol: str
) -> None:
    answer = submit(client, channel_code, text=symbol * 5_000)

    assert answer.status_code == 200
    assert texts(sessions) == [symbol * 5_000]


@pytest.mark.parametrize("symbol", ["字", "😀", "𠮷"], ids=["character", "emoji", "rare character"])
def test_a_longer_text_is_given_back_with_how_much_to_remove(
    client: FlaskClient, channel_code: str, sessions: sessionmaker[Session], symbol: str
) -> None:
    answer = submit(client, channel_code, text=symbol * 5_001)

    assert answer.status_code == 400
    assert "请删减 1 字" in answer.text
    assert form_on(answer.text, f"/f/{channel_code}").value("text") == symbol * 5_001
    assert texts(sessions) == []


def test_a_line_break_counts_as_one_character_however_it_is_sent(
    client: FlaskClient, channel_code: str, sessions: sessionmaker[Session]
) -> None:
    answer = submit(client, channel_code, text="行\r\n" * 2_500)

    assert answer.status_code == 200
    assert texts(sessions) == ["行\n" * 2_500]


def test_blanks_and_empty_lines_around_a_text_are_kept(
    client: FlaskClient, channel_code: str, sessions: sessionmaker[Session]
) -> None:
    submit(client, channel_code, text="\r\n　　停车难。 \r\n\r\n")

    assert texts(sessions) == ["\n　　停车难。 \n\n"]


@pytest.mark.parametrize(
    "fields", [{"name": "王小明"}, {"phone": "13812341234"}, CONTACT], ids=["name", "phone", "both"]
)
def test_contact_details_need_a_consent(
    client: FlaskClient, channel_code: str, sessions: sessionmaker[Session], fields: dict[str, str]
) -> None:
    answer = submit(client, channel_code, text="停车难", **fields)

    assert answer.status_code == 400
    assert "留下联系方式需要您勾选同意。" in answer.text
    assert count(sessions, Submission) == count(sessions, Contact) == 0


def test_contact_details_with_a_consent_are_stored_encrypted(
    client: FlaskClient, channel_code: str, sessions: sessionmaker[Session], keys: Keys
) -> None:
    submit(client, channel_code, text="停车难", consent="y", **CONTACT)

    settle(sessions)
    with sessions() as session:
        contact = session.scalars(select(Contact)).one()
    assert contact.phone is not None and b"1234" not in contact.phone
    assert decrypt(contact.phone, place=f"contact.phone:{contact.uuid}", keys=keys) == "138 1234-1234"


def test_a_consent_without_contact_details_stores_none(
    client: FlaskClient, channel_code: str, sessions: sessionmaker[Session]
) -> None:
    assert submit(client, channel_code, text="停车难", consent="y", name="  ").status_code == 200

    assert count(sessions, Contact) == 0


@pytest.mark.parametrize("phone", ["138a1234", "没有", "1" * 21], ids=["letter", "words", "too long"])
def test_a_phone_number_that_is_none_is_refused(
    client: FlaskClient, channel_code: str, sessions: sessionmaker[Session], phone: str
) -> None:
    answer = submit(client, channel_code, text="停车难", phone=phone, consent="y")

    assert answer.status_code == 400
    assert form_on(answer.text, f"/f/{channel_code}").value("phone") == phone
    assert count(sessions, Submission) == 0


@pytest.mark.parametrize("phone", ["+86 138-1234-1234", "(0571) 8888 8888", "１３８１２３４１２３４"])
def test_a_phone_number_may_be_written_as_people_write_it(client: FlaskClient, channel_code: str, phone: str) -> None:
    assert submit(client, channel_code, text="停车难", phone=phone, consent="y").status_code == 200


@pytest.mark.parametrize("name", ["respondent_group", "kind", "agency", "category"])
def test_a_key_the_page_did_not_offer_is_refused(
    client: FlaskClient, channel_code: str, sessions: sessionmaker[Session], name: str
) -> None:
    answer = submit(client, channel_code, text="停车难", **{name: "made_up"})

    assert answer.status_code == 400
    assert "请从列出的选项中选择。" in answer.text
    assert count(sessions, Submission) == 0


def test_fields_the_form_does_not_have_are_ignored(
    client: FlaskClient, channel_code: str, sessions: sessionmaker[Session]
) -> None:
    extra: dict[str, Any] = {
        "status": "completed", "is_trial": "1", "version": "9", "lane": "clue", "outcome": "adopted", "q_none": "x",
        "number": "A1-00001", "received_at": "2020-01-01", "id": "1", "campaign_id": "7", "summary": "x",
    }  # fmt: skip

    number = number_on(submit(client, channel_code, text="停车难", **extra).text)

    row = stored(sessions, number)
    assert (row.status, row.is_trial, row.version, row.lane) == (Status.RECEIVED, False, 1, "opinion")
    assert (row.outcome, row.summary, number) != ("adopted", "x", "A1-00001")


def test_choices_are_stored_by_their_keys(
    client: FlaskClient, channel_code: str, sessions: sessionmaker[Session]
) -> None:
    chosen = {"respondent_group": "lawyer", "kind": "praise", "agency": "police", "category": "heroes"}

    number = number_on(submit(client, channel_code, text="好", **chosen).text)

    row = stored(sessions, number)
    assert {name: getattr(row, name) for name in chosen} == chosen


@pytest.mark.on_both("a statement of its own")
def test_what_a_citizen_causes_carries_the_hour_and_nobody(
    app: Flask, client: FlaskClient, channel_code: str, sessions: sessionmaker[Session]
) -> None:
    submit(client, channel_code, text="停车难")

    settle(sessions)
    with sessions() as session:
        times = [session.scalars(select(column)).one() for column in (Submission.received_at, Event.at)]
        assert session.scalars(select(Event.user_id)).one() is None
    assert all((time.minute, time.second, time.microsecond) == (0, 0, 0) for time in times)
