"""Holding a decision back until a second person has confirmed it."""

from datetime import datetime

from sqlalchemy import delete, func, literal, select
from sqlalchemy.orm import Session

from feedback.domain.permission import GRANTS, Actor, Permission
from feedback.domain.proposal import SecondPerson, is_second_needed
from feedback.domain.refusal import RefusalError
from feedback.domain.submission import Action, Status, next_status
from feedback.models.campaign import Campaign
from feedback.models.proposal import Proposal
from feedback.models.submission import Submission
from feedback.models.unit import Unit
from feedback.models.user import RoleGrant, User
from feedback.services.event import append

_DECIDING_ROLES = [role for role, permissions in GRANTS.items() if Permission.SUBMISSION_DECIDE in permissions]


def hold(
    session: Session,
    submission: Submission,
    action: Action,
    *,
    by: Actor,
    now: datetime,
    proposed_by: int | None,
    reason: str | None = None,
    into: Submission | None = None,
) -> bool:
    """Keep a decision as a proposal where it needs a second person; False where it may be carried out now.

    `proposed_by` is who proposed what is being confirmed. Raises RefusalError where that is the same person, or
    another proposal waits already, and IllegalTransitionError for what could not be decided at all.
    """
    next_status(Status(submission.status), action)
    if not _is_needed(session, submission, action):
        return False
    if proposed_by is not None:
        if proposed_by == by.id:
            raise RefusalError("需要另一位同事确认，不能由提出的人自己确认。")
        return False
    if session.get(Proposal, submission.id) is not None:
        raise RefusalError("这件意见已有一项处理在等待确认，请先确认或退回。")
    session.add(
        Proposal(
            submission_id=submission.id,
            action=action,
            reason=reason,
            into_id=into.id if into else None,
            user_id=by.id,
            at=now,
        )
    )
    detail = {"action": action, **({"into": into.number} if into else {})}
    append(session, submission, "proposed", at=now, user_id=by.id, reason=reason, detail=detail)
    return True


def drop(session: Session, submission: Submission) -> None:
    """Forget what waits for a submission: it was decided, or decided otherwise."""
    session.execute(delete(Proposal).where(Proposal.submission_id == submission.id))


def _is_needed(session: Session, submission: Submission, action: Action) -> bool:
    campaign = session.get_one(Campaign, submission.campaign_id)
    path = session.get_one(Unit, campaign.unit_id).path
    moderators = session.scalar(
        select(func.count(User.id.distinct()))
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .join(Unit, Unit.id == RoleGrant.unit_id)
        .where(
            User.disabled_at.is_(None),
            RoleGrant.role.in_(_DECIDING_ROLES),
            literal(path).startswith(Unit.path),
        )
    )
    return is_second_needed(action, SecondPerson(campaign.second_person), moderators=moderators or 0)
