"""Near duplicates: merged or told apart by people, and taken apart again."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from feedback.base.domain.permission import Actor
from feedback.base.domain.refusal import RefusalError
from feedback.base.models.base import table_of
from feedback.cases.domain.action import Action
from feedback.cases.domain.decision import Decision
from feedback.cases.domain.duplicate import Verdict, check_merge
from feedback.cases.domain.event import Beside, Merged, Unmerged
from feedback.cases.domain.submission import Status, next_status
from feedback.cases.models.duplicate import Likeness
from feedback.cases.models.submission import Submission
from feedback.cases.services.event import append
from feedback.cases.services.moderation import check_version, decide
from feedback.cases.services.proposal import propose_if_needed


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


def _judge(session: Session, one: int, other: int, verdict: Verdict) -> bool:
    """Note what people say of two; whether a machine had suspected them, and nobody had said the same before."""
    pairs = ((Likeness.submission_id == one) & (Likeness.other_id == other)) | (
        (Likeness.submission_id == other) & (Likeness.other_id == one)
    )
    pairs &= Likeness.verdict != verdict
    judge = update(Likeness).where(pairs).values(verdict=verdict).returning(Likeness.other_id)
    was_suspected = bool(session.scalars(judge).all())
    if was_suspected:
        mark_lookalikes(session, {one, other})
    return was_suspected


def mark_lookalikes(session: Session, ids: set[int]) -> None:
    """Say on the rows themselves, which the caller has locked, whether they are suspected now."""
    submission, is_suspected = table_of(Submission), Likeness.verdict == Verdict.SUSPECTED
    likes = select(Likeness.other_id).where(Likeness.submission_id == submission.c.id, is_suspected)
    differs = submission.c.id.in_(ids) & (submission.c.has_lookalike != likes.exists())
    session.execute(update(submission).where(differs).values(has_lookalike=likes.exists()))
