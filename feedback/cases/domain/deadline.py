"""Until which day a submission should have been dealt with. Saturdays and Sundays do not count."""

from collections.abc import Mapping
from datetime import date, timedelta

from feedback.base.domain.refusal import RefusalError
from feedback.cases.domain.submission import Status

# Which of the campaign's deadlines, in working days, runs in a state; in the others nothing does.
RUNNING = {
    Status.RECEIVED: "accept",
    Status.ACCEPTED: "handle",
    Status.REFERRED: "handle",
    Status.HANDLING: "handle",
    Status.RETURNED: "handle",
}
LONGEST = timedelta(days=366)


def add_working_days(day: date, count: int) -> date:
    """The day on which the last of `count` working days after `day` ends."""
    while count > 0:
        day += timedelta(days=1)
        count -= day.weekday() < 5
    return day


def due_on(status: Status, deadlines: Mapping[str, int], today: date) -> date | None:
    """The day by which those who have it now should have done their part, counted from today."""
    name = RUNNING.get(status)
    return add_working_days(today, deadlines[name]) if name is not None and name in deadlines else None


def check_due(day: date, today: date) -> None:
    """Raise RefusalError for a day that has gone by, or that nobody will live to see."""
    if not today <= day <= today + LONGEST:
        raise RefusalError("办理期限应在今天以后，一年以内。", field="due_on")
