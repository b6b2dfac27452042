"""What becomes of a decision that waits for a second person."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from feedback.base.domain.permission import Actor, Permission
from feedback.base.domain.refusal import RefusalError
from feedback.cases.domain.opinion import check_text
from feedback.cases.domain.submission import Action
from feedback.cases.models.proposal import Proposal
from feedback.cases.models.submission import Submission
from feedback.cases.queries.submission import is_permitted
from feedback.cases.services import duplicate, moderation, proposal, quarantine
from feedback.cases.services.event import append
from feedback.people.models import User
from feedback.people.services.account import actor_of


def confirm(session: Session, submission: Submission, *, by: Actor, seen: int, now: datetime) -> None:
    """Carry out what a colleague proposed; the one to merge into is best locked already, as pairs are."""
    moderation.check_version(submission, seen)
    waiting = _waiting(session, submission)
    proposer = actor_of(session, session.get_one(User, waiting.user_id))
    if not is_permitted(session, submission, proposer, Permission.SUBMISSION_DECIDE):
        raise RefusalError("提出的人已经没有受理权限，这项处理不能确认。请写明理由退回，再由您提出。")
    who: dict[str, Any] = {"by": by, "seen": seen, "now": now, "proposed_by": waiting.user_id}
    match Action(waiting.action):
        case Action.REJECT:
            moderation.reject(session, submission, reason=waiting.reason or "", kind=waiting.rejection_kind, **who)
        case Action.COMPLETE:
            moderation.complete(session, submission, **who)
        case Action.QUARANTINE:
            quarantine.quarantine(session, submission, reason=waiting.reason or "", **who)
        case Action.UNSEAL:
            quarantine.unseal(session, submission, reason=waiting.reason or "", **who)
        case Action.REPLY:
            _sign(session, submission, waiting, by=by, seen=seen, now=now)
        case Action.MERGE:
            into = session.get_one(Submission, waiting.into_id, with_for_update={"key_share": True})
            duplicate.merge(session, submission, into, **who)


def _sign(session: Session, submission: Submission, waiting: Proposal, *, by: Actor, seen: int, now: datetime) -> None:
    """签发: the answer is its author's, and the colleague answers for it."""
    if waiting.user_id == by.id:
        raise RefusalError("需要另一位同事签发，不能由写答复的人自己签发。")
    given = waiting.detail or {}
    moderation.reply(
        session,
        submission,
        body=waiting.reason or "",
        outcome=given["outcome"],
        summary=given["summary"],
        by=by,
        seen=seen,
        now=now,
        author_id=waiting.user_id,
    )


def decline(session: Session, submission: Submission, *, reason: str, by: Actor, seen: int, now: datetime) -> None:
    """Say no to what a colleague proposed, with a reason; or take one's own proposal back."""
    moderation.check_version(submission, seen)
    waiting = _waiting(session, submission)
    is_own = waiting.user_id == by.id
    if not is_own:
        check_text(reason, most=1_000, field="reason")
    proposal.drop(session, submission)
    kind = "withdrawn" if is_own else "declined"
    append(session, submission, kind, at=now, user_id=by.id, reason=reason or None, detail={"action": waiting.action})


def _waiting(session: Session, submission: Submission) -> Proposal:
    waiting = session.get(Proposal, submission.id)
    if waiting is None:
        raise RefusalError("这项处理已经不在等待确认了，请看办理记录。")
    return waiting
