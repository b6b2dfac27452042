"""The first start: a unit, an open campaign with the default sets and texts, a channel, an administrator."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.database import writing
from feedback.base.adapters.files import default_campaign, default_canned_answers
from feedback.base.domain.permission import Role
from feedback.base.domain.unit import Level
from feedback.campaigns.models.campaign import Campaign
from feedback.campaigns.services.channel import ChannelDetails, create_channel
from feedback.desk.domain.canned_answer import CannedAnswerKind
from feedback.desk.services import canned_answer
from feedback.editing.services.campaign import create_campaign, open_campaign
from feedback.people.models import User
from feedback.people.services.unit import create_unit
from feedback.people.services.user import create_user, first_password, give_password

FIRST_USER = "admin"


@dataclass(frozen=True)
class FirstStart:
    """What must be told once: the administrator's password is stored nowhere."""

    user_name: str
    password: str
    channel_code: str


def set_up(sessions: sessionmaker[Session], *, now: datetime) -> FirstStart | None:
    """Create everything a first visitor needs, or None where somebody already has an account."""
    with sessions() as session:
        if _has_users(session):
            return None
    password, hashed = first_password()
    with writing(sessions) as session:
        # Two may start at once.
        if _has_users(session):
            return None
        channel_code = _create(session, hashed, now=now)
    return FirstStart(FIRST_USER, password, channel_code)


def _has_users(session: Session) -> bool:
    return session.scalar(select(User.id).limit(1)) is not None


def _create(session: Session, hashed: str, *, now: datetime) -> str:
    """The campaign that is ready, its channel, whose code is returned, and the administrator."""
    data = default_campaign()
    unit = create_unit(
        session,
        code="root",
        name=data["content"]["organiser"],
        parent=None,
        level=Level.CITY,
        agency="political_legal_committee",
    )
    campaign = create_campaign(session, data, code="default", unit=unit, now=now)
    open_campaign(session, campaign, now=now)
    _keep_texts_ready(session, campaign, now=now)
    channel_code = create_channel(session, campaign, ChannelDetails("默认二维码"), now=now)
    user = create_user(
        session,
        name=FIRST_USER,
        display_name="管理员",
        roles=[Role.ADMIN, Role.CAMPAIGN_MANAGER, Role.MODERATOR],
        unit=unit,
        now=now,
    )
    give_password(session, user, hashed, now=now)
    return channel_code


def _keep_texts_ready(session: Session, campaign: Campaign, *, now: datetime) -> None:
    for given in default_canned_answers():
        kind, title, body = CannedAnswerKind(given["kind"]), given["title"], given["body"]
        canned_answer.create(session, campaign.id, kind=kind, title=title, body=body, by=None, now=now)
