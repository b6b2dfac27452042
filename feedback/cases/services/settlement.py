"""Settling decisions: once one can no longer be taken back, all that hangs on it is done, at least once."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, delete, exists, select
from sqlalchemy.orm import Session, aliased

from feedback.cases.domain.settlement import pause_after
from feedback.cases.models.bulk import Bulk
from feedback.cases.models.event import Event
from feedback.cases.models.settlement import Settlement
from feedback.cases.models.submission import Submission
from feedback.cases.queries.unsettled import is_open, with_jobs

# Few at a time: meanwhile nobody else writes on SQLite.
BATCH = 20

# What is done once a decision is settled, in a transaction with its being so. It may be asked again where that failed:
# what goes out of the house (a letter, a file) is queued as a job here and sent by that.
Subscriber = Callable[[Session, Submission, Event], None]


def is_due(session: Session, *, now: datetime, within: timedelta) -> bool:
    """Whether anything can be settled; `within` is how long decisions can be taken back."""
    return session.scalar(_due(now, within).limit(1)) is not None


def settle(session: Session, subscribers: Sequence[Subscriber], *, now: datetime, within: timedelta) -> int:
    """Settle some decisions, those of one submission in their order; returns how many were tried.

    What fails is tried again after a while, and holds back what was decided of the same submission later.
    """
    due = _due(now, within).order_by(Settlement.at).limit(BATCH)
    found = session.scalars(due.with_for_update(of=Settlement, skip_locked=True)).all()
    for one in found:
        try:
            with session.begin_nested():
                _settle(session, one, subscribers)
        except Exception:
            logging.getLogger(__name__).exception("what hangs on a decision failed")
            one.attempts += 1
            one.retry_at = now + pause_after(one.attempts)
    session.flush()
    return len(found)


def take_back(session: Session, event: Event) -> bool:
    """Let a decision never settle; False where it has: who comes first keeps the other from doing anything."""
    own = (Settlement.submission_id == event.submission_id) & (Settlement.position == event.position)
    return session.scalar(delete(Settlement).where(own).returning(Settlement.position)) is not None


def _settle(session: Session, one: Settlement, subscribers: Sequence[Subscriber]) -> None:
    submission = session.get_one(Submission, one.submission_id)
    event = session.get_one(Event, (one.submission_id, one.position))
    for subscriber in subscribers:
        subscriber(session, submission, event)
    session.delete(one)


def _due(now: datetime, within: timedelta) -> Select[Settlement]:
    earlier = aliased(Settlement)
    is_first = ~exists().where(
        earlier.submission_id == Settlement.submission_id, earlier.position < Settlement.position
    )
    is_rested = Settlement.retry_at.is_(None) | (Settlement.retry_at <= now)
    return select(Settlement).where(
        Settlement.at <= now - within, is_rested, is_first, ~_is_in_open_bulk(settled_by=now - within)
    )


def _is_in_open_bulk(*, settled_by: datetime) -> ColumnElement[bool]:
    bulks = with_jobs(select(Bulk.id)).where(Bulk.id == Settlement.bulk_id, is_open(settled_by))
    return and_(Settlement.bulk_id.is_not(None), bulks.exists())
