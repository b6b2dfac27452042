"""Suspecting near duplicates: read and compared by a worker first, then written in one short transaction."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from sqlalchemy import String, cast, delete, func, select
from sqlalchemy.orm import Session

from feedback.base.adapters.database import insert_rows, lock_name, rows_of
from feedback.cases.domain.similarity import (
    MAX_ROWS_PER_VALUE,
    Shingles,
    find_duplicates,
    nearest,
    shingles,
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
# Copies are compared with the same texts again and again, in one batch and in the next: what is cut of short ones is
# kept, some megabytes of it.
MEMORY, SHORT = 2_000, 1_000
# So many are read and compared together; where more are alike the rest waits, for to write it keeps others waiting.
AT_ONCE = 10
MOST_LIKENESSES = 300


@dataclass(frozen=True)
class Sketched:
    """An opinion that was never compared, with the values of its sketch and the percentages it shares with others."""

    submission_id: int
    values: Sequence[int]
    body: str
    likes: dict[int, int]


@dataclass
class Comparison:
    """What was found out of some submissions, by campaign, and which round of writing each campaign had reached.

    `left` were not compared yet: the others are alike in so many ways already.
    """

    erased: list[int] = field(default_factory=list)
    left: set[int] = field(default_factory=set)
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
    texts: dict[int, dict[int, str]] = defaultdict(dict)
    for submission_id, campaign_id, body in fresh:
        texts[campaign_id][submission_id] = body or ""
    for campaign_id, own in texts.items():
        found.rounds[campaign_id] = _round(session, campaign_id)
        found.sketched[campaign_id] = _compare_with_all(session, campaign_id, own)
        found.left |= own.keys() - {one.submission_id for one in found.sketched[campaign_id]}
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
    values = [(campaign_id, value, one.submission_id) for one in kept for value in one.values]
    insert_rows(session, Sketch, ("campaign_id", "value", "submission_id"), values)
    insert_rows(session, Likeness, ("submission_id", "other_id", "percent"), sides)
    reached = _round(session, campaign_id) + 1
    rows = [(campaign_id, reached, one.submission_id) for one in kept]
    insert_rows(session, SketchRound, ("campaign_id", "round", "submission_id"), rows)
    old = (SketchRound.campaign_id == campaign_id) & (SketchRound.round <= reached - KEPT_ROUNDS)
    session.execute(delete(SketchRound).where(old))
    return {own for own, _, _ in sides}


def _compare_with_all(session: Session, campaign_id: int, texts: Mapping[int, str]) -> list[Sketched]:
    """Compare each text with those in the database, and with those of this batch that come before it.

    It ends where enough are alike.
    """
    cut = _cutter()
    compared: list[Sketched] = []
    for start in range(0, len(texts), AT_ONCE):
        if sum(len(one.likes) for one in compared) >= MOST_LIKENESSES:
            break
        some = list(texts)[start : start + AT_ONCE]
        made = {text: tuple(sketch(text)) for text in {texts[own] for own in some}}
        sketches = {own: made[texts[own]] for own in some}
        holders = _holders(session, campaign_id, {value for values in sketches.values() for value in values})
        near = {values: nearest(values, holders) for values in set(sketches.values())}
        stored = _bodies(session, {other for others in near.values() for other in others})
        for own, values in sketches.items():
            others = [(one.submission_id, one.body) for one in compared if _is_near(values, one.values)]
            others += [(other, stored[other]) for other in near[values] if other in stored]
            likes = {other: round(100 * score) for other, score in find_duplicates(texts[own], others, cut=cut)}
            compared.append(Sketched(own, values, texts[own], likes))
    return compared


_cut_short = lru_cache(MEMORY)(shingles)


def _cutter() -> Callable[[str], Shingles]:
    """`shingles` with a memory: of long texts for one batch alone."""
    cut_long = lru_cache(AT_ONCE * MEMORY)(shingles)
    return lambda text: _cut_short(text) if len(text) <= SHORT else cut_long(text)


def _is_near(values: Sequence[int], others: Collection[int]) -> bool:
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


def _holders(session: Session, campaign_id: int, values: Collection[int]) -> dict[int, list[int]]:
    """The submissions of a campaign that have a value: of each value the newest, for some are everywhere."""
    wanted = rows_of(session.get_bind().dialect.name, ("value",), [[value] for value in values])
    newest = (
        select(Sketch.submission_id)
        .where(Sketch.campaign_id == campaign_id, Sketch.value == wanted.c.value)
        .order_by(Sketch.submission_id.desc())
        .limit(MAX_ROWS_PER_VALUE)
        .correlate(wanted)
        .subquery()
    )
    joined = select(func.aggregate_strings(cast(newest.c.submission_id, String), ",")).scalar_subquery()
    rows = session.execute(select(wanted.c.value, joined.label("ids")))
    return {value: list(map(int, ids.split(","))) for value, ids in rows if ids}


def _bodies(session: Session, ids: Collection[int]) -> dict[int, str]:
    rows = session.execute(
        select(Text.submission_id, Text.body).where(
            Text.submission_id.in_(ids), Text.kind == TextKind.ORIGINAL, Text.body.is_not(None)
        )
    )
    return {submission_id: body or "" for submission_id, body in rows}
