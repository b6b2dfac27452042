"""Sealing what may hold a state secret, and unsealing it; both need a second person where the campaign asks for one."""

from sqlalchemy.orm import Session

from feedback.base.domain.text import MAX_REASON_LENGTH
from feedback.cases.domain.action import Action
from feedback.cases.domain.decision import Decision
from feedback.cases.domain.opinion import check_text
from feedback.cases.models.submission import Submission
from feedback.cases.services.moderation import check_version, decide
from feedback.cases.services.proposal import propose_if_needed


def quarantine(session: Session, submission: Submission, decision: Decision) -> None:
    """涉密封存: only those who decide see it, and no list or workbook shows its words."""
    _seal(session, submission, Action.QUARANTINE, decision)


def unseal(session: Session, submission: Submission, decision: Decision) -> None:
    """解除封存: it waits as if it had just come."""
    _seal(session, submission, Action.UNSEAL, decision)


def _seal(session: Session, submission: Submission, action: Action, decision: Decision) -> None:
    check_version(submission, decision)
    check_text(decision.words, most=MAX_REASON_LENGTH, field="reason")
    if not propose_if_needed(session, submission, action, decision):
        decide(session, submission, action, decision)
