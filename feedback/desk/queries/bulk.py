"""Decisions about many at once: who is a candidate, how far it is, what became of each, and what may be told."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback.base.domain.job import UNDER_WAY
from feedback.base.domain.permission import Actor, Permission
from feedback.base.models.job import Job
from feedback.cases.domain.bulk import CLASS_LABELS, MOST_ITEMS, Candidate, Outcome, Why
from feedback.cases.domain.claim import is_claimed
from feedback.cases.domain.submission import Status
from feedback.cases.models.bulk import Bulk, BulkItem
from feedback.cases.models.proposal import Proposal
from feedback.cases.models.submission import Submission
from feedback.cases.queries.unsettled import CARRYING_JOB, ENDED_AT, UNDOING_JOB, with_jobs
from feedback.cases.queries.visibility import visible_to
from feedback.desk.domain.queue import QueueFilter
from feedback.desk.queries.queue import matching

MOST_NAMED = 500

_PROGRESS = select(Bulk, CARRYING_JOB, UNDOING_JOB, ENDED_AT)


@dataclass(frozen=True)
class BulkProgress:
    """A bulk, the jobs that carry it out and undo it, and when it ended, if it has."""

    bulk: Bulk
    job: Job | None
    undo_job: Job | None
    ended_at: datetime | None

    @property
    def running(self) -> Job | None:
        """The job that is under way, if one is."""
        return next((job for job in (self.undo_job, self.job) if job is not None and job.status in UNDER_WAY), None)

    @property
    def is_undone(self) -> bool:
        """Whether it was undone, or is being."""
        return self.bulk.undone_at is not None or self.undo_job is not None


@dataclass(frozen=True)
class Named:
    """An item that has to be named: by its number, with what became of it and why."""

    number: str
    outcome: Outcome
    why: Why | None


def candidates(
    session: Session, wanted: QueueFilter, actor: Actor, *, numbers: Collection[str] | None, now: datetime
) -> list[Candidate]:
    """The submissions with these numbers, or all that match the filter, as far as the actor may decide about them.

    The oldest first, and at most one more than can be done at once.
    """
    if numbers is None:
        conditions = matching(session, wanted, actor, Permission.SUBMISSION_DECIDE)
    else:
        conditions = [
            visible_to(actor, Permission.SUBMISSION_DECIDE),
            Submission.campaign_id == wanted.campaign_id,
            Submission.is_trial == wanted.is_trial,
            Submission.number.in_(numbers),
        ]
    rows = session.execute(
        select(
            Submission.id,
            Submission.version,
            Submission.status,
            Submission.claimed_by_id,
            Submission.claimed_until,
            Proposal.submission_id,
            *(getattr(Submission, name) for name in CLASS_LABELS),
        )
        .outerjoin(Proposal, Proposal.submission_id == Submission.id)
        .where(*conditions)
        .order_by(Submission.id)
        .limit(MOST_ITEMS + 1)
    )
    return [
        Candidate(row[0], row[1], Status(row[2]), tuple(row[6:]), _is_other(row[3], row[4], actor, now), bool(row[5]))
        for row in rows
    ]


def candidate_of(submission: Submission, actor: Actor, *, is_proposed: bool, now: datetime) -> Candidate:
    """How one submission that is about to be decided stands towards somebody."""
    return Candidate(
        submission.id,
        submission.version,
        Status(submission.status),
        tuple(getattr(submission, name) for name in CLASS_LABELS),
        _is_other(submission.claimed_by_id, submission.claimed_until, actor, now),
        is_proposed,
    )


def _is_other(claimed_by_id: int | None, until: datetime | None, actor: Actor, now: datetime) -> bool:
    return claimed_by_id not in {None, actor.id} and is_claimed(until, now)


def own_bulk(session: Session, bulk_id: int, actor: Actor, *, to_change: bool = False) -> BulkProgress | None:
    """A bulk the actor started; nobody else knows of it."""
    statement = with_jobs(_PROGRESS).where(Bulk.id == bulk_id, Bulk.user_id == actor.id)
    row = session.execute(statement.with_for_update(of=Bulk) if to_change else statement).one_or_none()
    return None if row is None else BulkProgress(*row)


def bulks_of(session: Session, actor: Actor, *, most: int = 50) -> list[BulkProgress]:
    """The last ones the actor started, the newest first."""
    own = with_jobs(_PROGRESS).where(Bulk.user_id == actor.id).order_by(Bulk.id.desc()).limit(most)
    return [BulkProgress(*row) for row in session.execute(own)]


def outcomes(session: Session, bulk: Bulk, actor: Actor) -> dict[tuple[Outcome, Why | None], int]:
    """How many items of a bulk have come to what, as far as the actor may still know of them."""
    rows = session.execute(
        select(BulkItem.outcome, BulkItem.why, func.count())
        .join(Submission, Submission.id == BulkItem.submission_id)
        .where(BulkItem.bulk_id == bulk.id, visible_to(actor, Permission.SUBMISSION_DECIDE))
        .group_by(BulkItem.outcome, BulkItem.why)
    )
    return {(Outcome(outcome), Why(why) if why else None): count for outcome, why, count in rows}


def named_items(session: Session, bulk: Bulk, actor: Actor) -> list[Named]:
    """The items that were not done as asked for: skipped, or kept when the whole was undone; at most MOST_NAMED."""
    rows = session.execute(
        select(Submission.number, BulkItem.outcome, BulkItem.why)
        .join(Submission, Submission.id == BulkItem.submission_id)
        .where(
            BulkItem.bulk_id == bulk.id,
            BulkItem.outcome.in_((Outcome.SKIPPED, Outcome.KEPT)),
            visible_to(actor, Permission.SUBMISSION_DECIDE),
        )
        .order_by(BulkItem.outcome, BulkItem.submission_id)
        .limit(MOST_NAMED)
    )
    return [Named(number, Outcome(outcome), Why(why) if why else None) for number, outcome, why in rows]
