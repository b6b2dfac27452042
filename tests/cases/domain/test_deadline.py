"""Until when something should be done."""

from datetime import date, timedelta

import pytest

from feedback.base.domain.refusal import RefusalError
from feedback.cases.domain.deadline import add_working_days, check_due, due_on
from feedback.cases.domain.submission import Status, is_open

FRIDAY = date(2026, 11, 20)
DEADLINES = {"accept": 3, "handle": 15}


@pytest.mark.parametrize(
    ("day", "count", "until"),
    [
        (FRIDAY, 0, FRIDAY),
        (FRIDAY, 1, date(2026, 11, 23)),
        (FRIDAY, 3, date(2026, 11, 25)),
        (date(2026, 11, 21), 1, date(2026, 11, 23)),
        (date(2026, 11, 22), 5, date(2026, 11, 27)),
        (FRIDAY, 15, date(2026, 12, 11)),
    ],
)
def test_saturdays_and_sundays_do_not_count(day: date, count: int, until: date) -> None:
    assert add_working_days(day, count) == until


def test_only_what_waits_for_somebody_has_a_day() -> None:
    days = {status: due_on(status, DEADLINES, FRIDAY) for status in Status}

    assert days[Status.RECEIVED] == date(2026, 11, 25)
    assert days[Status.ACCEPTED] == days[Status.REFERRED] == date(2026, 12, 11)
    assert {status for status, day in days.items() if day is not None} <= {
        status for status in Status if is_open(status)
    }


def test_a_campaign_without_deadlines_has_none() -> None:
    assert {due_on(status, {}, FRIDAY) for status in Status} == {None}


@pytest.mark.parametrize(("days", "is_taken"), [(-1, False), (0, True), (366, True), (367, False)])
def test_a_day_that_has_gone_by_or_lies_far_ahead_is_refused(days: int, *, is_taken: bool) -> None:
    try:
        check_due(FRIDAY + timedelta(days=days), FRIDAY)
    except RefusalError as refusal:
        assert (is_taken, refusal.field) == (False, "due_on")
    else:
        assert is_taken
