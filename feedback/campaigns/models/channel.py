"""Channels: one QR code each."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, false
from sqlalchemy.orm import Mapped, mapped_column

from feedback.base.models.base import Base, UtcHour


class Channel(Base):
    """A door people come in by: a place, a meeting, an article, a paper batch.

    A kiosk is a phone or tablet that many people use one after another: its page keeps no draft. The form begins with
    the group chosen that most who come this way belong to.
    """

    __tablename__ = "channel"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    place: Mapped[str | None] = mapped_column(String(200))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    respondent_group: Mapped[str | None] = mapped_column(String(40))
    # The unit that what is written here concerns, unless its sender names another agency.
    preset_unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    opens_on: Mapped[date | None]
    closes_on: Mapped[date | None]
    is_kiosk: Mapped[bool] = mapped_column(default=False, server_default=false())
    is_closed: Mapped[bool] = mapped_column(default=False, server_default=false())


class ChannelUnit(Base):
    """A unit a channel once belonged to or was about: its people are not shown the channel's numbers for that."""

    __tablename__ = "channel_unit"

    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)


class ChannelDay(Base):
    """How often the form of a channel was opened on a day; nothing about who did."""

    __tablename__ = "channel_day"

    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    visits: Mapped[int]


class ArrivingVisits(Base):
    """Visits that processes have counted within the hour: a single one beside a single opinion would be a clock."""

    __tablename__ = "arriving_visits"
    __table_args__ = ({"sqlite_with_rowid": False},)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    channel_id: Mapped[int]
    day: Mapped[date]
    noted_at: Mapped[datetime] = mapped_column(UtcHour)
    visits: Mapped[int]
