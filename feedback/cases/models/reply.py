"""Answers staff gave; a later one stands beside the earlier ones, none is rewritten."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from feedback.base.models.base import Base, UtcTime


class Reply(Base):
    """What the sender reads as the answer."""

    __tablename__ = "reply"
    __table_args__ = (
        CheckConstraint("(body IS NULL) = (erased_on IS NOT NULL)", name="erased"),
        Index("ix_reply_user", "user_id", "replied_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    body: Mapped[str | None] = mapped_column(Text)
    replied_at: Mapped[datetime] = mapped_column(UtcTime)
    erased_on: Mapped[date | None]


class UndoneReply(Base):
    """A reply, under its id, that was taken back before its sender could read it; the reply itself never changes."""

    __tablename__ = "undone_reply"

    id: Mapped[int] = mapped_column(ForeignKey("reply.id"), primary_key=True, autoincrement=False)
