"""One-time codes that prove a group: nothing here says when one was used, or for what."""

from datetime import date

from sqlalchemy import ForeignKey, String, false
from sqlalchemy.orm import Mapped, mapped_column

from feedback.base.models.base import Base


class GroupCodeBatch(Base):
    """Codes that were printed together for one group."""

    __tablename__ = "group_code_batch"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    respondent_group: Mapped[str] = mapped_column(String(40))
    made_on: Mapped[date]
    is_revoked: Mapped[bool] = mapped_column(default=False, server_default=false())
    # As a worker found it within the hour: a number that moved at once would tell when somebody wrote.
    spent_lately: Mapped[int] = mapped_column(default=0, server_default="0")


class GroupCode(Base):
    """The keyed hash of one code.

    Rows of a batch are written all at once, the first time and whenever one of them is spent: neither the order of
    rows nor the number of a transaction (`xmin`) tells which one it was. See docs/adr/0016.
    """

    __tablename__ = "group_code"
    __table_args__ = ({"sqlite_with_rowid": False},)

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("group_code_batch.id"), index=True)
    is_spent: Mapped[bool] = mapped_column(default=False, server_default=false())
