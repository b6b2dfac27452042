"""How crowded an hour was: a number, of which nothing is kept with any opinion."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from feedback.base.models.base import Base, UtcHour


class CrowdedHour(Base):
    """How many sendings of an hour were above the limit of their networks, and had to do a task first."""

    __tablename__ = "crowded_hour"

    hour: Mapped[datetime] = mapped_column(UtcHour, primary_key=True)
    sendings: Mapped[int]
