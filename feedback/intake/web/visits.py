"""How often each door is opened on a day: counted in memory, and noted once a minute."""

from collections import Counter
from datetime import date, datetime
from functools import partial
from threading import Lock
from time import monotonic

from flask import Response
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.database import writing
from feedback.base.domain.moment import china_day
from feedback.base.extensions import db
from feedback.base.runtime import memory, now
from feedback.intake.services.crowd import add_crowded
from feedback.intake.services.visit import add_visits
from feedback.intake.web import limits

SECONDS_KEPT = 60.0


class Visits:
    """What one process has seen and not written down yet; what it holds when it is killed is lost, and may be."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._seen: Counter[tuple[int, date]] = Counter()
        self._written_at = monotonic()

    def note(self, channel_id: int, day: date) -> dict[tuple[int, date], int]:
        """Count one visit; what is to be written down now, mostly nothing."""
        with self._lock:
            self._seen[channel_id, day] += 1
            if monotonic() - self._written_at < SECONDS_KEPT:
                return {}
            seen, self._seen, self._written_at = dict(self._seen), Counter(), monotonic()
            return seen

    def write(
        self, sessions: sessionmaker[Session], seen: dict[tuple[int, date], int], crowded: dict[datetime, int]
    ) -> None:
        """Write down what was seen; where the database takes nothing now, the visits wait for the next time."""
        try:
            with writing(sessions) as session:
                add_visits(session, seen, now=now())
                add_crowded(session, crowded)
        except SQLAlchemyError:
            with self._lock:
                self._seen.update(seen)


def note_visit(response: Response, channel_id: int, moment: datetime) -> None:
    """Count that somebody has opened the form of a channel; whatever is written waits until they have the page."""
    visits = memory(Visits)
    seen = visits.note(channel_id, china_day(moment))
    if seen:
        response.call_on_close(partial(visits.write, db.sessions, seen, limits.crowded_hours()))
