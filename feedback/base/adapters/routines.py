"""Which worker does what a single one at a time should do, and when it was last done."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.database import lock_name, writing
from feedback.base.models.routine import Routine


def take(sessions: sessionmaker[Session], name: str, *, every: timedelta, lease: timedelta, now: datetime) -> bool:
    """Hold a routine for as long as the lease lasts, if it is due and nobody else holds it."""
    with sessions() as session:
        if not _is_free(session.get(Routine, name), every, now):
            return False
    with writing(sessions) as session:
        lock_name(session, f"routine {name}")
        found = session.get(Routine, name)
        if not _is_free(found, every, now):
            return False
        if found is None:
            found = Routine(name=name)
            session.add(found)
        found.leased_until = now + lease
    return True


def finish(sessions: sessionmaker[Session], name: str, *, now: datetime) -> None:
    """Note that a routine was done, as of the moment it was taken; it is due again when its time has passed since."""
    with writing(sessions) as session:
        found = session.get_one(Routine, name, with_for_update=True)
        found.done_at, found.leased_until = now, None


def _is_free(found: Routine | None, every: timedelta, now: datetime) -> bool:
    """A moment that lies ahead is one that a clock was wrong about: nobody waits for it."""
    if found is None:
        return True
    is_held = found.leased_until is not None and found.leased_until > now
    is_fresh = found.done_at is not None and timedelta() <= now - found.done_at < every
    return not is_held and not is_fresh
