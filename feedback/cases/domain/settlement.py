"""The moment a decision can no longer be taken back, and how long to wait where what hangs on it fails."""

from datetime import timedelta

from feedback.cases.domain.action import Action
from feedback.cases.domain.undo import UNDOABLE

# By the kinds of their events; merging is taken apart, not taken back, and settles like the others.
SETTLING = frozenset(UNDOABLE | {Action.MERGE, Action.UNMERGE})
_LONGEST = timedelta(hours=1)


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many attempts: seconds at first, an hour at most, and never for ever."""
    return min(timedelta(seconds=2 ** min(attempts, 16)), _LONGEST)
