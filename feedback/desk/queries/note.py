"""Who can be called to a submission, and who was."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, literal, select
from sqlalchemy.orm import Session

from feedback.base.domain.permission import GRANTS, Actor, Permission
from feedback.base.models.unit import Unit
from feedback.campaigns.models.campaign import Campaign
from feedback.cases.domain.disclosure import disclosed
from feedback.cases.models.event import Event
from feedback.cases.models.submission import Submission
from feedback.cases.queries.visibility import decided_by, visible_to
from feedback.desk.domain.note import call_in_words
from feedback.desk.domain.queue import MOST_COUNTED
from feedback.desk.models.note import Mention
from feedback.people.models import RoleGrant, User

MOST_SHOWN = 50
_READING_ROLES = [role for role, permissions in GRANTS.items() if Permission.SUBMISSION_READ in permissions]


@dataclass(frozen=True)
class Call:
    """What calls the actor and was not read yet, in the words that are shown of it."""

    number: str
    by: str
    at: datetime
    body: str


def readers_of(session: Session, submission: Submission) -> dict[str, int]:
    """Everybody who may read a submission, by display name and by account name."""
    of_campaign = select(Unit.path).join(Campaign, Campaign.unit_id == Unit.id)
    path = session.scalars(of_campaign.where(Campaign.id == submission.campaign_id)).one()
    rows = session.execute(
        select(User.id, User.name, User.display_name)
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .join(Unit, Unit.id == RoleGrant.unit_id)
        .where(RoleGrant.role.in_(_READING_ROLES), User.disabled_at.is_(None), literal(path).startswith(Unit.path))
    ).all()
    return {name: user_id for user_id, own, shown in rows for name in (own, shown)}


def calls_to(session: Session, actor: Actor) -> list[Call]:
    """What calls the actor and was not read yet, of submissions they may still read, the oldest first."""
    rows = session.execute(
        select(
            Submission.number,
            User.display_name,
            Event.at,
            Event.kind,
            Event.reason,
            Submission.status,
            decided_by(actor),
        )
        .select_from(Mention)
        .join(Submission, Submission.id == Mention.submission_id)
        .join(Event, (Event.submission_id == Mention.submission_id) & (Event.position == Mention.position))
        .join(User, User.id == Event.user_id)
        .where(*_unread(actor))
        .order_by(Event.at)
        .limit(MOST_SHOWN)
    )
    return [
        Call(number, by, at, disclosed(status, reads=True, decides=decides).words(call_in_words(kind, words)))
        for number, by, at, kind, words, status, decides in rows
    ]


def count_calls(session: Session, actor: Actor) -> int:
    """How many there are, one more than MOST_COUNTED for more."""
    calls = select(Mention.position).join(Submission, Submission.id == Mention.submission_id).where(*_unread(actor))
    return session.scalar(select(func.count()).select_from(calls.limit(MOST_COUNTED + 1).subquery())) or 0


def _unread(actor: Actor) -> list[ColumnElement[bool]]:
    return [Mention.user_id == actor.id, Mention.read_at.is_(None), visible_to(actor)]
