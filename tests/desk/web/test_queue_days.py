"""The day by which each has to be done, and the queue of those it has passed."""

from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.database import writing
from feedback.cases.domain.deadline import add_working_days
from feedback.cases.models.submission import Submission
from tests.conftest import signed_in
from tests.factories import Factory
from tests.pages import decide
from tests.web import stored

REPLY = {"body": "您好，已经改进。", "outcome": "adopted", "summary": "改进窗口"}


def test_each_arrival_has_its_day_and_what_has_passed_it_is_overdue(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    late, early = make.make_submission().number, make.make_submission().number
    assert stored(sessions, late).due_on == add_working_days(make.now.date(), 3)
    with writing(sessions) as session:
        far = datetime.now(UTC).date() + timedelta(days=2)
        session.execute(update(Submission).where(Submission.number == late).values(due_on=date(2026, 1, 1)))
        session.execute(update(Submission).where(Submission.number == early).values(due_on=far))

    listed = staff.get("/moderation/?queue=overdue").text

    assert (late in listed, early in listed) == (True, False)
    decide(staff, late, "reply", **REPLY)
    assert late not in staff.get("/moderation/?queue=overdue").text
    assert stored(sessions, late).due_on is None


def test_an_undone_decision_gives_the_day_back(
    make: Factory, sessions: sessionmaker[Session], make_app: object
) -> None:
    app = make_app(undo_seconds=30)  # type: ignore[operator]
    staff, number = signed_in(app, sessions, "admin"), make.make_submission().number
    due = stored(sessions, number).due_on

    decide(staff, number, "reply", **REPLY)
    decide(staff, number, "undo")

    assert (stored(sessions, number).status, stored(sessions, number).due_on) == ("received", due)


@pytest.mark.on_both("a statement of its own")
def test_an_overdue_filter_is_carried_without_its_day(staff: FlaskClient, make: Factory) -> None:
    make.make_submission()

    page = staff.get("/moderation/?queue=overdue&query=" + quote("窗口")).text

    assert "due_before" not in page
