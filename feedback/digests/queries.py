"""What a person's daily digest counts, over all campaigns they read."""

from dataclasses import replace
from datetime import date

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from feedback.base.domain.permission import Actor, Permission
from feedback.campaigns.domain.campaign import CampaignStatus
from feedback.campaigns.queries.campaign import campaigns_for
from feedback.cases.domain.submission import Status
from feedback.desk.domain.queue import Queue, QueueFilter
from feedback.desk.queries.note import count_calls
from feedback.desk.queries.queue import counts
from feedback.digests.domain import Backlog
from feedback.people.models import User


def is_due(today: date) -> ColumnElement[bool]:
    """The accounts whose turn it is: switched on, with an address, and not yet today."""
    is_fresh = or_(User.digested_on.is_(None), User.digested_on != today)
    return User.email.is_not(None) & User.disabled_at.is_(None) & is_fresh


def is_anybody_due(session: Session, today: date) -> bool:
    """Whether it is anybody's turn."""
    return session.scalar(select(User.id).where(is_due(today)).limit(1)) is not None


def waiting_for(session: Session, actor: Actor, today: date) -> Backlog:
    """What waits for somebody; trial entries of drafts do not, and confirming is for those who decide."""
    read = _filters(session, actor, Permission.SUBMISSION_READ)
    decided = _filters(session, actor, Permission.SUBMISSION_DECIDE)
    asked = {
        "received": [replace(wanted, status=Status.RECEIVED) for wanted in read],
        "overdue": [replace(wanted, queue=Queue.OVERDUE, due_before=today) for wanted in read],
        "to_confirm": [replace(wanted, queue=Queue.TO_CONFIRM) for wanted in decided],
        "to_sign": [replace(wanted, queue=Queue.TO_SIGN) for wanted in decided],
    }
    filters = [wanted for some in asked.values() for wanted in some]
    counted = dict(zip(filters, counts(session, filters, actor), strict=True)) if filters else {}
    sums = {name: sum(counted[wanted].count for wanted in some) for name, some in asked.items()}
    return Backlog(**sums, calls=count_calls(session, actor))


def _filters(session: Session, actor: Actor, permission: Permission) -> list[QueueFilter]:
    campaigns = campaigns_for(session, actor, permission)
    return [QueueFilter(one.id) for one in campaigns if one.status != CampaignStatus.DRAFT]
