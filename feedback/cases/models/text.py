"""What citizens wrote. The one change allowed is erasure: body to NULL, with the day it happened."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy import Text as LongText
from sqlalchemy.orm import Mapped, mapped_column

from feedback.base.models.base import Base, UtcHour, one_of
from feedback.cases.domain.submission import TextKind


class Text(Base):
    """The original of a submission, or a supplement to it, which is known by the hash of its sending."""

    __tablename__ = "text"
    __table_args__ = (
        one_of("kind", TextKind),
        CheckConstraint("(body IS NULL) = (erased_on IS NOT NULL)", name="erased"),
        Index(
            "uq_text_original",
            "submission_id",
            unique=True,
            sqlite_where=text("kind = 'original'"),
            postgresql_where=text("kind = 'original'"),
        ),
        Index("ix_text_submission_id", "submission_id"),
        Index("uq_text_sending_hash", "sending_hash", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"))
    kind: Mapped[str] = mapped_column(String(20))
    body: Mapped[str | None] = mapped_column(LongText)
    received_at: Mapped[datetime] = mapped_column(UtcHour)
    sending_hash: Mapped[str | None] = mapped_column(String(64))
    erased_on: Mapped[date | None]
