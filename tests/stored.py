"""What the database holds, for comparing and for searching."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, make_url, select, true
from sqlalchemy.orm import Session

from feedback.assembly.tables import Base
from feedback.base.adapters.database import make_engine, make_sessions, writing
from feedback.base.adapters.keys import Keys
from feedback.base.config import Settings
from feedback.cases.models.arrival import Arrival, ArrivingAct
from feedback.cases.models.event import Event
from feedback.cases.models.submission import Submission
from feedback.cases.services.arrival import settle_pictures, take_in
from feedback.intake.services.submission import Receipt
from feedback.intake.services.visit import settle_visits
from feedback.tracking.queries import Followed, find_by_code

LATER = datetime(2100, 1, 1, tzinfo=UTC)
only_on_sqlite = pytest.mark.only_on("sqlite")  # it is about the files of SQLite


def every_row(session: Session) -> dict[str, list[tuple[Any, ...]]]:
    """Table by table all rows, in an order that does not depend on the database."""
    return {
        table.name: sorted((tuple(row) for row in session.execute(select(table))), key=repr)
        for table in Base.metadata.sorted_tables
    }


def every_byte(session: Session) -> bytes:
    """Every value of every column, one after the other, to look for a canary in."""
    values = [value for rows in every_row(session).values() for row in rows for value in row]
    return b"\n".join(value if isinstance(value, bytes) else str(value).encode() for value in values)


def settled(session: Session) -> Session:
    """The session, that sees in its place all that has arrived, as once its hour is over."""
    if session.in_transaction() and session.connection().get_execution_options().get("feedback_writes"):
        _take_in_all(session)
    else:
        session.rollback()
        with writing(make_sessions(session.get_bind().engine)) as own:
            _take_in_all(own)
    return session


def settle_database(url: str) -> None:
    """Put all that has arrived into its place in a database, as once its hour is over."""
    engine = make_engine(url)
    try:
        with make_sessions(engine)() as session:
            settled(session)
    finally:
        engine.dispose()


def _take_in_all(session: Session) -> None:
    came, done = session.scalars(select(Arrival.number)).all(), session.scalars(select(ArrivingAct.number)).all()
    take_in(session, {*came, *done})
    while settle_pictures(session, true()):
        pass
    settle_visits(session, now=LATER)


def submission_of(session: Session, receipt: Receipt) -> Submission:
    settled(session)
    return session.scalars(select(Submission).where(Submission.number == receipt.number)).one()


def followed(session: Session, receipt: Receipt, keys: Keys) -> Followed:
    """What the holder of a receipt acts upon."""
    found = find_by_code(session, receipt.code, keys)
    assert found is not None
    return found


def events_of(session: Session, submission: Submission) -> list[Event]:
    return list(session.scalars(select(Event).where(Event.submission_id == submission.id).order_by(Event.position)))


def count(session: Session, table: type[Any]) -> int:
    """How many rows there are once all that has arrived is in its place."""
    settled(session)
    return session.scalar(select(func.count()).select_from(table)) or 0


def bytes_of_files(settings: Settings) -> bytes:
    """The files of an SQLite database, its log included."""
    path = Path(make_url(settings.database_url).database or "")
    return b"".join(file.read_bytes() for file in sorted(path.parent.glob(f"{path.name}*")))
