"""Claiming submissions: the next one that waits, and letting go."""

from datetime import datetime

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from feedback.base.domain.permission import Actor
from feedback.cases.domain.claim import CLAIM, is_claimed, is_renewal_due
from feedback.cases.models.submission import Submission


def claim_next(
    session: Session, conditions: list[ColumnElement[bool]], *, by: Actor, now: datetime, behind: int = 0
) -> Submission | None:
    """Claim the oldest submission that matches and that nobody else works on; None where there is none.

    One's own comes back unless it lies before `behind`, the id of the one that is left. Needs a write transaction.
    """
    is_over = or_(Submission.claimed_until.is_(None), Submission.claimed_until <= now)
    is_free = or_(is_over, Submission.claimed_by_id == by.id)
    found = session.scalar(
        select(Submission)
        .where(*conditions, is_free, Submission.id > behind)
        .order_by(Submission.id)
        .limit(1)
        .with_for_update(of=Submission, key_share=True, skip_locked=True)
    )
    if found is not None:
        _claim(found, by, now)
    return found


def is_renewable(submission: Submission, *, by: Actor, now: datetime) -> bool:
    """Whether this is one's own claim, and part of its time has passed."""
    until = submission.claimed_until
    if submission.claimed_by_id != by.id or until is None:
        return False
    return is_claimed(until, now) and is_renewal_due(until, now)


def renew(submission: Submission, *, by: Actor, now: datetime) -> None:
    """Move the end of one's own claim on."""
    if is_renewable(submission, by=by, now=now):
        _claim(submission, by, now)


def release(submission: Submission, *, by: Actor) -> None:
    """Let one's own claim go."""
    if submission.claimed_by_id == by.id:
        submission.claimed_by_id = submission.claimed_until = None


def release_expired(session: Session, *, now: datetime) -> None:
    """Let every claim go that nobody has renewed in time; where somebody decides just now, the next call does."""
    over = select(Submission.id).where(Submission.claimed_by_id.is_not(None), Submission.claimed_until <= now)
    free = over.with_for_update(key_share=True, skip_locked=True)
    session.execute(update(Submission).where(Submission.id.in_(free)).values(claimed_by_id=None, claimed_until=None))


def _claim(submission: Submission, by: Actor, now: datetime) -> None:
    submission.claimed_by_id, submission.claimed_until = by.id, now + CLAIM
