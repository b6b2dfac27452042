"""Decisions about many submissions at once, and what became of each."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from feedback.base.models.base import Base, UtcTime, one_of
from feedback.cases.domain.action import BULK_ACTIONS
from feedback.cases.domain.bulk import Outcome


class Bulk(Base):
    """What somebody decided about many. Senders hear of it when it is finished and can no longer be undone."""

    __tablename__ = "bulk"
    __table_args__ = (
        one_of("action", BULK_ACTIONS),
        CheckConstraint("action <> 'reject' OR reason IS NOT NULL", name="reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id"), unique=True)
    undo_job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id"), unique=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    action: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(Text)
    rejection_kind: Mapped[str | None] = mapped_column(String(40))
    chosen: Mapped[dict[str, Any]] = mapped_column(JSON)
    started_at: Mapped[datetime] = mapped_column(UtcTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcTime)
    undone_at: Mapped[datetime | None] = mapped_column(UtcTime)


class BulkItem(Base):
    """One submission of a bulk: the version its preview showed, what became of it, and the version that led to."""

    __tablename__ = "bulk_item"
    __table_args__ = (
        one_of("outcome", Outcome),
        CheckConstraint("(outcome = 'skipped') = (why IS NOT NULL)", name="why"),
        Index("ix_bulk_item_outcome", "bulk_id", "outcome", "submission_id"),
        {"sqlite_with_rowid": False},
    )

    bulk_id: Mapped[int] = mapped_column(ForeignKey("bulk.id"), primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), primary_key=True)
    seen_version: Mapped[int]
    outcome: Mapped[str] = mapped_column(String(20), default=Outcome.WAITING)
    why: Mapped[str | None] = mapped_column(String(20))
    version: Mapped[int | None]
