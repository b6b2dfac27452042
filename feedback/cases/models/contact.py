"""Names and phones, apart from the opinions and encrypted from the first day."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from feedback.base.models.base import Base


class Contact(Base):
    """Contact details given with a consent of their own; withdrawing empties the row."""

    __tablename__ = "contact"
    __table_args__ = (CheckConstraint("withdrawn_on IS NULL OR (name IS NULL AND phone IS NULL)", name="withdrawn"),)

    uuid: Mapped[str] = mapped_column(String(36), primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), unique=True)
    name: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone: Mapped[bytes | None] = mapped_column(LargeBinary)
    withdrawn_on: Mapped[date | None]
