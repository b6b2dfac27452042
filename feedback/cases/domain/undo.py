"""Taking back the last decision, for as long as its sender has not been told of it."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from feedback.cases.domain.action import ACTIONS, Action
from feedback.cases.domain.event import Detail, InBulk

# By the kinds of their events: to classify is called by what it leaves.
UNDOABLE = {str(action) for action, rule in ACTIONS.items() if rule.is_undoable} - {Action.CLASSIFY} | {"classified"}


class Step(Protocol):
    """An event, as far as undoing goes."""

    kind: str
    at: datetime
    user_id: int | None

    @property
    def kept(self) -> Detail:
        """What it keeps beside these."""


Event = TypeVar("Event", bound=Step)


def may_undo(last: Step, *, user_id: int, now: datetime, within: timedelta) -> bool:
    """Whether somebody may undo the last event of a submission: their own decisions alone, for a short time."""
    return last.kind in UNDOABLE and last.user_id == user_id and now - last.at < within


def bulk_of(event: Step) -> int | None:
    """The bulk an event belongs to, if it was decided with many others."""
    return event.kept.bulk if isinstance(event.kept, InBulk) else None


def told_to_sender(
    events: Sequence[Event], *, settled_by: datetime, unsettled: Collection[int] = frozenset()
) -> Sequence[Event]:
    """The events up to the first one of staff that may still be undone: it is younger, or of a bulk that is unsettled.

    What was undone is told together with its undoing: alone, it would look as if it still stood.
    """
    fresh = (
        place
        for place, one in enumerate(events)
        if one.user_id is not None and (one.at > settled_by or bulk_of(one) in unsettled)
    )
    end = next(fresh, len(events))
    return events[: end - 1 if end < len(events) and events[end].kind == "undone" else end]
