"""Near duplicates: suspected by a worker, merged or told apart by people, and taken apart again."""

from datetime import datetime

from sqlalchemy import Select, delete, desc, func, insert, select, union_all, update
from sqlalchemy.orm import Session

from feedback.adapters.database import lock_name
from feedback.domain.duplicate import Verdict, check_merge
from feedback.domain.permission import Actor
from feedback.domain.similarity import MAX_CANDIDATES, MAX_ROWS_PER_VALUE, find_duplicates, sketch, values_to_share
from feedback.domain.submission import Action, Status, next_status
from feedback.models.duplicate import Likeness, Sketch
from feedback.models.submission import Submission
from feedback.models.text import Text
from feedback.services.event import append
from feedback.services.moderation import check_version
from feedback.services.proposal import drop, hold


def compare(session: Session, ids: list[int]) -> None:
    """Compare those of some submissions that never were with all others of their campaigns; note who is like whom."""
    lock_name(session, "duplicates")
    erased = select(Text.submission_id).where(Text.submission_id.in_(ids), Text.body.is_(None))
    session.execute(delete(Sketch).where(Sketch.submission_id.in_(erased)))
    known = select(Sketch.submission_id).where(Sketch.submission_id.in_(ids))
    fresh = (
        select(Submission.id, Submission.campaign_id, Text.body)
        .join(Text, (Text.submission_id == Submission.id) & (Text.kind == "original"))
        .where(Submission.id.in_(ids), Submission.id.not_in(known), ~Submission.is_trial, Text.body.is_not(None))
        .order_by(Submission.id)
    )
    for submission_id, campaign_id, body in session.execute(fresh).all():
        values = sketch(body or "")
        texts = select(Text.submission_id, Text.body).where(
            Text.submission_id.in_(session.scalars(_candidates(campaign_id, values, submission_id)).all()),
            Text.kind == "original",
            Text.body.is_not(None),
        )
        others = [(other, words or "") for other, words in session.execute(texts)]
        for other_id, score in find_duplicates(body or "", others):
            _note(session, submission_id, other_id, percent=round(100 * score))
        rows = [{"campaign_id": campaign_id, "value": value, "submission_id": submission_id} for value in values]
        session.execute(insert(Sketch), rows)


def merge(
    session: Session,
    submission: Submission,
    into: Submission,
    *,
    by: Actor,
    seen: int,
    now: datetime,
    proposed_by: int | None = None,
) -> None:
    """Let another opinion's answer be the answer to this one too; it keeps its receipt and its place in every count.

    Or propose to, where a second person has to confirm.
    """
    check_version(submission, seen)
    has_own = session.scalar(select(Submission.id).where(Submission.merged_into_id == submission.id).limit(1))
    check_merge(
        is_same=submission.id == into.id,
        is_same_list=(submission.campaign_id, submission.is_trial) == (into.campaign_id, into.is_trial),
        into=Status(into.status),
        has_own=has_own is not None,
    )
    if hold(session, submission, Action.MERGE, by=by, now=now, proposed_by=proposed_by, into=into):
        return
    drop(session, submission)
    before = submission.status
    submission.status = next_status(Status(before), Action.MERGE)
    submission.merged_into_id = into.id
    _judge(session, submission.id, into.id, Verdict.MERGED)
    append(session, submission, Action.MERGE, at=now, user_id=by.id, before=before, detail={"into": into.number})
    append(session, into, "absorbed", at=now, user_id=by.id, detail={"from": submission.number})


def unmerge(session: Session, submission: Submission, *, by: Actor, seen: int, now: datetime) -> None:
    """Take a merged opinion out again: it waits as if it had just come."""
    check_version(submission, seen)
    before = submission.status
    submission.status = next_status(Status(before), Action.UNMERGE)
    into = session.get_one(Submission, submission.merged_into_id)
    submission.merged_into_id = None
    _judge(session, submission.id, into.id, Verdict.DISTINCT)
    append(session, submission, Action.UNMERGE, at=now, user_id=by.id, before=before, detail={"from": into.number})
    append(session, into, "released", at=now, user_id=by.id, detail={"from": submission.number})


def tell_apart(session: Session, submission: Submission, other: Submission, *, by: Actor, now: datetime) -> None:
    """Say that two opinions are two; they are not suspected again."""
    if _judge(session, submission.id, other.id, Verdict.DISTINCT):
        append(session, submission, "told_apart", at=now, user_id=by.id, detail={"from": other.number})
        append(session, other, "told_apart", at=now, user_id=by.id, detail={"from": submission.number})


def _candidates(campaign_id: int, values: list[int], own_id: int) -> Select[tuple[int]]:
    """Those who share the most of the rarest values. Of a value only the newest rows are read: some are everywhere."""
    parts = []
    for value in values:
        newest = (
            select(Sketch.submission_id)
            .where(Sketch.campaign_id == campaign_id, Sketch.value == value)
            .order_by(Sketch.submission_id.desc())
            .limit(MAX_ROWS_PER_VALUE)
            .subquery()
        )
        parts.append(select(newest.c.submission_id, (1.0 / func.count().over()).label("rarity")))
    hits = union_all(*parts).subquery()
    return (
        select(hits.c.submission_id)
        .where(hits.c.submission_id != own_id)
        .group_by(hits.c.submission_id)
        .having(func.count() >= values_to_share(values))
        .order_by(desc(func.sum(hits.c.rarity)), hits.c.submission_id.desc())
        .limit(MAX_CANDIDATES)
    )


def _note(session: Session, one: int, other: int, *, percent: int) -> None:
    for own_id, other_id in ((one, other), (other, one)):
        values = {"submission_id": own_id, "other_id": other_id, "percent": percent, "verdict": Verdict.SUSPECTED}
        session.execute(insert(Likeness), [values])


def _judge(session: Session, one: int, other: int, verdict: Verdict) -> bool:
    """Note what people say of two; whether a machine had suspected them."""
    pairs = ((Likeness.submission_id == one) & (Likeness.other_id == other)) | (
        (Likeness.submission_id == other) & (Likeness.other_id == one)
    )
    return bool(
        session.scalars(update(Likeness).where(pairs).values(verdict=verdict).returning(Likeness.other_id)).all()
    )
