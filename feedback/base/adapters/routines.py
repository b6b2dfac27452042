"""Which worker does what a single one at a time should do, and when it was last done."""

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.database import lock_name, writing
from feedback.base.models.routine import Routine


def take(
    sessions: sessionmaker[Session], name: str, *, every: timedelta, lease: timedelta, now: datetime
) -> datetime | None:
    """Hold a routine, if it is due and nobody else holds it; returns until when, by which it is given back."""
    with sessions() as session:
        if not _is_free(session.get(Routine, name), every, lease, now):
            return None
    with writing(sessions) as session:
        lock_name(session, f"routine {name}")
        found = session.get(Routine, name)
        if not _is_free(found, every, lease, now):
            return None
        if found is None:
            found = Routine(name=name)
            session.add(found)
        found.leased_until = now + lease
    return now + lease


def finish(sessions: sessionmaker[Session], name: str, held: datetime, *, now: datetime) -> None:
    """Note that a routine was done, as of the moment it was taken; nothing where another has taken it over since."""
    _release(sessions, name, held, done_at=now)


def give_back(sessions: sessionmaker[Session], name: str, held: datetime) -> None:
    """Let anybody try again what failed."""
    _release(sessions, name, held)


def _release(sessions: sessionmaker[Session], name: str, held: datetime, **values: datetime) -> None:
    own = (Routine.name == name) & (Routine.leased_until == held)
    with writing(sessions) as session:
        session.execute(update(Routine).where(own).values(leased_until=None, **values))


def _is_free(found: Routine | None, every: timedelta, lease: timedelta, now: datetime) -> bool:
    """A moment that lies far off is one that a clock was wrong about: nobody waits for it."""
    if found is None:
        return True
    is_held = found.leased_until is not None and now < found.leased_until <= now + lease
    is_fresh = found.done_at is not None and abs(now - found.done_at) < every
    return not is_held and not is_fresh
