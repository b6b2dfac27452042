"""Leaving no byte of what was erased in the files: asked for with the erasure, done by a worker."""

from datetime import datetime

from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.database import erase_for_good, writing
from feedback.base.adapters.jobs import enqueue
from feedback.cases.adapters import search_index

JOB_KIND = "erase"


def erase_later(session: Session, *, now: datetime) -> None:
    """Have a worker do it once the caller's transaction is over."""
    enqueue(session, JOB_KIND, {}, now=now)


def erase(sessions: sessionmaker[Session]) -> None:
    """Write the index of searched words and the database's files anew.

    Raises RuntimeError or OperationalError where the database is too busy for it: the caller tries again later.
    """
    with writing(sessions) as session:
        search_index.merge(session)
        engine = session.get_bind().engine
    erase_for_good(engine)
