"""Above the limit of a network a task is set: a little computing or a little waiting, and nobody is refused."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.runtime import memory, runtime
from feedback.cases.domain.receipt import new_nonce
from feedback.cases.models.attachment import Attachment
from feedback.cases.models.submission import Submission
from feedback.cases.models.text import Text
from feedback.intake.domain.proof import PROOF_BITS, is_proof, seconds_left, wait_ticket
from feedback.intake.web import limits
from tests.factories import Factory
from tests.pages import fill_in, submit
from tests.uploads import multipart, photo
from tests.web import count, form_on, texts

GATEWAY = "192.0.2.1"
KEY = b"k" * 32


def come_from(app: Flask, address: str, *, peer: str = GATEWAY) -> FlaskClient:
    """A phone behind the gateway."""
    client = app.test_client()
    client.environ_base |= {"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": address}
    return client


@cache
def solved(nonce: str) -> str:
    """What the script on the page finds."""
    return next(str(number) for number in range(2**24) if is_proof(nonce, str(number)))


def crowded(app: Flask, channel_code: str) -> tuple[FlaskClient, dict[str, str]]:
    """A phone of a network above its limit, which stays there however slow the machine is, and the form it sends."""
    phone = come_from(app, "198.51.100.7")
    form = fill_in(phone, channel_code, text="停车难")
    with app.test_request_context(environ_base=phone.environ_base):
        limits.spend(request, limits.BURST, datetime.now(UTC))
        kept = memory(limits.Kept).limits
    assert kept is not None
    buckets = kept.buckets
    buckets.update({name: replace(bucket, per_second=0.0) for name, bucket in buckets.items()})
    return phone, form


def test_two_hundred_people_behind_one_address_see_no_task(
    make_app: Callable[..., Flask], channel_code: str, sessions: sessionmaker[Session]
) -> None:
    hall = come_from(make_app(gateway=GATEWAY), "198.51.100.7")

    answers = [submit(hall, channel_code, text=f"第 {place} 位").status_code for place in range(200)]

    assert set(answers) == {200}
    assert count(sessions, Submission) == 200


@pytest.mark.on_both("a statement of its own")
def test_above_the_limit_everything_typed_comes_back_with_a_task_and_the_proof_is_taken(
    make_app: Callable[..., Flask], channel_code: str, sessions: sessionmaker[Session]
) -> None:
    phone, form = crowded(make_app(gateway=GATEWAY), channel_code)
    stored_before = count(sessions, Submission)

    asked = phone.post(f"/f/{channel_code}", data=form)
    assert (asked.status_code, asked.headers["Proof-Bits"]) == (429, str(PROOF_BITS))
    assert "停车难" in asked.text
    assert count(sessions, Submission) == stored_before
    answer = phone.post(f"/f/{channel_code}", data={**form, "proof": solved(form["nonce"])})

    assert answer.status_code == 200
    assert texts(sessions).count("停车难") == 1
    with sessions() as session:
        assert set(session.scalars(select(Submission.suspicion))) == {None}


def test_without_scripts_a_short_wait_does(
    make_app: Callable[..., Flask], channel_code: str, sessions: sessionmaker[Session]
) -> None:
    app = make_app(gateway=GATEWAY)
    phone, form = crowded(app, channel_code)
    page = phone.post(f"/f/{channel_code}", data=form).text
    assert re.search(r"请等 [0-9]+ 秒", page)
    fields = {name: values[0] for name, values in form_on(page, f"/f/{channel_code}").fields.items()}

    assert phone.post(f"/f/{channel_code}", data=fields).status_code == 429
    with app.app_context():
        key = runtime().keys.current("page").secret
    waited = wait_ticket(form["nonce"], datetime.now(UTC) - timedelta(seconds=21), key)
    answer = phone.post(f"/f/{channel_code}", data={**fields, "ticket": waited})

    assert answer.status_code == 200
    assert "停车难" in texts(sessions)


def test_what_was_stored_before_gets_its_receipt_without_a_task(
    make_app: Callable[..., Flask], channel_code: str
) -> None:
    app = make_app(gateway=GATEWAY)
    phone = come_from(app, "198.51.100.7")
    form = fill_in(phone, channel_code, text="先到的")
    assert phone.post(f"/f/{channel_code}", data=form).status_code == 200
    crowded(app, channel_code)

    assert phone.post(f"/f/{channel_code}", data=form).status_code == 200


def test_only_what_is_stored_anew_counts(make_app: Callable[..., Flask], channel_code: str) -> None:
    phone = come_from(make_app(gateway=GATEWAY), "198.51.100.7")
    form = fill_in(phone, channel_code, text="网络不好，一再发送")

    answers = {phone.post(f"/f/{channel_code}", data=form).status_code for _ in range(250)}

    assert answers == {200}
    assert submit(phone, channel_code, text="同一个大厅里的人").status_code == 200


def test_above_the_limit_pictures_wait_and_words_do_not(
    make_app: Callable[..., Flask], channel_code: str, sessions: sessionmaker[Session]
) -> None:
    app = make_app(gateway=GATEWAY)
    phone = come_from(app, "198.51.100.7")
    form = fill_in(phone, channel_code, text="有照片的")
    assert phone.post(f"/f/{channel_code}", data=form).status_code == 200
    crowded(app, channel_code)

    body, content_type = multipart(form, photo())
    answer = phone.post(f"/f/{channel_code}", data=body, content_type=content_type)

    assert answer.status_code == 200
    assert "图片没有保存" in answer.text
    assert count(sessions, Attachment) == 0


def test_others_see_no_task_meanwhile(make_app: Callable[..., Flask], channel_code: str) -> None:
    app = make_app(gateway=GATEWAY)
    crowded(app, channel_code)

    for address in ("198.51.100.8", "2001:db8:1::1"):
        assert submit(come_from(app, address), channel_code, text="别人").status_code == 200


def test_a_forwarded_address_counts_only_from_the_gateway(make_app: Callable[..., Flask], channel_code: str) -> None:
    app = make_app(gateway=GATEWAY)
    answers = [
        submit(come_from(app, f"198.51.100.{place % 250}", peer="203.0.113.9"), channel_code, text="伪装").status_code
        for place in range(limits.BURST + 60)
    ]

    assert 429 in answers


def test_a_filled_trap_is_flagged_and_stored(
    client: FlaskClient, staff: FlaskClient, channel_code: str, sessions: sessionmaker[Session]
) -> None:
    assert submit(client, channel_code, text="广告", homepage="http://spam.example").status_code == 200

    assert "可疑" in staff.get("/moderation/").text
    assert texts(sessions) == ["广告"]


def test_a_ticket_belongs_to_its_nonce_and_its_key() -> None:
    now = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
    ticket = wait_ticket("n" * 22, now, KEY)

    assert seconds_left(ticket, "n" * 22, now, [KEY]) == 20
    assert seconds_left(ticket, "n" * 22, now + timedelta(seconds=20), [b"o" * 32, KEY]) == 0
    for forged in (ticket.replace(ticket[:3], "100", 1), "", ".", "1." + ticket.partition(".")[2], "9" * 400):
        assert seconds_left(forged, "n" * 22, now, [KEY]) is None
    assert seconds_left(ticket, "m" * 22, now, [KEY]) is None


def test_supplements_and_ratings_count_too_and_the_words_come_back(
    make_app: Callable[..., Flask], channel_code: str, make: Factory, sessions: sessionmaker[Session]
) -> None:
    receipt = make.make_replied()
    phone, _ = crowded(make_app(gateway=GATEWAY), channel_code)
    before = count(sessions, Text)

    supplement = {"code": receipt.code, "nonce": new_nonce(), "supplement": "又发生了一次"}
    added = phone.post("/track/supplement", data=supplement)
    rated = phone.post("/track/rate", data={"code": receipt.code, "satisfaction": "1", "reason": "没有解决"})
    asked = phone.post("/track/reconsider", data={"code": receipt.code, "reason": "再看一次"})
    withdrawn = phone.post("/track/withdraw-contact", data={"code": receipt.code})

    assert [one.status_code for one in (added, rated, asked, withdrawn)] == [429, 429, 429, 200]
    assert "您写的内容都还在" in rated.text and "没有解决" in rated.text
    assert count(sessions, Text) == before


def test_a_supplement_s_pictures_cost_no_token_of_its_own(
    make_app: Callable[..., Flask], make: Factory, sessions: sessionmaker[Session]
) -> None:
    receipt, phone = make.make_submission(), come_from(make_app(gateway=GATEWAY), "198.51.100.7")
    app, sending = phone.application, {"code": receipt.code, "nonce": new_nonce(), "supplement": "又发生了一次"}
    phone.post("/track/supplement", data=sending)
    left = tokens(app, phone)

    for _ in range(5):
        assert phone.post("/track/supplement", data=sending).status_code == 200

    assert tokens(app, phone) >= left
    assert count(sessions, Text) == 2


def tokens(app: Flask, phone: FlaskClient) -> float:
    with app.test_request_context(environ_base=phone.environ_base):
        return limits._limits(datetime.now(UTC)).bucket("198.51.100.7", datetime.now(UTC)).tokens
