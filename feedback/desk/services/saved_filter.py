"""Filters of the queue under a name: kept, renamed, shared and deleted by whom they belong to."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.base.adapters.database import lock_name
from feedback.base.domain.permission import Actor
from feedback.desk.domain.queue import QueueFilter
from feedback.desk.domain.saved_filter import check_name, check_room
from feedback.desk.models.saved_filter import SavedFilter


def save(session: Session, wanted: QueueFilter, *, name: str, is_shared: bool, by: Actor) -> None:
    """Keep a filter of a campaign the caller has seen to be readable; a RefusalError says why not."""
    taken = _names(session, user_id=by.id, campaign_id=wanted.campaign_id)
    check_name(name, others=taken)
    check_room(len(taken))
    values = wanted.to_json()
    session.add(
        SavedFilter(campaign_id=wanted.campaign_id, user_id=by.id, name=name, is_shared=is_shared, filter=values)
    )


def rename(session: Session, saved: SavedFilter, *, name: str, is_shared: bool) -> None:
    """Give it another name, share it or keep it to oneself."""
    taken = _names(session, user_id=saved.user_id, campaign_id=saved.campaign_id)
    check_name(name, others=taken - {saved.name})
    saved.name, saved.is_shared = name, is_shared


def delete(session: Session, saved: SavedFilter) -> None:
    """Keep it no longer, for oneself nor for others."""
    session.delete(saved)


def _names(session: Session, *, user_id: int, campaign_id: int) -> set[str]:
    """The names somebody uses in a campaign; nobody else adds one before the transaction ends."""
    lock_name(session, f"filters of {user_id}")
    own = (SavedFilter.user_id == user_id, SavedFilter.campaign_id == campaign_id)
    return set(session.scalars(select(SavedFilter.name).where(*own)))
