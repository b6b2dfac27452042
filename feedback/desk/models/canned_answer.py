"""Texts kept ready for answers and refusals."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from feedback.base.models.base import Base, UtcTime, one_of
from feedback.desk.domain.canned_answer import CannedAnswerKind


class CannedAnswer(Base):
    """One text of a campaign's moderators; without a person it came with the first start."""

    __tablename__ = "canned_answer"
    __table_args__ = (one_of("kind", CannedAnswerKind),)

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(String(30))
    body: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    changed_at: Mapped[datetime] = mapped_column(UtcTime)
