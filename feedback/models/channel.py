"""Channels: one QR code each."""

from sqlalchemy import ForeignKey, String, false
from sqlalchemy.orm import Mapped, mapped_column

from feedback.models.base import Base


class Channel(Base):
    """A door people come in by: a place, a meeting, an article, a paper batch.

    A kiosk is a phone or tablet that many people use one after another: its page keeps no draft.
    """

    __tablename__ = "channel"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    place: Mapped[str | None] = mapped_column(String(200))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    is_kiosk: Mapped[bool] = mapped_column(default=False, server_default=false())
