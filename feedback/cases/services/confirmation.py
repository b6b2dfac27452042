"""What becomes of a decision that waits for a second person."""

from dataclasses import replace

from sqlalchemy.orm import Session

from feedback.base.domain.permission import Permission
from feedback.base.domain.refusal import RefusalError
from feedback.base.domain.text import MAX_REASON_LENGTH
from feedback.cases.domain.action import Action
from feedback.cases.domain.decision import Decision
from feedback.cases.domain.event import Ended
from feedback.cases.domain.opinion import check_text
from feedback.cases.domain.reply import Draft
from feedback.cases.models.proposal import Proposal
from feedback.cases.models.submission import Submission
from feedback.cases.queries.submission import is_permitted
from feedback.cases.services import duplicate, moderation, proposal, quarantine
from feedback.cases.services.event import append
from feedback.people.models import User
from feedback.people.services.account import actor_of


def confirm(session: Session, submission: Submission, decision: Decision) -> None:
    """Carry out what a colleague proposed; the one to merge into is best locked already, as pairs are."""
    moderation.check_version(submission, decision)
    waiting = _waiting(session, submission)
    proposer = actor_of(session, session.get_one(User, waiting.user_id))
    if not is_permitted(session, submission, proposer, Permission.SUBMISSION_DECIDE):
        raise RefusalError("提出的人已经没有受理权限，这项处理不能确认。请写明理由退回，再由您提出。")
    confirmed = replace(decision, proposed_by=waiting.user_id, reason=waiting.reason)
    match Action(waiting.action):
        case Action.REJECT:
            moderation.reject(session, submission, confirmed, kind=waiting.rejection_kind)
        case Action.COMPLETE:
            moderation.complete(session, submission, confirmed)
        case Action.QUARANTINE:
            quarantine.quarantine(session, submission, confirmed)
        case Action.UNSEAL:
            quarantine.unseal(session, submission, confirmed)
        case Action.REPLY:
            _sign(session, submission, waiting, confirmed)
        case Action.MERGE:
            into = session.get_one(Submission, waiting.into_id, with_for_update={"key_share": True})
            duplicate.merge(session, submission, into, confirmed)


def _sign(session: Session, submission: Submission, waiting: Proposal, confirmed: Decision) -> None:
    """签发: the answer is its author's, and the colleague answers for it."""
    if waiting.user_id == confirmed.by.id:
        raise RefusalError("需要另一位同事签发，不能由写答复的人自己签发。")
    given = waiting.detail or {}
    draft = Draft(waiting.body or "", given["outcome"], given["summary"])
    moderation.reply(session, submission, draft, confirmed)


def decline(session: Session, submission: Submission, decision: Decision) -> None:
    """Say no to what a colleague proposed, with a reason; or take one's own proposal back."""
    moderation.check_version(submission, decision)
    waiting = _waiting(session, submission)
    is_own = waiting.user_id == decision.by.id
    if not is_own:
        check_text(decision.words, most=MAX_REASON_LENGTH, field="reason")
    proposal.clear_proposal(session, submission)
    kind = "withdrawn" if is_own else "declined"
    append(
        session, submission, kind,
        at=decision.at, user_id=decision.by.id, reason=decision.words or None, kept=Ended(waiting.action),
    )  # fmt: skip


def _waiting(session: Session, submission: Submission) -> Proposal:
    waiting = session.get(Proposal, submission.id)
    if waiting is None:
        raise RefusalError("这项处理已经不在等待确认了，请看办理记录。")
    return waiting
