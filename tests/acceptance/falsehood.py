"""Records that something was done to, to see whether the judge finds it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from tests.acceptance.records import Record, Step

_CONFIRMED = ("reject", "complete", "merge")
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)

Fits = Callable[[Record], bool]
Falsify = Callable[[Record], Record]


def _has_steps(record: Record) -> bool:
    return len(record.steps) > 2


def _ends_with(*kinds: str) -> Fits:
    return lambda record: record.steps[-1].kind in kinds


def _has(*kinds: str) -> Fits:
    return lambda record: any(step.kind in kinds for step in record.steps)


def _was_to_be_rejected(record: Record) -> bool:
    return any(step.kind == "proposed" and step.reason for step in record.steps)


def _with_reason(record: Record, reason: str | None) -> Record:
    """Every reason replaced."""
    steps = tuple(replace(step, reason=reason) if step.reason else step for step in record.steps)
    return replace(record, steps=steps)


def _confirmed_by_the_proposer(record: Record) -> Record:
    steps = list(record.steps)
    place = next(place for place, step in enumerate(steps) if step.kind in _CONFIRMED)
    proposed = [step for step in steps[:place] if step.kind == "proposed"]
    steps[place] = replace(steps[place], user=proposed[-1].user)
    return replace(record, steps=tuple(steps))


def _with_last(record: Record, **changes: object) -> Record:
    last = replace(record.steps[-1], **changes)  # type: ignore[arg-type]
    return replace(record, steps=(*record.steps[:-1], last))


def _decided_twice(record: Record) -> Record:
    again: Step = replace(record.steps[-1], position=record.version + 1)
    return replace(record, steps=(*record.steps, again), version=record.version + 1)


def _with_another_answer(record: Record) -> Record:
    *others, last = record.answers
    return replace(record, answers=(*others, replace(last, body=f"{last.body}。")))


def _with_columns(record: Record, **columns: object) -> Record:
    return replace(record, columns={**record.columns, **columns})


FALSEHOODS: Mapping[str, tuple[Fits, Falsify]] = {
    "the last event is missing": (_has_steps, lambda one: replace(one, steps=one.steps[:-1])),
    "an event between is missing": (_has_steps, lambda one: replace(one, steps=one.steps[:1] + one.steps[2:])),
    "an event is there twice": (_has_steps, lambda one: replace(one, steps=(*one.steps, one.steps[-1]))),
    "one step was decided twice": (_ends_with("accept", "reply", "reject", "complete"), _decided_twice),
    "somebody else decided": (
        _ends_with("accept", "reply", "classified"),
        lambda one: _with_last(one, user="somebody else"),
    ),
    "the proposer confirmed": (_has(*_CONFIRMED), _confirmed_by_the_proposer),
    "the state is another": (
        _has_steps,
        lambda one: replace(one, status="replied" if one.status == "accepted" else "accepted"),
    ),
    "the version is another": (_has_steps, lambda one: replace(one, version=one.version + 1)),
    "a proposal is left": (_ends_with("accept", "reply"), lambda one: replace(one, waiting=("reject", "somebody"))),
    "the original is another": (_has_steps, lambda one: replace(one, texts=(f"{one.texts[0]} ",))),
    "the original is missing": (_has_steps, lambda one: replace(one, texts=())),
    "an answer is another": (_ends_with("reply"), _with_another_answer),
    "an answer is missing": (_ends_with("reply"), lambda one: replace(one, answers=one.answers[:-1])),
    "the class is another": (_has("classified"), lambda one: _with_columns(one, responsible_person="没有人")),
    "a reason is missing": (_was_to_be_rejected, lambda one: _with_reason(one, None)),
    "a reason is another": (_was_to_be_rejected, lambda one: _with_reason(one, "别的理由")),
    "what the sender reads as the reason is another": (
        _has("reject"),
        lambda one: _with_columns(one, rejection_reason="别的理由"),
    ),
    "it is merged elsewhere": (_has("merge"), lambda one: replace(one, merged_into="X0-00000")),
    "nobody knows that it was merged": (
        _has("absorbed"),
        lambda one: replace(one, steps=tuple(step for step in one.steps if step.kind != "absorbed")),
    ),
    "a claim is over": (_has_steps, lambda one: replace(one, claimed_by="somebody", claimed_until=LONG_AGO)),
    "half a claim is left": (_has_steps, lambda one: replace(one, claimed_by=None, claimed_until=LONG_AGO)),
}
