"""Posters that somebody asked for: of one channel, or of all."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from feedback.base.models.base import Base


class PosterPrint(Base):
    """One order: whose, which kind, in which design, and the file once a worker has made it."""

    __tablename__ = "poster_print"

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"), unique=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    channel_id: Mapped[int | None] = mapped_column(ForeignKey("channel.id"))
    size: Mapped[str] = mapped_column(String(20))
    design: Mapped[str] = mapped_column(String(20))
    is_zip: Mapped[bool]
    file_name: Mapped[str | None] = mapped_column(String(80))
