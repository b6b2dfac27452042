"""A campaign's whole set-up as plain values, to be kept as a file, copied, or taken to another place."""

import secrets
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.base.domain.permission import Actor
from feedback.base.domain.text import holds_unkeepable
from feedback.base.models.unit import Unit
from feedback.campaigns.domain.campaign import CHANNEL_CODE_ALPHABET
from feedback.campaigns.domain.channel import MAX_NAME_LENGTH, MAX_PLACE_LENGTH
from feedback.campaigns.domain.second_person import SecondPerson
from feedback.campaigns.domain.term import CampaignContentError
from feedback.campaigns.models.campaign import Campaign
from feedback.campaigns.models.channel import Channel
from feedback.campaigns.services.channel import ChannelDetails, create_all
from feedback.editing.domain.campaign_file import FIRST_YEAR, LAST_YEAR
from feedback.editing.services.campaign import create_campaign, schedule_campaign, set_second_person
from feedback.editing.services.campaign_edit import edited

MAX_KEY_LENGTH = 40
_CHANNEL = ("code", "name", "place", "respondent_group", "is_kiosk")


def setup_of(session: Session, campaign: Campaign) -> dict[str, Any]:
    """Everything that was set up, what waits to be published included, and nothing of what came in."""
    units = {unit.id: unit.code for unit in session.scalars(select(Unit))}
    channels = session.scalars(select(Channel).where(Channel.campaign_id == campaign.id).order_by(Channel.id))
    return {
        "code": campaign.code,
        "phase": campaign.phase,
        "opens_on": campaign.opens_on and campaign.opens_on.isoformat(),
        "closes_on": campaign.closes_on and campaign.closes_on.isoformat(),
        "second_person": campaign.second_person,
        "deadlines": campaign.deadlines,
        "retention_months": campaign.retention_months,
        "imprint": campaign.imprint,
        "content": edited(session, campaign),
        "channels": [
            {
                **{name: getattr(channel, name) for name in _CHANNEL},
                "unit": units.get(channel.unit_id or 0),
                "preset_unit": units.get(channel.preset_unit_id or 0),
                "opens_on": channel.opens_on and channel.opens_on.isoformat(),
                "closes_on": channel.closes_on and channel.closes_on.isoformat(),
            }
            for channel in channels
        ],
    }


def import_campaign(session: Session, data: Any, *, unit: Unit, by: Actor, now: datetime) -> Campaign:
    """A draft with the set-up of a file. Codes stay where nobody else has them, so that posters keep their meaning.

    CampaignContentError names what is wrong in it.
    """
    if not isinstance(data, Mapping) or not isinstance(data.get("content"), Mapping):
        raise CampaignContentError("这不是征集活动文件：应是从本系统导出的 JSON。")
    if holds_unkeepable(data):
        raise CampaignContentError("文件里有无法识别的字符，请改好后再试。")
    campaign = create_campaign(session, data, code=_code(session, data.get("code")), unit=unit, now=now, by=by)
    opens_on, closes_on = _day(data, "opens_on"), _day(data, "closes_on")
    schedule_campaign(session, campaign, opens_on=opens_on, closes_on=closes_on, now=now, by=by)
    try:
        rule = SecondPerson(data.get("second_person", SecondPerson.AUTO))
    except ValueError:
        raise CampaignContentError(f"second_person 应是 {'、'.join(SecondPerson)} 之一。") from None
    set_second_person(session, campaign, rule, now=now, by=by)
    units = {unit.code: unit.id for unit in session.scalars(select(Unit))}
    create_all(session, campaign, _channels(data.get("channels", []), units), now=now, by=by)
    return campaign


def _code(session: Session, wanted: Any) -> str:
    """The code of the file where it is free, otherwise a fresh one."""
    is_sensible = isinstance(wanted, str) and wanted.isascii() and 0 < len(wanted) <= 40 and wanted.isprintable()
    if is_sensible and session.scalar(select(Campaign.id).where(Campaign.code == wanted)) is None:
        return str(wanted)
    return "c" + "".join(secrets.choice(CHANNEL_CODE_ALPHABET) for _ in range(8))


def _day(data: Mapping[str, Any], name: str) -> date | None:
    value = data.get(name)
    try:
        day = date.fromisoformat(value) if value is not None else None
    except (TypeError, ValueError):
        day = date.min
    if day is not None and not FIRST_YEAR <= day.year < LAST_YEAR:
        raise CampaignContentError(f"{name} 应是一个日子，如 2026-11-20，也可以不写。")
    return day


def _channels(values: Any, units: Mapping[str, int]) -> list[tuple[ChannelDetails, Any]]:
    if not isinstance(values, list) or not all(isinstance(value, Mapping) for value in values):
        raise CampaignContentError("channels 应是一个列表，可以是空的。")
    return [(_channel(value, units), value.get("code")) for value in values]


def _channel(value: Mapping[str, Any], units: Mapping[str, int]) -> ChannelDetails:
    name, place, group = value.get("name"), value.get("place"), value.get("respondent_group")
    if not isinstance(name, str) or not 0 < len(name.strip()) <= MAX_NAME_LENGTH:
        raise CampaignContentError(f"channels 的每一项都要有 name，最多 {MAX_NAME_LENGTH} 字。")
    if place is not None and not (isinstance(place, str) and len(place) <= MAX_PLACE_LENGTH):
        raise CampaignContentError(f"渠道“{name}”的 place 应是文字，最多 {MAX_PLACE_LENGTH} 字。")
    if group is not None and not (isinstance(group, str) and len(group) <= MAX_KEY_LENGTH):
        raise CampaignContentError(f"渠道“{name}”的 respondent_group 应是对象类别的 key。")
    return ChannelDetails(
        name,
        place,
        # A place may have other units: there the channel belongs to none.
        units.get(str(value.get("unit"))),
        respondent_group=group,
        preset_unit_id=units.get(str(value.get("preset_unit"))),
        opens_on=_day(value, "opens_on"),
        closes_on=_day(value, "closes_on"),
        is_kiosk=value.get("is_kiosk") is True,
    )
