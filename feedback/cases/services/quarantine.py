"""Sealing what may hold a state secret, and unsealing it; both need a second person where the campaign asks for one."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from feedback.base.domain.permission import Actor
from feedback.cases.domain.opinion import check_text
from feedback.cases.domain.submission import Action
from feedback.cases.models.submission import Submission
from feedback.cases.services.moderation import check_version, decide
from feedback.cases.services.proposal import hold

MAX_REASON_LENGTH = 1_000


def quarantine(
    session: Session,
    submission: Submission,
    *,
    reason: str,
    by: Actor,
    seen: int,
    now: datetime,
    proposed_by: int | None = None,
) -> None:
    """涉密封存: only those who decide see it, and no list or workbook shows its words."""
    _seal(session, submission, Action.QUARANTINE, reason, by=by, seen=seen, now=now, proposed_by=proposed_by)


def unseal(
    session: Session,
    submission: Submission,
    *,
    reason: str,
    by: Actor,
    seen: int,
    now: datetime,
    proposed_by: int | None = None,
) -> None:
    """解除封存: it waits as if it had just come."""
    _seal(session, submission, Action.UNSEAL, reason, by=by, seen=seen, now=now, proposed_by=proposed_by)


def _seal(
    session: Session,
    submission: Submission,
    action: Action,
    reason: str,
    *,
    seen: int,
    proposed_by: int | None,
    **who: Any,
) -> None:
    check_version(submission, seen)
    check_text(reason, most=MAX_REASON_LENGTH, field="reason")
    if not hold(session, submission, action, proposed_by=proposed_by, reason=reason, **who):
        decide(session, submission, action, seen=seen, reason=reason, **who)
