"""Referring to a unit by a day, and taking it back."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.domain.permission import Role
from tests.conftest import signed_in
from tests.factories import Factory
from tests.pages import decide
from tests.web import contents, events, form_on, press, stored

REPLY = {"body": "您好，已经改进。", "outcome": "adopted", "summary": "改进窗口"}
SOON = (datetime.now(UTC) + timedelta(days=10)).date()


def refer(staff: FlaskClient, number: str, unit_id: int, **typed: str) -> int:
    fields = {"unit": str(unit_id), "due_on": SOON.isoformat(), "instruction": "", **typed}
    return decide(staff, number, "refer", **fields).status_code


def test_an_accepted_one_is_referred_to_a_unit_by_a_day(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    court, number = make.make_unit("c1", "甲县法院"), make.make_submission().number
    decide(staff, number, "accept")

    assert refer(staff, number, court.id, instruction="请在会前答复。") == 302

    found = stored(sessions, number)
    assert (found.status, found.responsible_unit_id, found.due_on) == ("referred", court.id, SOON)
    assert events(sessions, number) == ["received", "accept", "refer"]
    page = staff.get(f"/moderation/{number}").text
    assert f"甲县法院，{SOON} 前" in page
    assert "请在会前答复。" in page


@pytest.mark.parametrize(
    "typed",
    [{"unit": ""}, {"unit": "999"}, {"unit": "x"}, {"due_on": ""}, {"due_on": "2020-01-01"}, {"due_on": "9999-12-31"},
     {"due_on": "soon"}, {"instruction": "长" * 1_001}],
)  # fmt: skip
def test_a_referral_that_makes_no_sense_is_refused_and_kept(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session], typed: dict[str, str]
) -> None:
    court, number = make.make_unit("c1", "甲县法院"), make.make_submission().number
    decide(staff, number, "accept")
    before = contents(sessions)

    fields = {"unit": str(court.id), "due_on": SOON.isoformat(), "instruction": "想了半天的要求", **typed}
    answer = decide(staff, number, "refer", **fields)

    assert answer.status_code == 400
    assert fields["instruction"] in answer.text
    assert contents(sessions) == before


def test_what_was_asked_of_a_unit_is_given_back_where_a_colleague_was_faster(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    court, number = make.make_unit("c1", "甲县法院"), make.make_submission().number
    decide(staff, number, "accept")
    form = form_on(staff.get(f"/moderation/{number}").text, "/refer")
    decide(staff, number, "reply", **REPLY)

    answer = press(staff, form, unit=str(court.id), due_on=SOON.isoformat(), instruction="想了半天的要求")

    assert answer.status_code == 409
    assert form_on(answer.text, "/refer").value("instruction") == "想了半天的要求"
    assert stored(sessions, number).status == "replied"


def test_a_referral_is_taken_back_and_undone(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    court, number = make.make_unit("c1", "甲县法院"), make.make_submission().number
    decide(staff, number, "accept")
    due = stored(sessions, number).due_on
    refer(staff, number, court.id)

    decide(staff, number, "recall", reason="转错了")

    assert stored(sessions, number).status == "accepted"
    assert stored(sessions, number).due_on == due


def test_a_referred_unit_sees_nothing_by_that_alone(
    app: Flask, staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    court, number = make.make_unit("c1", "甲县法院"), make.make_submission().number
    make.make_user("court", Role.MODERATOR, unit=court)
    decide(staff, number, "accept")
    refer(staff, number, court.id)

    assert signed_in(app, sessions, "court").get(f"/moderation/{number}").status_code == 404
