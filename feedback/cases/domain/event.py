"""What the steps of a submission are called, what each keeps beside who, when and why, and how the record tells it.

A step keeps its detail as JSON, which is written and read through one class for each kind of step. A value that says
nothing is left out; what is not there, in an old row or an erased one, is read as saying nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any, Generic, TypeVar

from feedback.cases.domain.action import ACTION_LABELS, Action
from feedback.cases.domain.submission import SATISFACTION_LABELS

T = TypeVar("T")

_LABELS = {
    "received": "收到",
    "classified": "修改归类",
    "contact_withdrawn": "提出人删除了联系方式",
    "contact_viewed": "查看联系方式",
    "supplemented": "提出人补充",
    "rated": "提出人评价",
    "reconsider": "提出人申请复核",
    "undone": "撤销",
    "absorbed": "并入另一件",
    "released": "拆出一件",
    "told_apart": "认定不是重复",
    "proposed": "提出",
    "declined": "不同意",
    "withdrawn": "收回",
    "noted": "备注",
}
EVENT_LABELS = {str(action): label for action, label in ACTION_LABELS.items()} | _LABELS


@dataclass(frozen=True)
class Changed(Generic[T]):
    """What something was before a step and is after it: in JSON a list of two."""

    before: T
    after: T


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


# How a field is read from JSON, and under which name, where that is not its own.
_CHANGED = {"read": lambda pair: Changed(*pair)}
_MOVED = {"read": lambda pair: Changed(*map(_day, pair))}
_INTO, _FROM = {"key": "into"}, {"key": "from"}


@dataclass(frozen=True)
class Detail:
    """What a step keeps; of many kinds, nothing."""

    def to_json(self) -> dict[str, Any] | None:
        """As it is stored; None where it says nothing."""
        kept = {one.metadata.get("key", one.name): _written(getattr(self, one.name)) for one in fields(self)}
        return {key: value for key, value in kept.items() if value not in (None, "", {})} or None


@dataclass(frozen=True)
class Received(Detail):
    """It came by a channel that presets the unit it concerns."""

    preset_unit: int | None = None


@dataclass(frozen=True)
class InBulk(Detail):
    """What may be done with many at once, as a part of a bulk."""

    bulk: int | None = None


@dataclass(frozen=True)
class Decided(InBulk):
    """A decision: the due day it moved, the columns it wrote over, as they were before, and who had proposed it."""

    due: Changed[date | None] | None = field(default=None, metadata=_MOVED)
    before: Mapping[str, str | int | None] = field(default_factory=dict)
    proposed_by: int | None = field(default=None, kw_only=True)


@dataclass(frozen=True)
class Rejected(Decided):
    """Refused; the kind is a key of the campaign's set `rejection`."""

    rejection_kind: str | None = None


@dataclass(frozen=True)
class Replied(Decided):
    """Answered, by the row of `reply` with this id."""

    outcome: str = ""
    summary: str = ""
    reply: int | None = None


@dataclass(frozen=True)
class Referred(Decided):
    """Referred to a unit, under its name on that day, by a day."""

    unit: str | None = None
    due_on: date | None = field(default=None, metadata={"read": _day})


@dataclass(frozen=True)
class Merged(Decided):
    """Merged into the one with this number."""

    other: str | None = field(default=None, metadata=_INTO)


@dataclass(frozen=True)
class Unmerged(Decided):
    """Taken out of the one with this number."""

    other: str | None = field(default=None, metadata=_FROM)


@dataclass(frozen=True)
class Beside(Detail):
    """Something was decided of another one, with this number, that concerns this one too."""

    other: str | None = field(default=None, metadata=_FROM)


@dataclass(frozen=True)
class Classified(InBulk):
    """What staff know about it, as far as that changed; units by their ids, tags by their keys."""

    category: Changed[str | None] | None = field(default=None, metadata=_CHANGED)
    task: Changed[str | None] | None = field(default=None, metadata=_CHANGED)
    issue_nature: Changed[str | None] | None = field(default=None, metadata=_CHANGED)
    priority: Changed[str] | None = field(default=None, metadata=_CHANGED)
    responsible_unit_id: Changed[int | None] | None = field(default=None, metadata=_CHANGED)
    responsible_person: Changed[str | None] | None = field(default=None, metadata=_CHANGED)
    units: Changed[list[int]] | None = field(default=None, metadata=_CHANGED)
    tags: Changed[list[str]] | None = field(default=None, metadata=_CHANGED)


@dataclass(frozen=True)
class Undone(Detail):
    """The step before was taken back; `of` is its kind."""

    of: str = ""


@dataclass(frozen=True)
class Proposed(InBulk):
    """A decision that waits for a second person, with what it needs beside its reason."""

    action: str = ""
    other: str | None = field(default=None, metadata=_INTO)
    rejection_kind: str | None = None
    outcome: str | None = None
    summary: str | None = None


@dataclass(frozen=True)
class Ended(Detail):
    """A proposal was not confirmed: said no to, or withdrawn."""

    action: str = ""


@dataclass(frozen=True)
class Rated(Detail):
    """The sender's satisfaction, 5 to 1."""

    satisfaction: int | None = None


NAMING = (Merged, Unmerged, Beside, Proposed)

# Of all other kinds a step keeps nothing.
DETAILS: dict[str, type[Detail]] = {
    **dict.fromkeys(map(str, Action), Decided),
    "received": Received,
    Action.REJECT: Rejected,
    Action.REPLY: Replied,
    Action.REFER: Referred,
    Action.MERGE: Merged,
    Action.UNMERGE: Unmerged,
    "absorbed": Beside,
    "released": Beside,
    "told_apart": Beside,
    "classified": Classified,
    "undone": Undone,
    "proposed": Proposed,
    "declined": Ended,
    "withdrawn": Ended,
    "rated": Rated,
}


def read_detail(kind: str, kept: Mapping[str, Any] | None) -> Detail:
    """The detail of a step from what is stored of it."""
    type_, values = DETAILS.get(kind, Detail), kept or {}
    known = {one.metadata.get("key", one.name): one for one in fields(type_)}
    return type_(
        **{
            one.name: one.metadata.get("read", lambda value: value)(values[key])
            for key, one in known.items()
            if values.get(key) is not None
        }
    )


# What the record says of a step that is of these classes, in this order; nothing where that is nothing.
_SENTENCES: tuple[tuple[Any, Callable[[Any, Mapping[str, str]], str | None]], ...] = (
    (Merged | Proposed, lambda kept, _: kept.other and f"并入 {kept.other}"),
    (Unmerged | Beside, lambda kept, _: kept.other),
    (Proposed | Ended, lambda kept, _: ACTION_LABELS.get(kept.action)),
    (Rejected | Proposed, lambda kept, rejections: rejections.get(kept.rejection_kind, kept.rejection_kind)),
    (Undone, lambda kept, _: EVENT_LABELS.get(kept.of)),
    (Referred, lambda kept, _: kept.unit and f"{kept.unit}，{kept.due_on} 前"),
    (Received, lambda kept, _: kept.preset_unit and "涉及单位按渠道预设"),
    (InBulk, lambda kept, _: kept.bulk and "批量"),
    (Rated, lambda kept, _: SATISFACTION_LABELS.get(kept.satisfaction)),
)


def told(kept: Detail, rejections: Mapping[str, str]) -> list[str]:
    """What the record says of a step beside its label; `rejections` are the campaign's words for kinds of refusal."""
    said = (say(kept, rejections) for type_, say in _SENTENCES if isinstance(kept, type_))
    return [words for words in said if words]


def _written(value: Any) -> Any:
    if isinstance(value, Changed):
        return [_written(value.before), _written(value.after)]
    return value.isoformat() if isinstance(value, date) else value
