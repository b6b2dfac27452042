"""The judge: everything that must be true after a day at the desk, and in words what is not."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from feedback.base.domain.text import with_unix_line_ends
from tests.acceptance.moderator import Deed
from tests.acceptance.records import Record, Step
from tests.acceptance.repertoire import REPERTOIRE
from tests.acceptance.replay import replay

# What one press does to the other one of a pair.
_ON_THE_OTHER = {"merge": "absorbed", "unmerge": "released"}
_REFUSALS = {400, 409}
_KINDS = {kind for move in REPERTOIRE.values() if move.has_version for kind in move.records}


@dataclass(frozen=True)
class Day:
    """What was handed in, what everybody did, what is kept, and when it was looked at."""

    originals: Mapping[str, str]
    deeds: Sequence[Deed]
    records: Sequence[Record]
    seen_at: datetime

    def steps(self, *kinds: str) -> Iterator[tuple[Record, Step]]:
        """The events of some kinds, with their submissions."""
        return ((record, step) for record in self.records for step in record.steps if step.kind in kinds)


def faults_of(day: Day) -> list[str]:
    """Every fault there is; none on a good day."""
    return [fault for look in _LOOKS for fault in look(day)]


def _texts(day: Day) -> Iterator[str]:
    kept = {record.number: record.texts for record in day.records}
    for number in kept.keys() | day.originals.keys():
        if kept.get(number) != (day.originals.get(number),):
            yield f"{number}: the original is not what was handed in"


def _states(day: Day) -> Iterator[str]:
    for record in day.records:
        end = replay(record)
        yield from end.faults
        waiting = (end.waiting.detail["action"], end.waiting.user) if end.waiting else None
        reached = (end.version, end.status, end.merged_into, waiting)
        kept = (record.version, record.status, record.merged_into, record.waiting)
        if reached != kept:
            yield f"{record.number}: the events lead to {reached}, kept is {kept}"
        for name, value in end.columns.items():
            if record.columns[name] != value:
                yield f"{record.number}: {name} is {record.columns[name]!r}, not {value!r}"
        if end.answers != {answer.id: answer.is_undone for answer in record.answers}:
            yield f"{record.number}: the replies are not those of the events"
        for answer in record.answers:
            if not end.authors.get(answer.id, set()) & {(answer.user, None), (answer.user, answer.body)}:
                yield f"{record.number}: the reply {answer.id} is not by {answer.user}, or was not signed like this"


def _reasons(day: Day) -> Iterator[str]:
    for record in day.records:
        if record.status == "rejected" and not record.columns["rejection_reason"]:
            yield f"{record.number}: rejected without a reason"


def _acknowledgements(day: Day) -> Iterator[str]:
    """What was acknowledged is one event behind the version of its page; and no event is without its deed."""
    kept = {(record.number, step.position): step for record, step in day.steps(*_KINDS)}
    for deed in day.deeds:
        if deed.is_acknowledged and REPERTOIRE[deed.action].has_version:
            yield from _differences(day, deed, kept.pop((deed.number, deed.seen + 1), None))
    for (number, position), step in kept.items():
        yield f"{number}: {step.kind} of {step.user} at {position} was never acknowledged"


def _differences(day: Day, deed: Deed, step: Step | None) -> Iterator[str]:
    where = f"{deed.number}: {deed.action} of {deed.user} on version {deed.seen}"
    if step is None or step.user != deed.user or step.kind not in REPERTOIRE[deed.action].records:
        yield f"{where} was acknowledged, kept is {step}"
        return
    bodies = {answer.id: answer.body for record in day.records for answer in record.answers}
    kept = {
        "reason": step.reason,
        "instruction": step.reason,
        "body": bodies.get(step.detail.get("reply", 0)) if step.kind == "reply" else step.reason,
        "summary": step.detail.get("summary"),
        "responsible_person": step.detail.get("responsible_person", [None, None])[1],
    }
    for name in kept.keys() & deed.typed.keys():
        if kept[name] != with_unix_line_ends(deed.typed[name]):
            yield f"{where}: {name} is kept as {kept[name]!r}"


def _refusals(day: Day) -> Iterator[str]:
    for deed in day.deeds:
        where = f"{deed.number}: {deed.action} of {deed.user} on version {deed.seen}"
        if not deed.is_acknowledged and deed.status_code not in _REFUSALS:
            yield f"{where} was answered with {deed.status_code}"
        has_version = REPERTOIRE[deed.action].has_version
        if has_version and deed.is_from_old_page and (deed.is_acknowledged or deed.status_code != 409):
            yield f"{where} came from an old page and was answered with {deed.status_code} {deed.notice}"
        if not deed.is_given_back:
            yield f"{where} was refused with {deed.status_code}, and the words typed are gone"


def _pairs(day: Day) -> Iterator[str]:
    """Both of a pair know the same of each other, and nobody is merged into what is merged itself."""
    states = {record.number: record.status for record in day.records}
    for kind, echo in _ON_THE_OTHER.items():
        name = "into" if kind == "merge" else "from"
        one_way = Counter((step.detail[name], record.number, step.user) for record, step in day.steps(kind))
        other_way = Counter((record.number, step.detail["from"], step.user) for record, step in day.steps(echo))
        if one_way != other_way:
            yield f"{kind} and {echo} differ: {one_way - other_way} {other_way - one_way}"
    for record in day.records:
        if (record.status == "merged") != (record.merged_into is not None):
            yield f"{record.number}: {record.status}, merged into {record.merged_into}"
        if states.get(record.merged_into or "") == "merged":
            yield f"{record.number}: merged into {record.merged_into}, which is merged itself"


def _told_apart(day: Day) -> Iterator[str]:
    """Two are told apart once, which both keep; whoever pressed too was told what is true already."""
    pressed = {
        (deed.user, frozenset({deed.number, deed.other}))
        for deed in day.deeds
        if deed.action == "apart" and deed.is_acknowledged
    }
    kept = Counter(
        (step.user, frozenset({record.number, step.detail["from"]})) for record, step in day.steps("told_apart")
    )
    taken_apart = {frozenset({record.number, step.detail["from"]}) for record, step in day.steps("unmerge")}
    pairs = Counter(pair for _, pair in kept)
    for (user, pair), times in kept.items():
        if times != 2 or pairs[pair] != 1 or (user, pair) not in pressed:
            yield f"{sorted(pair)}: told apart by {user}, {times} events"
    for user, pair in pressed:
        if pair not in pairs and pair not in taken_apart:
            yield f"{sorted(pair)}: told apart by {user}, and nothing is kept"


def _notes(day: Day) -> Iterator[str]:
    """Every note that was acknowledged is kept, and no other."""
    noted = Counter(
        (deed.number, deed.user, deed.typed["body"])
        for deed in day.deeds
        if deed.action == "note" and deed.is_acknowledged
    )
    kept = Counter((record.number, step.user, step.reason) for record, step in day.steps("noted"))
    for number, user, body in (noted - kept) + (kept - noted):
        yield f"{number}: the note of {user} is not what was acknowledged: {body!r}"


def _claims(day: Day) -> Iterator[str]:
    for record in day.records:
        if (record.claimed_by is None) != (record.claimed_until is None):
            yield f"{record.number}: half a claim"
        elif record.claimed_until is not None and record.claimed_until <= day.seen_at:
            yield f"{record.number}: the claim of {record.claimed_by} is over"


_LOOKS: Sequence[Callable[[Day], Iterator[str]]] = (
    _texts, _states, _reasons, _acknowledgements, _refusals, _pairs, _told_apart, _notes, _claims,
)  # fmt: skip
