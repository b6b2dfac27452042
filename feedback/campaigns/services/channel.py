"""Channels: one short code and one QR code each."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from feedback.base.domain.permission import Actor
from feedback.base.domain.refusal import RefusalError
from feedback.base.models.audit import AuditEntry
from feedback.base.models.base import table_of
from feedback.base.models.unit import Unit
from feedback.campaigns.domain.campaign import CHANNEL_CODE_ALPHABET, CHANNEL_CODE_LENGTH
from feedback.campaigns.domain.channel import ChannelRow
from feedback.campaigns.models.campaign import Campaign
from feedback.campaigns.models.channel import Channel, ChannelUnit


@dataclass(frozen=True)
class ChannelDetails:
    """What is known of a channel; everything but its name may be missing."""

    name: str
    place: str | None = None
    unit_id: int | None = None
    respondent_group: str | None = None
    preset_unit_id: int | None = None
    opens_on: date | None = None
    closes_on: date | None = None
    is_kiosk: bool = False


def create_channel(
    session: Session,
    campaign: Campaign,
    details: ChannelDetails,
    *,
    now: datetime,
    by: Actor | None = None,
    code: Any = None,
) -> str:
    """Open a door to a campaign and return its code of five symbols without look-alikes.

    A `code` that is one and that nobody has is kept: posters that hang already lead on.
    """
    (made,) = create_all(session, campaign, [(details, code)], now=now, by=by)
    return made


def create_all(
    session: Session,
    campaign: Campaign,
    wanted: Sequence[tuple[ChannelDetails, Any]],
    *,
    now: datetime,
    by: Actor | None = None,
) -> list[str]:
    """The same for many doors, each with the code it should have, in a few statements: a file may have thousands."""
    for details, _ in wanted:
        _check(details)
    codes = _free_codes(session, [code for _, code in wanted])
    rows = [
        {**vars(details), "campaign_id": campaign.id, "code": code}
        for (details, _), code in zip(wanted, codes, strict=True)
    ]
    note = {"kind": "channel_created", "at": now, "user_id": by and by.id, "detail": {"campaign": campaign.code}}
    notes = [note | {"subject": code} for code in codes]
    if rows:
        connection = session.connection()
        connection.execute(insert(table_of(Channel)), rows)
        connection.execute(insert(table_of(AuditEntry)), notes)
    return codes


def _free_codes(session: Session, wanted: Sequence[Any]) -> list[str]:
    """A code for each: the one that is wanted where it is one and nobody has it, otherwise a fresh one."""
    fresh = [_fresh_code() for _ in range(2 * len(wanted) + 20)]
    asked = [code for code in wanted if _is_code(code)]
    taken = set(session.scalars(select(Channel.code).where(Channel.code.in_([*asked, *fresh]))))
    others = iter(dict.fromkeys(code for code in fresh if code not in taken and code not in asked))
    codes: list[str] = []
    for code in wanted:
        is_free = _is_code(code) and code not in taken
        codes.append(str(code) if is_free else next(others))
        taken.add(codes[-1])
    return codes


def create_channels(
    session: Session, campaign: Campaign, rows: Sequence[ChannelRow], *, now: datetime, by: Actor
) -> list[str]:
    """Open many doors at once, of which none has the name of one that is there; RefusalError opens none."""
    taken = set(session.scalars(select(Channel.name).where(Channel.campaign_id == campaign.id)))
    if doubled := [row.name for row in rows if row.name in taken]:
        raise RefusalError(f"已有同名的渠道：{'、'.join(doubled[:5])}。请改名或删去这几行。")
    units = {unit.name: unit.id for unit in session.scalars(select(Unit))}
    if unknown := [row.unit for row in rows if row.unit and row.unit not in units]:
        raise RefusalError(f"单位名录里没有：{'、'.join(dict.fromkeys(unknown[:5]))}。请改成名录里的全称，或者空着。")
    details = [ChannelDetails(row.name, row.place or None, units.get(row.unit)) for row in rows]
    return create_all(session, campaign, [(one, None) for one in details], now=now, by=by)


def change_channel(session: Session, channel: Channel, details: ChannelDetails, *, now: datetime, by: Actor) -> None:
    """Change everything but the code, which stands on posters."""
    _check(details)
    changed = [name for name, value in vars(details).items() if getattr(channel, name) != value]
    for unit_id in {getattr(channel, name) for name in ("unit_id", "preset_unit_id") if name in changed} - {None}:
        session.merge(ChannelUnit(channel_id=channel.id, unit_id=unit_id))
    for name in changed:
        setattr(channel, name, getattr(details, name))
    if changed:
        session.add(_note("channel_changed", channel.code, now, by, {"changed": changed}))


def set_closed(session: Session, channel: Channel, *, is_closed: bool, now: datetime, by: Actor) -> None:
    """Close a door, or open it again; what came in by it stays."""
    channel.is_closed = is_closed
    session.add(_note("channel_closed" if is_closed else "channel_opened", channel.code, now, by, None))


def _check(details: ChannelDetails) -> None:
    if details.opens_on and details.closes_on and details.closes_on < details.opens_on:
        raise RefusalError("结束的日子不能早于开始的日子。", field="closes_on")


def _note(kind: str, code: str, now: datetime, by: Actor | None, detail: dict[str, Any] | None) -> AuditEntry:
    return AuditEntry(kind=kind, at=now, user_id=by and by.id, subject=code, detail=detail)


def _is_code(code: Any) -> bool:
    return isinstance(code, str) and len(code) == CHANNEL_CODE_LENGTH and set(code) <= set(CHANNEL_CODE_ALPHABET)


def _fresh_code() -> str:
    return "".join(secrets.choice(CHANNEL_CODE_ALPHABET) for _ in range(CHANNEL_CODE_LENGTH))
