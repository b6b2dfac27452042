"""Receiving an opinion: once for each nonce, whatever is killed, repeated or sent twenty times at once."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from secrets import token_hex
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, or_, select, union_all
from sqlalchemy.orm import Session

from feedback.base.adapters.cipher import encrypt
from feedback.base.adapters.database import insert_if_new, lock_name
from feedback.base.adapters.keys import Key, Keys
from feedback.base.domain.code import keyed_hash
from feedback.base.domain.moment import china_day, hour_of
from feedback.base.domain.refusal import RefusalError
from feedback.base.models.unit import Unit
from feedback.campaigns.domain.campaign import CampaignStatus
from feedback.campaigns.domain.group_code import GroupCodeError
from feedback.campaigns.models.campaign import Campaign
from feedback.campaigns.models.channel import Channel
from feedback.cases.domain.deadline import due_on
from feedback.cases.domain.opinion import Opinion
from feedback.cases.domain.receipt import content_hash, mint_code, new_number
from feedback.cases.domain.submission import Status
from feedback.cases.models.arrival import Arrival
from feedback.cases.models.submission import Submission
from feedback.cases.services.arrival import ENTRIES
from feedback.intake.domain.form_seal import FormSeal
from feedback.intake.services.group_code import redeem

_NUMBER_TRIES = 20

# Built once: making a statement anew costs SQLAlchemy more than running it, and this is where the crowd passes.
_NEWEST = select(func.max(Submission.id)).scalar_subquery()
_CAMPAIGN = (
    select(Campaign.id, Campaign.status, Campaign.deadlines, Channel.preset_unit_id, Unit.agency, _NEWEST.label("used"))
    .join(Channel, Channel.campaign_id == Campaign.id)
    .outerjoin(Unit, Unit.id == Channel.preset_unit_id)
    .where(Channel.id == bindparam("channel_id"))
)


def _known_in(table: type[Submission] | type[Arrival]) -> Any:
    """The rows that have a nonce or a number, with what a receipt says and what a sending is known by."""
    columns = (
        table.number, table.is_trial, table.nonce_hash, table.nonce_key_id, table.content_hash, table.mint_key_id,
        table.is_proven, table.respondent_group,
    )  # fmt: skip
    has_nonce = table.nonce_hash.in_(bindparam("hashes", expanding=True))
    return select(*columns).where(or_(has_nonce, table.number == bindparam("number")))


# In one statement, which sees one state: what is moved just now stands in one place or in the other.
_TAKEN = union_all(_known_in(Submission), _known_in(Arrival))


class OtherContentError(RefusalError):
    """The nonce already belongs to a submission with other content, of which nothing may be shown."""

    def __init__(self) -> None:
        super().__init__("这个页面刚才已经提交过一件意见。")


class NumbersExhaustedError(RuntimeError):
    """No free public number was drawn in many tries."""


@dataclass(frozen=True)
class Receipt:
    """What the sender gets, the public number and the secret code of 16 symbols; and what the sending is known by."""

    number: str
    code: str
    is_trial: bool
    sending_hash: str
    # The group a code has proven.
    proven_group: str | None = None
    is_new: bool = field(default=False, compare=False)


def receive(
    session: Session,
    opinion: Opinion,
    *,
    page: FormSeal,
    nonce: str,
    keys: Keys,
    now: datetime,
    suspicion: str | None = None,
) -> Receipt:
    """Store an opinion and return its receipt, or the receipt it already has.

    Needs an open write transaction. Raises OtherContentError where the nonce was used for something else, and
    GroupCodeError where the opinion brings a code that proves nothing.
    `suspicion` is shown to staff and changes nothing else.
    """
    identity = _identity(opinion, nonce, keys) | {"suspicion": suspicion}
    found = _find_or_store(session.connection(), opinion, identity, page=page, nonce=nonce, keys=keys, now=now)
    receipt = _receipt(found, opinion, nonce, keys)
    if receipt is None:
        raise OtherContentError
    return receipt


def find_receipt(session: Session, opinion: Opinion, *, nonce: str, keys: Keys) -> Receipt | None:
    """The receipt that this very opinion got under this nonce at any time; None where there is none."""
    values = {"hashes": [keyed_hash(nonce, secret) for secret in keys.secrets("nonce")], "number": ""}
    found = session.execute(_TAKEN, values).mappings().first()
    return _receipt(dict(found), opinion, nonce, keys) if found else None


def _receipt(found: Mapping[str, Any], opinion: Opinion, nonce: str, keys: Keys) -> Receipt | None:
    """The receipt of a row, for a sending of just what it was made of."""
    if found["content_hash"] != _content_hash(opinion, nonce, keys.find("nonce", found["nonce_key_id"])):
        return None
    mint_key = keys.find("mint", found["mint_key_id"]).secret
    code = mint_code(nonce, mint_key)
    return Receipt(
        found["number"],
        code,
        found["is_trial"],
        found["nonce_hash"],
        proven_group=found["respondent_group"] if found["is_proven"] else None,
        is_new=found.get("is_new", False),
    )


def _content_hash(opinion: Opinion, nonce: str, nonce_key: Key) -> str:
    return content_hash(opinion.canonical(), nonce, nonce_key.secret)


def _find_or_store(
    connection: Connection,
    opinion: Opinion,
    identity: Mapping[str, str | None],
    *,
    page: FormSeal,
    nonce: str,
    keys: Keys,
    now: datetime,
) -> dict[str, Any]:
    """The row of a nonce. On SQLite nobody else writes meanwhile; on PostgreSQL the next round sees a lost race."""
    place, used = _place(connection, opinion, page, china_day(now))
    values: dict[str, Any] = {
        **identity,
        **place,
        **_parts(opinion, keys=keys),
        "id": token_hex(16),
        "respondent_group": opinion.respondent_group,
        "kind": opinion.kind,
        "agency": opinion.agency,
        "category": opinion.category,
        "received_at": hour_of(now),
        "is_proven": False,
    }
    hashes = [keyed_hash(nonce, secret) for secret in keys.secrets("nonce")]
    for _ in range(_NUMBER_TRIES):
        values["number"] = new_number(used)
        taken = _taken(connection, hashes, values["number"])
        if taken is not None and taken["nonce_hash"] in hashes:
            return taken
        if opinion.group_code and not values["is_proven"]:
            group = redeem(connection, values["campaign_id"], opinion.group_code, keys)
            if group is None:
                return _sent_meanwhile(connection, hashes)
            values |= {"is_proven": True, "respondent_group": group}
        if taken is None and insert_if_new(connection, Arrival, values):
            return _first(connection, values, hashes)
    raise NumbersExhaustedError


def _taken(connection: Connection, hashes: list[str], number: str) -> dict[str, Any] | None:
    """The row of a nonce, or else the one that has the number already."""
    rows = connection.execute(_TAKEN, {"hashes": hashes, "number": number}).mappings().all()
    own = [row for row in rows if row["nonce_hash"] in hashes]
    return dict((own or rows)[0]) if rows else None


def _first(connection: Connection, values: dict[str, Any], hashes: list[str]) -> dict[str, Any]:
    """The row that was just inserted; or the one of the same sending that has been put into its place meanwhile."""
    if connection.dialect.name == "sqlite":
        return values | {"is_new": True}
    moved = connection.execute(_known_in(Submission), {"hashes": hashes, "number": ""}).mappings().first()
    if moved is None:
        return values | {"is_new": True}
    connection.execute(delete(Arrival).where(Arrival.id == values["id"]))
    return dict(moved)


def _sent_meanwhile(connection: Connection, hashes: list[str]) -> dict[str, Any]:
    """A code is spent, perhaps by this very sending a moment ago: then its row is there."""
    row = _taken(connection, hashes, "")
    if row is None:
        raise GroupCodeError
    return row


def _identity(opinion: Opinion, nonce: str, keys: Keys) -> dict[str, str]:
    nonce_key, code_key, mint_key = keys.current("nonce"), keys.current("code"), keys.current("mint")
    return {
        "nonce_hash": keyed_hash(nonce, nonce_key.secret),
        "nonce_key_id": nonce_key.id,
        "content_hash": _content_hash(opinion, nonce, nonce_key),
        "code_hash": keyed_hash(mint_code(nonce, mint_key.secret), code_key.secret),
        "code_key_id": code_key.id,
        "mint_key_id": mint_key.id,
    }


def _place(connection: Connection, opinion: Opinion, page: FormSeal, today: date) -> tuple[dict[str, object], int]:
    """Where it belongs, with the unit it concerns if its sender names no other agency; and how many there have been.

    The campaign is read under a lock, so that opening it cannot overlook a trial entry.
    """
    lock_name(connection, ENTRIES, is_shared=True)
    found = connection.execute(_CAMPAIGN, {"channel_id": page.channel_id}).one()
    is_meant = found.preset_unit_id is not None and opinion.agency in {None, found.agency}
    own = {
        "campaign_id": found.id,
        "campaign_version_id": page.version_id,
        "channel_id": page.channel_id,
        "is_trial": found.status == CampaignStatus.DRAFT,
        "due_on": due_on(Status.RECEIVED, found.deadlines, today),
        "unit_id": found.preset_unit_id if is_meant else None,
    }
    return own, found.used or 0


def _parts(opinion: Opinion, *, keys: Keys) -> dict[str, object]:
    """What was filled in."""
    answers = [
        (question, position, value)
        for question, values in (opinion.answers or {}).items()
        for position, value in enumerate(values)
    ]
    has_contact = bool(opinion.name or opinion.phone)
    return {"body": opinion.text, "answers": answers, **(_contact(opinion, keys) if has_contact else _NO_CONTACT)}


def _contact(opinion: Opinion, keys: Keys) -> dict[str, object]:
    row = str(uuid.uuid4())
    return {
        "contact_uuid": row,
        "contact_name": encrypt(opinion.name, place=f"contact.name:{row}", keys=keys) if opinion.name else None,
        "contact_phone": encrypt(opinion.phone, place=f"contact.phone:{row}", keys=keys) if opinion.phone else None,
    }


_NO_CONTACT = dict.fromkeys(("contact_uuid", "contact_name", "contact_phone"))
