"""Which decisions can still be taken back, or are waiting for what hangs on them to be done."""

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from feedback.base.models.base import Base, UtcTime


class Settlement(Base):
    """A decision that is not settled. Taken back, or when all is done that hangs on it, it loses its row."""

    __tablename__ = "settlement"
    __table_args__ = (
        ForeignKeyConstraint(["submission_id", "position"], ["event.submission_id", "event.position"]),
        {"sqlite_with_rowid": False},
    )

    submission_id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    bulk_id: Mapped[int | None] = mapped_column(ForeignKey("bulk.id"))
    at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    retry_at: Mapped[datetime | None] = mapped_column(UtcTime)
