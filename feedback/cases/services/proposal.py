"""Holding a decision back until a second person has confirmed it."""

from sqlalchemy import delete, func, literal, select
from sqlalchemy.orm import Session

from feedback.base.domain.permission import GRANTS, Permission
from feedback.base.domain.refusal import RefusalError
from feedback.base.models.unit import Unit
from feedback.campaigns.domain.second_person import SecondPerson
from feedback.campaigns.models.campaign import Campaign
from feedback.cases.domain.action import Action
from feedback.cases.domain.decision import Decision
from feedback.cases.domain.event import Proposed
from feedback.cases.domain.proposal import is_second_needed
from feedback.cases.domain.reply import Draft
from feedback.cases.domain.submission import Status, next_status
from feedback.cases.models.proposal import Proposal
from feedback.cases.models.submission import Submission
from feedback.cases.services.claim import release
from feedback.cases.services.event import append
from feedback.people.models import RoleGrant, User

_DECIDING_ROLES = [role for role, permissions in GRANTS.items() if Permission.SUBMISSION_DECIDE in permissions]


def propose_if_needed(
    session: Session,
    submission: Submission,
    action: Action,
    decision: Decision,
    *,
    rejection_kind: str | None = None,
    into: Submission | None = None,
) -> bool:
    """Keep a decision as a proposal where it needs a second person; False where it may be carried out now.

    Raises RefusalError where the one who confirms proposed it themselves, or another proposal waits already, and
    IllegalTransitionError for what could not be decided at all.
    """
    next_status(Status(submission.status), action)
    if not is_needed(session, submission.campaign_id, action):
        return False
    if decision.proposed_by is not None:
        if decision.proposed_by == decision.by.id:
            raise RefusalError("需要另一位同事确认，不能由提出的人自己确认。")
        return False
    propose(session, submission, action, decision, rejection_kind=rejection_kind, into=into)
    return True


def propose(
    session: Session,
    submission: Submission,
    action: Action,
    decision: Decision,
    *,
    rejection_kind: str | None = None,
    into: Submission | None = None,
    draft: Draft | None = None,
) -> None:
    """Let a decision wait for a second person, with what it needs beside the reason.

    Raises RefusalError where another proposal waits, and IllegalTransitionError for what could not be decided at all.
    """
    next_status(Status(submission.status), action)
    if session.get(Proposal, submission.id) is not None:
        raise RefusalError("这件意见已有一项处理在等待确认，请先确认或退回。")
    given = {"outcome": draft.outcome, "summary": draft.summary} if draft else {}
    waiting = Proposal(submission_id=submission.id, action=action, at=decision.at)
    waiting.reason, waiting.body = decision.reason, draft.body if draft else None
    waiting.user_id, waiting.rejection_kind, waiting.detail = decision.by.id, rejection_kind, given or None
    waiting.into_id = into.id if into else None
    session.add(waiting)
    # Who proposed is done with it: the colleague who confirms is to get it as the next one.
    release(submission, by=decision.by)
    kept = Proposed(decision.bulk_id, action, into.number if into else None, rejection_kind, **given)
    said = draft.body if draft else decision.reason
    append(session, submission, "proposed", at=decision.at, user_id=decision.by.id, reason=said, kept=kept)


def clear_proposal(session: Session, submission: Submission) -> None:
    """Forget what waits for a submission: it was decided, or decided otherwise."""
    session.execute(delete(Proposal).where(Proposal.submission_id == submission.id))


def is_needed(session: Session, campaign_id: int, action: Action) -> bool:
    """Whether a decision about a campaign's submissions waits for a second person."""
    of_campaign = select(Campaign.second_person, Unit.path).join(Unit, Unit.id == Campaign.unit_id)
    rule, path = session.execute(of_campaign.where(Campaign.id == campaign_id)).one()
    moderators = _moderators(session, path) if rule == SecondPerson.AUTO else 0
    return is_second_needed(action, SecondPerson(rule), moderators=moderators)


def _moderators(session: Session, path: str) -> int:
    """How many people may decide about what a unit collects."""
    found = session.scalar(
        select(func.count(User.id.distinct()))
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .join(Unit, Unit.id == RoleGrant.unit_id)
        .where(
            User.disabled_at.is_(None),
            RoleGrant.role.in_(_DECIDING_ROLES),
            literal(path).startswith(Unit.path),
        )
    )
    return found or 0
