"""Filters of the queue that people keep."""

from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from feedback.base.models.base import Base


class SavedFilter(Base):
    """The plain values of a `QueueFilter` under a name of its owner's; colleagues see it where it is shared."""

    __tablename__ = "saved_filter"
    __table_args__ = (UniqueConstraint("user_id", "campaign_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    name: Mapped[str] = mapped_column(String(20))
    is_shared: Mapped[bool]
    filter: Mapped[dict[str, Any]] = mapped_column(JSON)
