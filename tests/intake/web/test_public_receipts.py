"""Receipts: once for each page, the same one however often it is sent, and nothing of it for anybody else."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.database import writing
from feedback.base.adapters.keys import rotate_key
from feedback.base.config import Settings
from feedback.campaigns.models.channel import Channel
from feedback.campaigns.services.channel import ChannelDetails, create_channel
from feedback.cases.domain.receipt import is_nonce, new_nonce
from feedback.cases.models.contact import Contact
from feedback.cases.models.event import Event
from feedback.cases.models.submission import Answer, Submission
from feedback.editing.services.campaign import get_campaign
from tests.conftest import NOW
from tests.factories import Factory
from tests.intake.web.test_public_versions import ANSWERS, QUESTIONS, answers
from tests.pages import code_on, fill_in, number_on, submit
from tests.web import count, form_on, forms_on, page_of_age, press, revise, stored, texts

Fields = dict[str, str]


def test_a_receipt_is_the_answer_to_the_post(client: FlaskClient, channel_code: str) -> None:
    answer = submit(client, channel_code, text="停车难")

    assert (answer.status_code, answer.headers.get("Location")) == (200, None)
    assert "我们会在 3 个工作日内审查。" in answer.text


def test_a_code_stands_in_no_address_and_no_header(client: FlaskClient, channel_code: str) -> None:
    answer = submit(client, channel_code, text="停车难")

    code = code_on(answer.text)
    for written in (code, code.replace(" ", ""), code.replace(" ", "%20"), code.replace(" ", "+")):
        assert written not in str(answer.headers)
        assert all(written not in form.action for form in forms_on(answer.text))
        assert f'href="{written}' not in answer.text
    assert form_on(answer.text, "/track").method == "post"


def test_the_button_of_a_receipt_leads_to_its_progress(client: FlaskClient, channel_code: str) -> None:
    receipt = submit(client, channel_code, text="停车难").text

    progress = press(client, form_on(receipt, "/track"))

    assert progress.status_code == 200
    assert number_on(progress.text) == number_on(receipt)


def test_sending_again_stores_nothing_again(
    client: FlaskClient, channel_code: str, sessions: sessionmaker[Session]
) -> None:
    revise(sessions, questions=QUESTIONS)
    form = fill_in(client, channel_code, text="停车难", name="王小明", consent="y", **ANSWERS)

    receipts = [client.post(f"/f/{channel_code}", data=form).text for _ in range(5)]

    assert len({(number_on(receipt), code_on(receipt)) for receipt in receipts}) == 1
    assert [count(sessions, table) for table in (Submission, Event, Contact)] == [1, 1, 1]
    assert (len(texts(sessions)), count(sessions, Answer)) == (1, 5)


def test_line_ends_and_order_make_no_other_sending(
    client: FlaskClient, channel_code: str, sessions: sessionmaker[Session]
) -> None:
    form = fill_in(client, channel_code, text="停车难\n很难", kind="problem")

    first = client.post(f"/f/{channel_code}", data=form).text
    again = client.post(f"/f/{channel_code}", data=dict(reversed({**form, "text": "停车难\r\n很难"}.items()))).text

    assert (number_on(first), code_on(first)) == (number_on(again), code_on(again))
    assert count(sessions, Submission) == 1


def test_a_receipt_outlives_a_revision_and_the_closing(
    client: FlaskClient, channel_code: str, sessions: sessionmaker[Session]
) -> None:
    form = fill_in(client, channel_code, text="停车难")
    first = client.post(f"/f/{channel_code}", data=form).text
    revise(sessions, questions=QUESTIONS)
    with writing(sessions) as session:
        get_campaign(session, "default").status = "closed"

    again = client.post(f"/f/{channel_code}", data=form).text

    assert code_on(first) == code_on(again)


def test_a_page_that_is_sent_again_after_days_shows_its_receipt(
    client: FlaskClient, channel_code: str, sessions: sessionmaker[Session], make: Factory
) -> None:
    form = {**page_of_age(make, 48), "text": "停车难"}
    first = client.post(f"/f/{channel_code}", data=form).text
    revise(sessions, questions=QUESTIONS)
    revised = client.post(f"/f/{channel_code}", data=form).text
    make.set_campaign(status="closed")
    closed = client.post(f"/f/{channel_code}", data=form).text

    assert code_on(first) == code_on(revised) == code_on(closed)
    assert client.post(f"/f/{channel_code}", data={**form, "text": "另一件"}).status_code == 403
    assert count(sessions, Submission) == 1


def test_another_one_keeps_the_age_of_its_page(client: FlaskClient, channel_code: str, make: Factory) -> None:
    form = {**page_of_age(make, 20), "text": "停车难"}
    client.post(f"/f/{channel_code}", data=form)

    offered = form_on(client.post(f"/f/{channel_code}", data={**form, "text": "排队久"}).text, f"/f/{channel_code}")

    assert offered.value("token").rpartition(".")[0] == form["token"].rpartition(".")[0]


def conflict(client: FlaskClient, channel_code: str, first: str, second: str, **fields: str) -> tuple[str, str]:
    """The receipt of one text and the page another text gets from the same form."""
    form = fill_in(client, channel_code, **fields)
    receipt = client.post(f"/f/{channel_code}", data={**form, "text": first})
    other = client.post(f"/f/{channel_code}", data={**form, "text": second})
    assert (receipt.status_code, other.status_code) == (200, 409)
    return receipt.text, other.text


def test_another_text_from_the_same_page_shows_nothing_of_the_first(client: FlaskClient, channel_code: str) -> None:
    receipt, page = conflict(client, channel_code, "停车难", "排队久")

    code = code_on(receipt)
    for secret in ("停车难", number_on(receipt), code, code.replace(" ", "")):
        assert secret not in page
    assert "排队久" in page


def test_another_text_gets_one_button_and_a_fresh_page(client: FlaskClient, channel_code: str) -> None:
    receipt, page = conflict(client, channel_code, "停车难", "排队久")

    (form,) = forms_on(page)
    assert form.buttons == ["作为另一件提交"]
    assert form.value("nonce") not in receipt
    assert form.value("text") == "排队久"


def test_the_button_stores_the_other_one_with_all_its_fields(
    client: FlaskClient, channel_code: str, sessions: sessionmaker[Session]
) -> None:
    revise(sessions, questions=QUESTIONS)
    opened = fill_in(client, channel_code, text="停车难")
    first = client.post(f"/f/{channel_code}", data=opened).text
    second = {**opened, "text": "\n排队久\n", "kind": "problem", "name": "王小明", "consent": "y", **ANSWERS}
    page = client.post(f"/f/{channel_code}", data=second).text

    receipt = press(client, form_on(page, f"/f/{channel_code}")).text

    assert texts(sessions) == ["\n排队久\n", "停车难"]
    assert len({number_on(first), number_on(receipt), code_on(first), code_on(receipt)}) == 4
    assert stored(sessions, number_on(receipt)).kind == "problem"
    assert (count(sessions, Contact), len(answers(sessions))) == (1, 5)


def test_the_button_pressed_twice_stores_one(
    client: FlaskClient, channel_code: str, sessions: sessionmaker[Session]
) -> None:
    _, page = conflict(client, channel_code, "停车难", "排队久")

    codes = {code_on(press(client, form_on(page, f"/f/{channel_code}")).text) for _ in range(2)}

    assert len(codes) == 1
    assert texts(sessions) == ["停车难", "排队久"]


def test_going_back_to_the_button_and_pressing_it_again_stores_one(
    client: FlaskClient, channel_code: str, sessions: sessionmaker[Session]
) -> None:
    opened = fill_in(client, channel_code, text="停车难")
    client.post(f"/f/{channel_code}", data=opened)

    pages = [client.post(f"/f/{channel_code}", data={**opened, "text": "排队久"}).text for _ in range(2)]
    codes = {code_on(press(client, form_on(page, f"/f/{channel_code}")).text) for page in pages}

    assert len(codes) == 1
    assert texts(sessions) == ["停车难", "排队久"]


def test_people_whose_pages_have_lost_their_nonce_share_none(client: FlaskClient, channel_code: str) -> None:
    answers = [client.post(f"/f/{channel_code}", data={"text": "停车难"}).text for _ in range(2)]

    assert len({form_on(answer, f"/f/{channel_code}").value("nonce") for answer in answers}) == 2


@pytest.mark.parametrize("change", [{"kind": "praise"}, {"name": "李"}, {"phone": "12345"}, {"text": "停车难。"}])
def test_a_change_in_any_field_makes_another_sending(
    client: FlaskClient, channel_code: str, change: dict[str, str]
) -> None:
    form = fill_in(client, channel_code, text="停车难", name="王小明", consent="y")
    client.post(f"/f/{channel_code}", data=form)

    answer = client.post(f"/f/{channel_code}", data={**form, **change})

    assert answer.status_code == 409


CHANGES: dict[str, Callable[[Fields], Fields]] = {
    "no token": lambda page: {"nonce": page["nonce"]},
    "no nonce": lambda page: {"token": page["token"]},
    "nothing": lambda page: {},
    "empty": lambda page: {"nonce": "", "token": ""},
    "another nonce": lambda page: {**page, "nonce": new_nonce()},
    "changed token": lambda page: {**page, "token": page["token"][:-1] + ("A" if page["token"][-1] != "A" else "B")},
    "newer hour": lambda page: {**page, "token": page["token"].replace(".", ".9", 1)},
    "cut token": lambda page: {**page, "token": page["token"].rpartition(".")[0]},
    "dots": lambda page: {**page, "token": "..."},
    "words": lambda page: {**page, "token": "令牌.令牌"},
    "long nonce": lambda page: {**page, "nonce": "a" * 100_000},
    "wide nonce": lambda page: {**page, "nonce": "ａ" * 22},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_broken_seal_gives_the_text_back_on_a_page_that_works(
    client: FlaskClient, channel_code: str, sessions: sessionmaker[Session], change: Callable[[Fields], Fields]
) -> None:
    broken = change(fill_in(client, channel_code))

    answer = client.post(f"/f/{channel_code}", data={**broken, "text": "\n停车难", "kind": "problem"})

    form = form_on(answer.text, f"/f/{channel_code}")
    assert answer.status_code == 400
    assert (form.value("text"), form.value("kind")) == ("\n停车难", "problem")
    assert count(sessions, Submission) == 0
    again = client.post(f"/f/{channel_code}", data={**broken, "text": "\n停车难", "kind": "problem"})
    codes = [code_on(press(client, one).text) for one in (form, form_on(again.text, form.action))]
    assert (codes[0] == codes[1]) == is_nonce(broken.get("nonce", ""))
    assert set(texts(sessions)) == {"\n停车难"}
    assert count(sessions, Submission) == len(set(codes))


@pytest.mark.on_both("a statement of its own")
def test_a_page_of_one_channel_is_none_of_another(
    client: FlaskClient, channel_code: str, sessions: sessionmaker[Session]
) -> None:
    with writing(sessions) as session:
        other = create_channel(session, get_campaign(session, "default"), ChannelDetails("城东大厅"), now=NOW)
    opened = fill_in(client, channel_code, text="停车难")

    answer = client.post(f"/f/{other}", data=opened)

    assert answer.status_code == 400
    assert count(sessions, Submission) == 0
    number = number_on(press(client, form_on(answer.text, f"/f/{other}")).text)
    with sessions() as session:
        channel_id = session.scalar(select(Channel.id).where(Channel.code == other))
    assert stored(sessions, number).channel_id == channel_id


def test_no_number_is_given_twice(client: FlaskClient, channel_code: str) -> None:
    numbers = [number_on(submit(client, channel_code, text="停车难").text) for _ in range(20)]

    assert len(set(numbers)) == 20


@pytest.mark.parametrize("purpose", ["page", "nonce", "code", "mint", "contact", "session", "account"])
def test_a_new_key_spoils_no_page_and_no_receipt(
    client: FlaskClient,
    make_app: Callable[..., Flask],
    settings: Settings,
    sessions: sessionmaker[Session],
    channel_code: str,
    purpose: str,
) -> None:
    form = fill_in(client, channel_code, text="停车难", name="王", consent="y")
    first = client.post(f"/f/{channel_code}", data=form).text
    opened = fill_in(client, channel_code, text="排队久")
    rotate_key(settings.keys_file, purpose)
    # A process that ran already knows the new key at once, and so does one that starts now.
    assert client.post(f"/f/{channel_code}", data={**opened, "text": "窗口少"}).status_code == 200
    later = make_app().test_client()
    assert later.post(f"/f/{channel_code}", data={**opened, "text": "窗口少"}).status_code == 200

    again = later.post(f"/f/{channel_code}", data=form).text

    assert (number_on(first), code_on(first)) == (number_on(again), code_on(again))
    assert number_on(first) in later.post("/track", data={"code": code_on(first)}).text
    assert count(sessions, Submission) == 2
