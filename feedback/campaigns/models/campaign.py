"""Campaigns and their immutable versions."""

from datetime import date
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from feedback.base.models.base import Base, one_of
from feedback.campaigns.domain.campaign import PHASES, CampaignStatus
from feedback.campaigns.domain.second_person import SecondPerson


class Campaign(Base):
    """One solicitation; what it asks stands in its versions, and the current one is the highest number."""

    __tablename__ = "campaign"
    __table_args__ = (
        one_of("status", CampaignStatus),
        one_of("phase", PHASES),
        one_of("second_person", SecondPerson),
        CheckConstraint("opens_on IS NULL OR closes_on IS NULL OR opens_on <= closes_on", name="window"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    title: Mapped[str] = mapped_column(String(100))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    status: Mapped[str] = mapped_column(String(20), default=CampaignStatus.DRAFT)
    phase: Mapped[str] = mapped_column(String(20), default="study")
    opens_on: Mapped[date | None]
    closes_on: Mapped[date | None]
    deadlines: Mapped[dict[str, int]] = mapped_column(JSON)
    retention_months: Mapped[int]
    imprint: Mapped[dict[str, str]] = mapped_column(JSON)
    # Changed content that nobody has published yet.
    draft_content: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    second_person: Mapped[str] = mapped_column(String(10), default=SecondPerson.AUTO, server_default=SecondPerson.AUTO)


class CampaignVersion(Base):
    """Texts, sets and questions as somebody saw them; a trigger refuses every change."""

    __tablename__ = "campaign_version"
    __table_args__ = (UniqueConstraint("campaign_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    number: Mapped[int]
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
