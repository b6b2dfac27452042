"""Batches of group codes, counted without telling of few."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback.campaigns.models.group_code import GroupCode, GroupCodeBatch


@dataclass(frozen=True)
class BatchUse:
    """A batch, how many codes it has, and how many of them were spent when a worker looked within the hour."""

    batch: GroupCodeBatch
    count: int
    spent: int


def batches_of(session: Session, campaign_id: int) -> list[BatchUse]:
    """The batches of a campaign, the newest first."""
    counted = (
        select(GroupCodeBatch, func.count())
        .join(GroupCode, GroupCode.batch_id == GroupCodeBatch.id)
        .where(GroupCodeBatch.campaign_id == campaign_id)
        .group_by(GroupCodeBatch.id)
        .order_by(GroupCodeBatch.id.desc())
    )
    return [BatchUse(batch, count, batch.spent_lately) for batch, count in session.execute(counted)]


def get_batch(session: Session, campaign_id: int, batch_id: int) -> GroupCodeBatch | None:
    """One batch of a campaign."""
    return session.scalar(
        select(GroupCodeBatch).where(GroupCodeBatch.id == batch_id, GroupCodeBatch.campaign_id == campaign_id)
    )
