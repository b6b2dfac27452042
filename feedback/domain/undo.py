"""Taking back the last decision, for as long as its sender has not been told of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

UNDOABLE = frozenset({"accept", "reject", "reply", "complete", "reopen", "classified"})


class Decided(Protocol):
    """An event, as far as undoing goes."""

    kind: str
    at: datetime
    user_id: int | None


Event = TypeVar("Event", bound=Decided)


def may_undo(last: Decided, *, user_id: int, now: datetime, within: timedelta) -> bool:
    """Whether somebody may undo the last event of a submission: his own decisions alone, for a short time."""
    return last.kind in UNDOABLE and last.user_id == user_id and now - last.at < within


def told_to_sender(events: Sequence[Event], *, settled_by: datetime) -> Sequence[Event]:
    """The events up to the first one of staff that is younger: it may still be undone."""
    fresh = (place for place, one in enumerate(events) if one.user_id is not None and one.at > settled_by)
    return events[: next(fresh, len(events))]
