"""Suspecting near duplicates: read and compared by a worker first, then written in one short transaction."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from sqlalchemy import Select, bindparam, delete, desc, func, insert, select, union_all
from sqlalchemy.orm import Session

from feedback.base.adapters.database import lock_name
from feedback.cases.domain.duplicate import Verdict
from feedback.cases.domain.similarity import (
    MAX_CANDIDATES,
    MAX_ROWS_PER_VALUE,
    find_duplicates,
    sketch,
    values_to_share,
)
from feedback.cases.domain.submission import TextKind
from feedback.cases.models.duplicate import Likeness, Sketch, SketchRound
from feedback.cases.models.submission import Submission
from feedback.cases.models.text import Text
from feedback.cases.services.duplicate import mark_lookalikes

# As many others hardly write while one compares; who took longer compares anew. No more are kept than that takes.
KEPT_ROUNDS = 100


@dataclass(frozen=True)
class Sketched:
    """An opinion that was never compared, with the values of its sketch and the percentages it shares with others."""

    submission_id: int
    values: list[int]
    body: str
    likes: dict[int, int]


@dataclass
class Comparison:
    """What was found out of some submissions, by campaign, and which round of writing each campaign had reached."""

    erased: list[int] = field(default_factory=list)
    rounds: dict[int, int] = field(default_factory=dict)
    sketched: dict[int, list[Sketched]] = field(default_factory=lambda: defaultdict(list))


def compare(session: Session, ids: Sequence[int]) -> Comparison:
    """Compare those of some submissions that never were with all others of their campaigns; this writes nothing."""
    found = Comparison()
    erased = select(Text.submission_id).where(Text.submission_id.in_(ids), Text.body.is_(None))
    found.erased = list(session.scalars(erased))
    known = select(Sketch.submission_id).where(Sketch.submission_id.in_(ids))
    fresh = session.execute(
        select(Submission.id, Submission.campaign_id, Text.body)
        .join(Text, (Text.submission_id == Submission.id) & (Text.kind == TextKind.ORIGINAL))
        .where(Submission.id.in_(ids), Submission.id.not_in(known), ~Submission.is_trial, Text.body.is_not(None))
        .order_by(Submission.id)
    ).all()
    for campaign_id in {row.campaign_id for row in fresh}:
        found.rounds[campaign_id] = _round(session, campaign_id)
    for submission_id, campaign_id, text in fresh:
        body = text or ""
        values = sketch(body)
        others = _others(session, campaign_id, submission_id, values, found.sketched[campaign_id])
        likes = {other: round(100 * score) for other, score in find_duplicates(body, others)}
        found.sketched[campaign_id].append(Sketched(submission_id, values, body, likes))
    return found


def write(session: Session, found: Comparison, ids: Collection[int]) -> set[int]:
    """Note what was found of those `ids` that nobody has changed meanwhile; returns which have to be looked at again.

    These are the ones another worker has just written something like, and the ones somebody decides about now: whether
    those are suspected has to be said on them later. A worker that waited for them would wait in a circle with those
    who wait for the worker.
    """
    session.execute(delete(Sketch).where(Sketch.submission_id.in_(found.erased)))
    touched, again = set(ids), set[int]()
    for campaign_id in sorted(found.sketched):
        lock_name(session, f"duplicates of {campaign_id}")
        reached = found.rounds[campaign_id]
        is_late = _round(session, campaign_id) - reached >= KEPT_ROUNDS
        recent = _written_since(session, campaign_id, reached)
        fresh = [one for one in found.sketched[campaign_id] if one.submission_id not in recent]
        kept = [one for one in fresh if one.submission_id in ids and not (is_late or _is_overtaken(one, recent))]
        left = {one.submission_id for one in fresh} - {one.submission_id for one in kept}
        touched |= _note(session, campaign_id, kept, left)
        again |= left
    touched -= again
    free = select(Submission.id).where(Submission.id.in_(touched)).with_for_update(key_share=True, skip_locked=True)
    marked = set(session.scalars(free))
    mark_lookalikes(session, marked)
    return (again & set(ids)) | (touched - marked)


def _note(session: Session, campaign_id: int, kept: Sequence[Sketched], left: Collection[int]) -> set[int]:
    """Write sketches and likenesses, but for those with one that is left for later; the ids of all that are alike."""
    if not kept:
        return set()
    pairs = [(one.submission_id, other, percent) for one in kept for other, percent in one.likes.items()]
    pairs = [pair for pair in pairs if pair[1] not in left]
    sides = [(own, other, percent) for one, two, percent in pairs for own, other in ((one, two), (two, one))]
    alike = [
        {"submission_id": own, "other_id": other, "percent": percent, "verdict": Verdict.SUSPECTED}
        for own, other, percent in sides
    ]
    values = [
        {"campaign_id": campaign_id, "value": value, "submission_id": one.submission_id}
        for one in kept
        for value in one.values
    ]
    session.execute(insert(Sketch), values)
    if alike:
        session.execute(insert(Likeness), alike)
    reached = _round(session, campaign_id) + 1
    rows = [{"campaign_id": campaign_id, "round": reached, "submission_id": one.submission_id} for one in kept]
    session.execute(insert(SketchRound), rows)
    old = (SketchRound.campaign_id == campaign_id) & (SketchRound.round <= reached - KEPT_ROUNDS)
    session.execute(delete(SketchRound).where(old))
    return {own for own, _, _ in sides}


def _others(
    session: Session, campaign_id: int, own_id: int, values: list[int], before: Sequence[Sketched]
) -> list[tuple[int, str]]:
    """The texts to compare one with: those in the database, and those of this batch that come before it."""
    texts = select(Text.submission_id, Text.body).where(
        Text.submission_id.in_(_candidates(session, campaign_id, values, own_id)),
        Text.kind == TextKind.ORIGINAL,
        Text.body.is_not(None),
    )
    stored = [(other, words or "") for other, words in session.execute(texts)]
    return stored + [(one.submission_id, one.body) for one in before if _is_near(values, one.values)]


def _is_near(values: list[int], others: Collection[int]) -> bool:
    return len(set(values).intersection(others)) >= values_to_share(values)


def _is_overtaken(one: Sketched, recent: Mapping[int, set[int]]) -> bool:
    return any(_is_near(one.values, values) for values in recent.values())


def _round(session: Session, campaign_id: int) -> int:
    return session.scalar(select(func.max(SketchRound.round)).where(SketchRound.campaign_id == campaign_id)) or 0


def _written_since(session: Session, campaign_id: int, reached: int) -> dict[int, set[int]]:
    """The sketches that other workers have written since a round, by submission; as a rule none."""
    rows = session.execute(
        select(SketchRound.submission_id, Sketch.value)
        .join(Sketch, Sketch.submission_id == SketchRound.submission_id)
        .where(SketchRound.campaign_id == campaign_id, SketchRound.round > reached)
    )
    written: dict[int, set[int]] = defaultdict(set)
    for submission_id, value in rows:
        written[submission_id].add(value)
    return written


def _candidates(session: Session, campaign_id: int, values: list[int], own_id: int) -> list[int]:
    """The submissions that share the most of the rarest values.

    Of a value only the newest rows are read: some are everywhere.
    """
    places = {f"value_{place}": value for place, value in enumerate(values)}
    known = {"campaign_id": campaign_id, "own_id": own_id, "least": values_to_share(values)}
    return list(session.scalars(_nearest(len(values)), known | places))


@cache
def _nearest(count: int) -> Select[tuple[int]]:
    """Built once for each number of values: to make it anew takes longer than to run it."""
    parts = []
    for place in range(count):
        newest = (
            select(Sketch.submission_id)
            .where(Sketch.campaign_id == bindparam("campaign_id"), Sketch.value == bindparam(f"value_{place}"))
            .order_by(Sketch.submission_id.desc())
            .limit(MAX_ROWS_PER_VALUE)
            .subquery()
        )
        parts.append(select(newest.c.submission_id, (1.0 / func.count().over()).label("rarity")))
    hits = union_all(*parts).subquery()
    return (
        select(hits.c.submission_id)
        .where(hits.c.submission_id != bindparam("own_id"))
        .group_by(hits.c.submission_id)
        .having(func.count() >= bindparam("least"))
        .order_by(desc(func.sum(hits.c.rarity)), hits.c.submission_id.desc())
        .limit(MAX_CANDIDATES)
    )
