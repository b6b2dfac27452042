"""Leaving no byte of what was erased in the files: asked for with the erasure, done by a worker."""

from datetime import datetime

from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.database import bytes_of, erase_for_good
from feedback.base.adapters.jobs import enqueue
from feedback.base.domain.moment import next_night
from feedback.cases.adapters import search_index

JOB_KIND = "erase"
# To write more than this anew keeps everybody from writing for a second and longer: it waits for the night.
MOST_BY_DAY = 100_000_000


def erase_later(session: Session, *, now: datetime) -> None:
    """Have a worker do it once the caller's transaction is over, or in the next night where there is much."""
    enqueue(session, JOB_KIND, {}, now=now, not_before=next_night(now) if bytes_of(session) > MOST_BY_DAY else None)


def erase(sessions: sessionmaker[Session]) -> None:
    """Write the index of searched words and the database's files anew.

    Raises RuntimeError or OperationalError where the database is too busy for it: the caller tries again later.
    """
    search_index.merge(sessions)
    with sessions() as session:
        engine = session.get_bind().engine
    erase_for_good(engine)
