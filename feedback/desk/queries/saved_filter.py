"""The filters somebody may choose from."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.base.domain.permission import Actor, Permission
from feedback.campaigns.models.campaign import Campaign
from feedback.campaigns.queries.reach import run_by
from feedback.desk.models.saved_filter import SavedFilter
from feedback.people.models import User


@dataclass(frozen=True)
class NamedFilter:
    """A filter as the plain values of `QueueFilter`, and whose it is."""

    id: int
    name: str
    values: dict[str, Any]
    owner: str
    is_own: bool
    is_shared: bool


def filters_for(session: Session, campaign_id: int, actor: Actor) -> list[NamedFilter]:
    """The actor's own of a campaign they may read, and those that colleagues who are still there share, by age."""
    own = SavedFilter.user_id == actor.id
    statement = (
        select(SavedFilter, User.display_name)
        .join(User, User.id == SavedFilter.user_id)
        .join(Campaign, Campaign.id == SavedFilter.campaign_id)
        .where(
            SavedFilter.campaign_id == campaign_id,
            run_by(actor.paths_with(Permission.SUBMISSION_READ)),
            own | (SavedFilter.is_shared & User.disabled_at.is_(None)),
        )
        .order_by(SavedFilter.id)
    )
    return [
        NamedFilter(one.id, one.name, one.filter, owner, one.user_id == actor.id, one.is_shared)
        for one, owner in session.execute(statement)
    ]


def find_own_filter(session: Session, filter_id: int, actor: Actor) -> SavedFilter | None:
    """One of the actor's own, of a campaign they may read."""
    return session.scalar(
        select(SavedFilter)
        .join(Campaign, Campaign.id == SavedFilter.campaign_id)
        .where(
            SavedFilter.id == filter_id,
            SavedFilter.user_id == actor.id,
            run_by(actor.paths_with(Permission.SUBMISSION_READ)),
        )
    )
