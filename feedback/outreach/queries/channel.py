"""Channels with how often they were visited and used, so that a dead door is seen and nobody is."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from feedback.base.domain.moment import china_day, start_of_china_day
from feedback.base.domain.permission import Actor
from feedback.base.models.unit import Unit
from feedback.campaigns.models.channel import Channel, ChannelDay, ChannelUnit
from feedback.cases.models.submission import Submission

DAYS_SHOWN = 14


@dataclass(frozen=True)
class DayOfChannel:
    """What happened at a door on a day."""

    day: date
    visits: int
    submissions: int


@dataclass(frozen=True)
class ChannelUse:
    """A channel with its days, the oldest first; none for people of units it has or had, or is or was about."""

    channel: Channel
    unit: Unit | None
    days: list[DayOfChannel] | None

    @property
    def visits(self) -> int:
        """All of them in the days that are shown."""
        return sum(one.visits for one in self.days or [])

    @property
    def submissions(self) -> int:
        """All of them in the days that are shown."""
        return sum(one.submissions for one in self.days or [])


class UnknownChannelError(LookupError):
    """The campaign has no such channel."""


def channels_in_use(session: Session, campaign_id: int, actor: Actor, *, today: date) -> list[ChannelUse]:
    """A campaign's channels in the order they were made, with their last days."""
    first = today - timedelta(days=DAYS_SHOWN - 1)
    visits = _visits(session, campaign_id, first)
    submissions = _submissions(session, campaign_id, first)
    former = _former_units(session, campaign_id)
    meant = aliased(Unit)
    rows = session.execute(
        select(Channel, Unit, meant)
        .outerjoin(Unit, Unit.id == Channel.unit_id)
        .outerjoin(meant, meant.id == Channel.preset_unit_id)
        .where(Channel.campaign_id == campaign_id)
        .order_by(Channel.id)
    )
    days = [first + timedelta(days=place) for place in range(DAYS_SHOWN)]
    return [
        ChannelUse(
            channel,
            unit,
            None
            if any(_is_own(actor, one) for one in (unit, concerned, *former.get(channel.id, ())))
            else [
                DayOfChannel(day, visits.get((channel.id, day), 0), submissions.get((channel.id, day), 0))
                for day in days
            ],
        )
        for channel, unit, concerned in rows
    ]


def get_channel(session: Session, campaign_id: int, channel_id: int) -> Channel:
    """A channel of a campaign; UnknownChannelError where it has no such one."""
    channel = session.scalar(select(Channel).where(Channel.id == channel_id, Channel.campaign_id == campaign_id))
    if channel is None:
        raise UnknownChannelError(channel_id)
    return channel


def _is_own(actor: Actor, unit: Unit | None) -> bool:
    """Whether the actor works at the unit or below it: the numbers of a door are not for those whom it is about."""
    return unit is not None and any(grant.unit_path.startswith(unit.path) for grant in actor.grants)


def _former_units(session: Session, campaign_id: int) -> dict[int, list[Unit]]:
    """The units that channels had: to take one off shows its people nothing."""
    rows = session.execute(
        select(ChannelUnit.channel_id, Unit)
        .join(Unit, Unit.id == ChannelUnit.unit_id)
        .join(Channel, Channel.id == ChannelUnit.channel_id)
        .where(Channel.campaign_id == campaign_id)
    )
    units: dict[int, list[Unit]] = {}
    for channel_id, unit in rows:
        units.setdefault(channel_id, []).append(unit)
    return units


def _visits(session: Session, campaign_id: int, first: date) -> dict[tuple[int, date], int]:
    rows = session.execute(
        select(ChannelDay.channel_id, ChannelDay.day, ChannelDay.visits)
        .join(Channel, Channel.id == ChannelDay.channel_id)
        .where(Channel.campaign_id == campaign_id, ChannelDay.day >= first)
    )
    return {(channel_id, day): visits for channel_id, day, visits in rows}


def _submissions(session: Session, campaign_id: int, first: date) -> dict[tuple[int, date], int]:
    """By the day in China, of which an hour is the finest part that is stored."""
    counted = (
        select(Submission.channel_id, Submission.received_at, func.count())
        .where(Submission.campaign_id == campaign_id, Submission.received_at >= start_of_china_day(first))
        .group_by(Submission.channel_id, Submission.received_at)
    )
    found: dict[tuple[int, date], int] = {}
    for channel_id, received_at, count in session.execute(counted):
        key = (channel_id, china_day(received_at))
        found[key] = found.get(key, 0) + count
    return found
