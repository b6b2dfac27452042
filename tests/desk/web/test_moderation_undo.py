"""Taking a decision back before its sender hears of it."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.domain.permission import Role
from tests.conftest import signed_in
from tests.factories import Factory
from tests.pages import decide
from tests.web import events, form_on, press, stored

REPLY = {"body": "您好，已加开窗口。", "outcome": "adopted", "summary": "加开窗口"}


def track(client: FlaskClient, code: str) -> str:
    return client.post("/track", data={"code": code}).text


@pytest.fixture
def patient(make_app: Callable[..., Flask], sessions: sessionmaker[Session], make: Factory) -> FlaskClient:
    """A moderator of a service where decisions can be taken back for half a minute."""
    app = make_app(undo_seconds=30)
    return signed_in(app, sessions, "admin")


def test_a_sender_hears_of_a_decision_when_it_can_no_longer_be_taken_back(
    client: FlaskClient, patient: FlaskClient, make: Factory
) -> None:
    receipt = make.make_submission()
    decide(patient, receipt.number, "reply", **REPLY)

    assert "秒内可以撤销" in patient.get(f"/moderation/{receipt.number}").text
    assert "已加开窗口" not in track(patient, receipt.code)
    # For a service without that pause the same moment is late enough.
    assert "已加开窗口" in track(client, receipt.code)


@pytest.mark.on_both("a statement of its own")
def test_a_reply_that_was_taken_back_is_never_read_and_can_be_changed(
    client: FlaskClient, patient: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    receipt = make.make_submission()
    decide(patient, receipt.number, "reply", **REPLY)

    page = patient.get(f"/moderation/{receipt.number}").text
    undone = press(patient, form_on(page, "/undo"))

    assert undone.status_code == 200
    assert "已撤销" in undone.text
    assert REPLY["body"] in form_on(undone.text, "/reply").fields["body"][0]
    assert stored(sessions, receipt.number).status == "received"
    assert stored(sessions, receipt.number).summary is None
    assert events(sessions, receipt.number) == ["received", "reply", "undone"]
    assert "已加开窗口" not in track(client, receipt.code)
    again = press(patient, form_on(undone.text, "/reply"), body="您好，改好的答复。")
    assert again.status_code == 302
    assert "改好的答复" in track(client, receipt.code)
    assert "已加开窗口" not in track(client, receipt.code)


@pytest.mark.parametrize(
    ("action", "fields"), [("accept", {}), ("reject", {"kind": "out_of_scope", "reason": "不归我们管"})]
)
def test_other_decisions_are_taken_back_whole(
    patient: FlaskClient, make: Factory, sessions: sessionmaker[Session], action: str, fields: dict[str, str]
) -> None:
    number = make.make_submission().number
    decide(patient, number, action, **fields)

    assert decide(patient, number, "undo").status_code == 302

    found = stored(sessions, number)
    assert (found.status, found.rejection_reason) == ("received", None)
    assert decide(patient, number, "undo").status_code == 400


def test_nobody_takes_back_what_another_decided(
    patient: FlaskClient, make_app: Callable[..., Flask], sessions: sessionmaker[Session], make: Factory
) -> None:
    number = make.make_submission().number
    decide(patient, number, "accept")
    make.make_user("other", Role.MODERATOR)
    other = signed_in(make_app(undo_seconds=30), sessions, "other")

    assert "可以撤销" not in other.get(f"/moderation/{number}").text
    assert decide(other, number, "undo").status_code == 400
    assert stored(sessions, number).status == "accepted"
