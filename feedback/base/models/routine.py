"""When each routine of the workers was last done."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from feedback.base.models.base import Base, UtcTime


class Routine(Base):
    """One that a single worker does at a time: who does it holds it until `leased_until`, and then another may."""

    __tablename__ = "routine"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    done_at: Mapped[datetime | None] = mapped_column(UtcTime)
    leased_until: Mapped[datetime | None] = mapped_column(UtcTime)
