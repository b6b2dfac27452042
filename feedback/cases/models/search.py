"""What is searched of each submission, and which submissions have changed since it was written down.

The grams stand beside it: in SQLite's full-text table `search_gram`, on PostgreSQL in an index over `words`.
"""

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from feedback.base.models.base import Base


class SearchEntry(Base):
    """The searched words of one submission, under its id; erased texts leave it."""

    __tablename__ = "search_entry"

    id: Mapped[int] = mapped_column(ForeignKey("submission.id"), primary_key=True, autoincrement=False)
    words: Mapped[str] = mapped_column(Text)


class SearchPending(Base):
    """A submission that is new or has changed, under its id, until a worker has brought its entry up to date."""

    __tablename__ = "search_pending"

    id: Mapped[int] = mapped_column(ForeignKey("submission.id"), primary_key=True, autoincrement=False)
