"""Deciding about many at once: what can be done with each, and what the page says of it beforehand."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any

from feedback.cases.domain.action import Action
from feedback.cases.domain.submission import TRANSITIONS, Status

MOST_ITEMS = 20_000
# So many are done while somebody waits, more by a worker; and of either so many in one transaction, so that nobody else
# waits long for the database.
MOST_AT_ONCE = 200
BATCH_SIZE = 3


# The columns that can be set for many, and what they are called.
CLASS_LABELS = {
    "category": "问题类别",
    "task": "四项任务",
    "issue_nature": "热点/堵点/难点",
    "responsible_unit_id": "责任单位",
}


class Outcome(StrEnum):
    """What has become of one item."""

    WAITING = "waiting"
    CHANGED = "changed"
    PROPOSED = "proposed"
    SKIPPED = "skipped"
    UNDONE = "undone"
    KEPT = "kept"


OUTCOME_LABELS = {
    Outcome.WAITING: "还没有办",
    Outcome.CHANGED: "已办",
    Outcome.PROPOSED: "已提出，等另一位同事确认",
    Outcome.SKIPPED: "没有办",
    Outcome.UNDONE: "已撤销",
    Outcome.KEPT: "后来又有办理，没有撤销",
}


class Why(StrEnum):
    """Why nothing can be done, or was done, with one item."""

    STATE = "state"
    SAME = "same"
    CLAIMED = "claimed"
    PROPOSED = "proposed"
    CHANGED = "changed"
    FORBIDDEN = "forbidden"
    REFUSED = "refused"
    FAILED = "failed"


WHY_LABELS = {
    Why.STATE: "现在的状态不能这样办",
    Why.SAME: "已经是这样归类的",
    Why.CLAIMED: "同事正在看",
    Why.PROPOSED: "已有一项处理在等待确认",
    Why.CHANGED: "刚刚有了新的办理",
    Why.FORBIDDEN: "没有找到，或者您没有受理权限",
    Why.REFUSED: "不符合办理的规定",
    Why.FAILED: "系统没有办成，请单独办理",
}


@dataclass(frozen=True)
class BulkOrder:
    """What is to be done: one reason for all, and of the classes only those that somebody chose."""

    campaign_id: int
    action: Action
    reason: str | None = None
    rejection_kind: str | None = None
    chosen: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A submission as it stands towards somebody who wants to decide about it."""

    id: int
    version: int
    status: Status
    classes: tuple[Any, ...]
    is_claimed_by_other: bool
    is_proposed: bool


def obstacle(action: Action, candidate: Candidate, chosen: Mapping[str, Any]) -> Why | None:
    """Why an action cannot be carried out, or None where it can.

    A decision leaves alone what a colleague proposed: nobody would notice among many that it was settled.
    """
    if action is Action.CLASSIFY:
        known = dict(zip(CLASS_LABELS, candidate.classes, strict=True))
        if all(known[name] == value for name, value in chosen.items()):
            return Why.SAME
    elif (candidate.status, action) not in TRANSITIONS:
        return Why.STATE
    if candidate.is_claimed_by_other:
        return Why.CLAIMED
    return Why.PROPOSED if candidate.is_proposed and action is not Action.CLASSIFY else None


@dataclass(frozen=True)
class Preview:
    """How many an action would be carried out on, and how many not, by reason."""

    ready: int
    obstacles: Mapping[Why, int]

    @property
    def hindered(self) -> int:
        """How many it cannot be carried out on."""
        return sum(self.obstacles.values())


def preview(action: Action, candidates: Sequence[Candidate], chosen: Mapping[str, Any], *, missing: int) -> Preview:
    """Look at every candidate beforehand; `missing` are those who were asked for and may not be decided about."""
    found = Counter(obstacle(action, candidate, chosen) for candidate in candidates)
    ready = found.pop(None, 0)
    obstacles = {why: found[why] for why in Why if found[why]}
    return Preview(ready, {**obstacles, Why.FORBIDDEN: missing} if missing else obstacles)


def fingerprint(candidates: Sequence[Candidate]) -> str:
    """What a preview showed, to be compared with what is there when it is acted upon: "237-9f3ac4d0…"."""
    shown = ",".join(f"{candidate.id}:{candidate.version}" for candidate in candidates)
    return f"{len(candidates)}-{sha256(shown.encode()).hexdigest()[:32]}"


def seconds_to_undo(ended_at: datetime | None, *, now: datetime, within: timedelta) -> int:
    """How long the whole may still be undone; 0 while it runs, and where that is over."""
    if ended_at is None or now - ended_at >= within:
        return 0
    return max(1, int((ended_at + within - now).total_seconds()))
