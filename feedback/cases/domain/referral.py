"""Since when a case is with the unit it was referred to."""

from collections.abc import Iterable
from datetime import datetime

from feedback.cases.domain.action import Action
from feedback.cases.domain.submission import Status

# Its moderators have it again.
_BACK = frozenset({Status.RECEIVED, Status.ACCEPTED})


def referred_at(steps: Iterable[tuple[str, str | None, datetime]]) -> datetime | None:
    """When the referral that stands was made; None where there is none, or it was taken back or begun anew.

    `steps` are the events of one case in their order: kind, status they led to, moment.
    """
    known: list[datetime | None] = [None]
    for kind, to_status, at in steps:
        if kind == "undone":
            # What is undone is always the step just before.
            known.pop()
        elif kind == Action.REFER:
            known.append(at)
        else:
            known.append(None if to_status in _BACK else known[-1])
    return known[-1]
