"""Pictures citizens add, one row for each page, as pixels alone."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, deferred, mapped_column

from feedback.base.models.base import Base


class Attachment(Base):
    """One fresh JPEG that belongs to a text. In the database, since a file's own times would tell when it came."""

    __tablename__ = "attachment"
    __table_args__ = (
        UniqueConstraint("text_id", "file_hash", "page"),
        CheckConstraint("(content IS NULL) = (erased_on IS NOT NULL)", name="erased"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(32), unique=True)
    text_id: Mapped[int] = mapped_column(ForeignKey("text.id"))
    file_hash: Mapped[str] = mapped_column(String(64))
    page: Mapped[int]
    content: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))
    erased_on: Mapped[date | None]
