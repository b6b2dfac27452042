"""Near duplicates: suspected by a worker, merged or told apart by people, and taken apart again."""

from datetime import datetime
from functools import cache

from sqlalchemy import Select, bindparam, delete, desc, func, insert, select, union_all, update
from sqlalchemy.orm import Session

from feedback.base.adapters.database import lock_name
from feedback.base.domain.permission import Actor
from feedback.base.domain.refusal import RefusalError
from feedback.base.models.base import table_of
from feedback.cases.domain.action import Action
from feedback.cases.domain.decision import Decision
from feedback.cases.domain.duplicate import Verdict, check_merge
from feedback.cases.domain.event import Beside, Merged, Unmerged
from feedback.cases.domain.similarity import (
    MAX_CANDIDATES,
    MAX_ROWS_PER_VALUE,
    find_duplicates,
    sketch,
    values_to_share,
)
from feedback.cases.domain.submission import Status, TextKind, next_status
from feedback.cases.models.duplicate import Likeness, Sketch
from feedback.cases.models.submission import Submission
from feedback.cases.models.text import Text
from feedback.cases.services.event import append
from feedback.cases.services.moderation import check_version, decide
from feedback.cases.services.proposal import propose_if_needed


def compare(session: Session, ids: list[int]) -> set[int]:
    """Compare those of some submissions that never were with all others of their campaigns; note who is like whom.

    Returns those somebody decides about just now: whether they are suspected has to be said on them later. A worker
    that waited for them would wait in a circle with those who wait for the worker.
    """
    lock_name(session, "duplicates")
    erased = select(Text.submission_id).where(Text.submission_id.in_(ids), Text.body.is_(None))
    session.execute(delete(Sketch).where(Sketch.submission_id.in_(erased)))
    known = select(Sketch.submission_id).where(Sketch.submission_id.in_(ids))
    fresh = (
        select(Submission.id, Submission.campaign_id, Text.body)
        .join(Text, (Text.submission_id == Submission.id) & (Text.kind == TextKind.ORIGINAL))
        .where(Submission.id.in_(ids), Submission.id.not_in(known), ~Submission.is_trial, Text.body.is_not(None))
        .order_by(Submission.id)
    )
    touched = set(ids)
    for submission_id, campaign_id, body in session.execute(fresh).all():
        values = sketch(body or "")
        texts = select(Text.submission_id, Text.body).where(
            Text.submission_id.in_(_candidates(session, campaign_id, values, submission_id)),
            Text.kind == TextKind.ORIGINAL,
            Text.body.is_not(None),
        )
        others = [(other, words or "") for other, words in session.execute(texts)]
        for other_id, score in find_duplicates(body or "", others):
            _note(session, submission_id, other_id, percent=round(100 * score))
            touched.add(other_id)
        rows = [{"campaign_id": campaign_id, "value": value, "submission_id": submission_id} for value in values]
        session.execute(insert(Sketch), rows)
    free = select(Submission.id).where(Submission.id.in_(touched)).with_for_update(key_share=True, skip_locked=True)
    marked = set(session.scalars(free))
    _mark(session, marked)
    return touched - marked


def merge(session: Session, submission: Submission, into: Submission, decision: Decision) -> None:
    """Let another opinion's answer be the answer to this one too; it keeps its receipt and its place in every count.

    Or propose to, where a second person has to confirm.
    """
    check_version(submission, decision)
    has_own = session.scalar(select(Submission.id).where(Submission.merged_into_id == submission.id).limit(1))
    check_merge(
        is_same=submission.id == into.id,
        is_same_list=(submission.campaign_id, submission.is_trial) == (into.campaign_id, into.is_trial),
        into=Status(into.status),
        has_own=has_own is not None,
    )
    if propose_if_needed(session, submission, Action.MERGE, decision, into=into):
        return
    decide(session, submission, Action.MERGE, decision, kept=Merged(other=into.number))
    submission.merged_into_id = into.id
    _judge(session, submission.id, into.id, Verdict.MERGED)
    append(session, into, "absorbed", at=decision.at, user_id=decision.by.id, kept=Beside(submission.number))


def unmerge(session: Session, submission: Submission, decision: Decision) -> None:
    """Take a merged opinion out again: it waits as if it had just come."""
    check_version(submission, decision)
    next_status(Status(submission.status), Action.UNMERGE)
    into = session.get_one(Submission, submission.merged_into_id)
    decide(session, submission, Action.UNMERGE, decision, kept=Unmerged(other=into.number))
    submission.merged_into_id = None
    _judge(session, submission.id, into.id, Verdict.DISTINCT)
    append(session, into, "released", at=decision.at, user_id=decision.by.id, kept=Beside(submission.number))


def tell_apart(session: Session, submission: Submission, other: Submission, *, by: Actor, now: datetime) -> None:
    """Say that two opinions are two; they are not suspected again. To say it twice changes nothing more."""
    if submission.merged_into_id == other.id or other.merged_into_id == submission.id:
        raise RefusalError("这两件已经并单。要单独办理，请先拆分。")
    if _judge(session, submission.id, other.id, Verdict.DISTINCT):
        append(session, submission, "told_apart", at=now, user_id=by.id, kept=Beside(other.number))
        append(session, other, "told_apart", at=now, user_id=by.id, kept=Beside(submission.number))


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


def _note(session: Session, one: int, other: int, *, percent: int) -> None:
    for own_id, other_id in ((one, other), (other, one)):
        values = {"submission_id": own_id, "other_id": other_id, "percent": percent, "verdict": Verdict.SUSPECTED}
        session.execute(insert(Likeness), [values])


def _judge(session: Session, one: int, other: int, verdict: Verdict) -> bool:
    """Note what people say of two; whether a machine had suspected them, and nobody had said the same before."""
    pairs = ((Likeness.submission_id == one) & (Likeness.other_id == other)) | (
        (Likeness.submission_id == other) & (Likeness.other_id == one)
    )
    pairs &= Likeness.verdict != verdict
    judge = update(Likeness).where(pairs).values(verdict=verdict).returning(Likeness.other_id)
    was_suspected = bool(session.scalars(judge).all())
    if was_suspected:
        _mark(session, {one, other})
    return was_suspected


def _mark(session: Session, ids: set[int]) -> None:
    """Say on the rows themselves, which the caller has locked, whether they are suspected now."""
    submission, is_suspected = table_of(Submission), Likeness.verdict == Verdict.SUSPECTED
    likes = select(Likeness.other_id).where(Likeness.submission_id == submission.c.id, is_suspected)
    session.execute(update(submission).where(submission.c.id.in_(ids)).values(has_lookalike=likes.exists()))
