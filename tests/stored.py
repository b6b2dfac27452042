"""What the database holds, for comparing and for searching."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, make_url, select
from sqlalchemy.orm import Session

from feedback.assembly.tables import Base
from feedback.base.config import Settings
from feedback.cases.models.event import Event
from feedback.cases.models.submission import Submission
from feedback.intake.services.submission import Receipt

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


def submission_of(session: Session, receipt: Receipt) -> Submission:
    return session.scalars(select(Submission).where(Submission.number == receipt.number)).one()


def events_of(session: Session, submission: Submission) -> list[Event]:
    return list(session.scalars(select(Event).where(Event.submission_id == submission.id).order_by(Event.position)))


def count(session: Session, table: type[Any]) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def bytes_of_files(settings: Settings) -> bytes:
    """The files of an SQLite database, its log included."""
    path = Path(make_url(settings.database_url).database or "")
    return b"".join(file.read_bytes() for file in sorted(path.parent.glob(f"{path.name}*")))
