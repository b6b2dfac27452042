"""The append-only record of each submission: who did what, when and why."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from feedback.base.models.base import Base, UtcTime
from feedback.cases.domain.event import Detail, read_detail


class Event(Base):
    """One step of one submission, numbered by the version it led to.

    There is no number across submissions and no rowid: the order of rows must not tell between which two
    acts of staff, whose times are exact, a citizen wrote. Without a user a citizen caused it, at a full hour.
    Reason and detail may repeat what the text says, and are erased with it.
    """

    __tablename__ = "event"
    __table_args__ = ({"sqlite_with_rowid": False},)

    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(UtcTime)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    from_status: Mapped[str | None] = mapped_column(String(20))
    to_status: Mapped[str | None] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(Text)
    detail: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    erased_on: Mapped[date | None]

    @property
    def kept(self) -> Detail:
        """What it keeps beside who, when and why."""
        return read_detail(self.kind, self.detail)
