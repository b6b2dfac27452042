"""Who was called to an event: by a note, or since it carried out what they had proposed."""

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from feedback.base.models.base import Base, UtcTime


class Mention(Base):
    """Somebody who is called to an event, until they have read it and after."""

    __tablename__ = "mention"
    __table_args__ = (
        ForeignKeyConstraint(["submission_id", "position"], ["event.submission_id", "event.position"]),
        Index(
            "ix_mention_unread",
            "user_id",
            sqlite_where=text("read_at IS NULL"),
            postgresql_where=text("read_at IS NULL"),
        ),
    )

    submission_id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    read_at: Mapped[datetime | None] = mapped_column(UtcTime)
