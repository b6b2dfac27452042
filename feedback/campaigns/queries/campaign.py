"""Campaigns and channels as pages need them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import Engine, exists, false, func, select
from sqlalchemy.orm import Session

from feedback.base.domain.permission import Actor, Permission
from feedback.base.models.unit import Unit
from feedback.campaigns.domain.campaign import CampaignContent, CampaignStatus, Doorway, doorway
from feedback.campaigns.domain.question import AskedQuestion, asked_over
from feedback.campaigns.models.campaign import Campaign, CampaignVersion
from feedback.campaigns.models.channel import Channel
from feedback.campaigns.models.group_code import GroupCodeBatch
from feedback.campaigns.queries.reach import run_by


class UnknownCampaignError(LookupError):
    """There is no such campaign, or another unit's people set it up: the two cannot be told apart."""


@dataclass(frozen=True)
class Door:
    """What stands behind a channel's code: the campaign's status, its newest version, and who runs it."""

    channel_id: int
    code: str
    campaign_id: int
    status: CampaignStatus
    version_id: int
    imprint: tuple[tuple[str, str], ...]
    accept_days: int | None
    opens_on: date | None
    closes_on: date | None
    is_kiosk: bool
    is_closed: bool
    respondent_group: str | None
    # That of the unit whose matters most people bring here.
    agency: str | None
    has_group_codes: bool

    def way(self, today: date) -> Doorway:
        """What stands behind it today."""
        if self.is_closed:
            return Doorway.CLOSED
        return doorway(self.status, opens_on=self.opens_on, closes_on=self.closes_on, today=today)


_NEWEST_VERSION = (
    select(func.max(CampaignVersion.id)).where(CampaignVersion.campaign_id == Campaign.id).scalar_subquery()
)
_HAS_GROUP_CODES = (
    exists().where(GroupCodeBatch.campaign_id == Campaign.id, GroupCodeBatch.is_revoked == false()).label("has_codes")
)
_DOOR = (
    select(
        Channel.id,
        Channel.code,
        Campaign.id.label("campaign_id"),
        Campaign.status,
        _NEWEST_VERSION.label("version_id"),
        Campaign.imprint,
        Campaign.deadlines,
        Campaign.opens_on.label("campaign_opens_on"),
        Campaign.closes_on.label("campaign_closes_on"),
        Channel.is_kiosk,
        Channel.is_closed,
        Channel.respondent_group,
        Channel.opens_on,
        Channel.closes_on,
        Unit.agency,
        _HAS_GROUP_CODES,
    )
    .join(Campaign, Campaign.id == Channel.campaign_id)
    .outerjoin(Unit, Unit.id == Channel.preset_unit_id)
)


def find_door(session: Session, code: str) -> Door | None:
    """The door with a code, capitals aside."""
    row = session.execute(_DOOR.where(Channel.code == code.lower())).first()
    return None if row is None else _door(row)


def open_doors(session: Session, today: date) -> list[tuple[Door, str]]:
    """For each campaign that collects today its oldest channel, with the campaign's title."""
    firsts = select(func.min(Channel.id)).where(Channel.is_closed == false()).group_by(Channel.campaign_id)
    rows = session.execute(
        _DOOR.add_columns(Campaign.title)
        .where(Campaign.status == CampaignStatus.OPEN, Channel.id.in_(firsts))
        .order_by(Campaign.id)
    )
    return [(door, row[-1]) for row in rows if (door := _door(row)).way(today) is Doorway.TAKING]


def _door(row: Any) -> Door:
    return Door(
        channel_id=row.id,
        code=row.code,
        campaign_id=row.campaign_id,
        status=CampaignStatus(row.status),
        version_id=row.version_id,
        imprint=tuple(sorted((str(name), str(value)) for name, value in row.imprint.items())),
        accept_days=row.deadlines.get("accept"),
        # Of the campaign's days and the channel's own the narrower ones count.
        opens_on=max((day for day in (row.campaign_opens_on, row.opens_on) if day), default=None),
        closes_on=min((day for day in (row.campaign_closes_on, row.closes_on) if day), default=None),
        is_kiosk=row.is_kiosk,
        is_closed=row.is_closed,
        respondent_group=row.respondent_group,
        agency=row.agency,
        has_group_codes=row.has_codes,
    )


def version_content(session: Session, version_id: int) -> CampaignContent:
    """What a version asks; kept in memory, since a version never changes."""
    return _content(session.get_bind().engine, version_id)


@lru_cache(maxsize=256)
def _content(engine: Engine, version_id: int) -> CampaignContent:
    with engine.connect() as connection:
        data = connection.scalar(select(CampaignVersion.content).where(CampaignVersion.id == version_id))
    return CampaignContent.from_json(data or {})


def version_number(session: Session, version_id: int) -> int:
    """The number a version has in its campaign."""
    return session.scalars(select(CampaignVersion.number).where(CampaignVersion.id == version_id)).one()


def version_of(session: Session, campaign_id: int, number: int) -> int | None:
    """The id of a campaign's version with a number."""
    return session.scalar(
        select(CampaignVersion.id).where(CampaignVersion.campaign_id == campaign_id, CampaignVersion.number == number)
    )


def retention_months(session: Session, campaign_id: int) -> int:
    """How long what a campaign collects is kept."""
    return session.scalars(select(Campaign.retention_months).where(Campaign.id == campaign_id)).one()


def current_content(session: Session, campaign_id: int) -> CampaignContent:
    """What the newest version of a campaign asks."""
    newest = session.scalar(select(func.max(CampaignVersion.id)).where(CampaignVersion.campaign_id == campaign_id))
    return version_content(session, newest or 0)


def campaigns_for(
    session: Session, actor: Actor, permission: Permission = Permission.SUBMISSION_READ
) -> list[Campaign]:
    """The campaigns on whose submissions the actor holds the permission, the newest first."""
    reachable = run_by(actor.paths_with(permission))
    return list(session.scalars(select(Campaign).where(reachable).order_by(Campaign.id.desc())))


def channels_of(session: Session, campaign_id: int) -> list[Channel]:
    """A campaign's channels in the order they were made."""
    return list(session.scalars(select(Channel).where(Channel.campaign_id == campaign_id).order_by(Channel.id)))


def all_units(session: Session) -> list[Unit]:
    """The whole tree, parents before children."""
    return list(session.scalars(select(Unit).order_by(Unit.path)))


def labels_of(session: Session, campaign_id: int) -> dict[str, dict[str, str]]:
    """For each set the label of every key any version of the campaign has used; newer words win."""
    return _labels(content for _, content in _versions(session, campaign_id))


def newest_content_and_labels(session: Session, campaign_id: int) -> tuple[CampaignContent, dict[str, dict[str, str]]]:
    """What the newest version asks, and `labels_of`, in one statement."""
    contents = [content for _, content in _versions(session, campaign_id)]
    return contents[0], _labels(contents)


def _labels(contents: Iterable[CampaignContent]) -> dict[str, dict[str, str]]:
    labels: dict[str, dict[str, str]] = {}
    for content in contents:
        for name in content.sets:
            known = labels.setdefault(name, {})
            known.update({key: label for key, label in content.labels(name).items() if key not in known})
    return labels


def questions_of(session: Session, campaign_id: int) -> list[AskedQuestion]:
    """Every extra question any version of the campaign has asked; newer words win, and those of today come first."""
    return asked_over((version, content.questions) for version, content in _versions(session, campaign_id))


def _versions(session: Session, campaign_id: int) -> list[tuple[int, CampaignContent]]:
    """The versions of a campaign by their ids, the newest first."""
    newest_first = CampaignVersion.number.desc()
    versions = select(CampaignVersion.id).where(CampaignVersion.campaign_id == campaign_id).order_by(newest_first)
    return [(one, version_content(session, one)) for one in session.scalars(versions).all()]


def channel_code(session: Session, channel_id: int) -> str:
    """The code of a channel."""
    return session.scalars(select(Channel.code).where(Channel.id == channel_id)).one()


def get_managed(session: Session, campaign_id: int, actor: Actor, *, to_change: bool = False) -> Campaign:
    """A campaign the actor sets up, locked if it is `to_change`; UnknownCampaignError where there is none."""
    reachable = run_by(actor.paths_with(Permission.CAMPAIGN_MANAGE))
    statement = select(Campaign).where(Campaign.id == campaign_id, reachable)
    if to_change:
        statement = statement.with_for_update(key_share=True)
    campaign = session.scalar(statement)
    if campaign is None:
        raise UnknownCampaignError(campaign_id)
    return campaign


def units_run_by(session: Session, actor: Actor) -> list[Unit]:
    """The units for which the actor may make campaigns, parents before children."""
    reach = tuple(actor.paths_with(Permission.CAMPAIGN_MANAGE))
    return [unit for unit in all_units(session) if unit.path.startswith(reach)]
