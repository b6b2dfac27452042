"""Receiving an opinion: once for each nonce, whatever is killed, repeated or sent twenty times at once."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, or_, select
from sqlalchemy.orm import Session

from feedback.base.adapters.cipher import encrypt
from feedback.base.adapters.database import insert_if_new
from feedback.base.adapters.keys import Key, Keys
from feedback.base.domain.code import keyed_hash
from feedback.base.domain.moment import china_day, hour_of
from feedback.base.domain.refusal import RefusalError
from feedback.base.models.base import table_of
from feedback.base.models.unit import Unit
from feedback.campaigns.domain.campaign import CampaignStatus
from feedback.campaigns.domain.group_code import GroupCodeError
from feedback.campaigns.models.campaign import Campaign
from feedback.campaigns.models.channel import Channel
from feedback.cases.domain.deadline import due_on
from feedback.cases.domain.event import Received
from feedback.cases.domain.opinion import Opinion
from feedback.cases.domain.receipt import content_hash, mint_code, new_number
from feedback.cases.domain.submission import Status, TextKind
from feedback.cases.models.contact import Contact
from feedback.cases.models.event import Event
from feedback.cases.models.search import SearchPending
from feedback.cases.models.submission import Answer, Submission, SubmissionUnit
from feedback.cases.models.text import Text
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
    .with_for_update(read=True, of=Campaign)
)
_TAKEN = select(
    Submission.number, Submission.is_trial, Submission.nonce_hash, Submission.nonce_key_id,
    Submission.content_hash, Submission.mint_key_id, Submission.is_proven, Submission.respondent_group,
    Text.id.label("text_id"),
).outerjoin(Text, (Text.submission_id == Submission.id) & (Text.kind == TextKind.ORIGINAL)).where(
    or_(Submission.nonce_hash.in_(bindparam("hashes", expanding=True)), Submission.number == bindparam("number"))
)  # fmt: skip
_INSERT_TEXT = insert(table_of(Text)).returning(table_of(Text).c.id)
_INSERT_EVENT = insert(table_of(Event))
_INSERT_UNIT = insert(table_of(SubmissionUnit))
_INSERT_PENDING = insert(table_of(SearchPending))


class OtherContentError(RefusalError):
    """The nonce already belongs to a submission with other content, of which nothing may be shown."""

    def __init__(self) -> None:
        super().__init__("这个页面刚才已经提交过一件意见。")


class NumbersExhaustedError(RuntimeError):
    """No free public number was drawn in many tries."""


@dataclass(frozen=True)
class Receipt:
    """What the sender gets, the public number and the secret code of 16 symbols; and where the words are stored."""

    number: str
    code: str
    is_trial: bool
    text_id: int
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
        found["text_id"],
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
    place, unit_id, used = _place(connection, opinion, page, china_day(now))
    values: dict[str, Any] = {
        **identity,
        **place,
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
        submission_id = None if taken else insert_if_new(connection, Submission, values)
        if submission_id is not None:
            text_id = _store_parts(connection, submission_id, opinion, unit_id, keys=keys, now=now)
            return values | {"text_id": text_id, "is_new": True}
    raise NumbersExhaustedError


def _taken(connection: Connection, hashes: list[str], number: str) -> dict[str, Any] | None:
    """The row of a nonce, or else the one that has the number already."""
    rows = connection.execute(_TAKEN, {"hashes": hashes, "number": number}).mappings().all()
    own = [row for row in rows if row["nonce_hash"] in hashes]
    return dict((own or rows)[0]) if rows else None


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


def _place(
    connection: Connection, opinion: Opinion, page: FormSeal, today: date
) -> tuple[dict[str, object], int | None, int]:
    """Where it belongs, the unit it concerns if its sender names no other agency, and how many there have been.

    The campaign is read under a lock, so that opening it cannot overlook a trial entry.
    """
    found = connection.execute(_CAMPAIGN, {"channel_id": page.channel_id}).one()
    own = {
        "campaign_id": found.id,
        "campaign_version_id": page.version_id,
        "channel_id": page.channel_id,
        "is_trial": found.status == CampaignStatus.DRAFT,
        "due_on": due_on(Status.RECEIVED, found.deadlines, today),
    }
    is_meant = found.preset_unit_id is not None and opinion.agency in {None, found.agency}
    return own, found.preset_unit_id if is_meant else None, found.used or 0


def _store_parts(
    connection: Connection, submission_id: int, opinion: Opinion, unit_id: int | None, *, keys: Keys, now: datetime
) -> int:
    """Everything that hangs on the row; returns the id of the words."""
    own, hour = {"submission_id": submission_id}, hour_of(now)
    words = {**own, "kind": TextKind.ORIGINAL, "body": opinion.text, "received_at": hour}
    text_id: int = connection.execute(_INSERT_TEXT, words).scalar_one()
    connection.execute(_INSERT_PENDING, {"id": submission_id})
    first = {
        "kind": "received",
        "at": hour,
        "to_status": Status.RECEIVED,
        "detail": Received(unit_id).to_json(),
    }
    connection.execute(_INSERT_EVENT, {**own, "position": 1, **first})
    if unit_id is not None:
        connection.execute(_INSERT_UNIT, {**own, "unit_id": unit_id})
    answers = [
        {**own, "question": question, "position": position, "value": value}
        for question, values in (opinion.answers or {}).items()
        for position, value in enumerate(values)
    ]
    if answers:
        connection.execute(insert(table_of(Answer)), answers)
    if opinion.name or opinion.phone:
        connection.execute(insert(table_of(Contact)), _contact(submission_id, opinion, keys))
    return text_id


def _contact(submission_id: int, opinion: Opinion, keys: Keys) -> dict[str, object]:
    row = str(uuid.uuid4())
    return {
        "uuid": row,
        "submission_id": submission_id,
        "name": encrypt(opinion.name, place=f"contact.name:{row}", keys=keys) if opinion.name else None,
        "phone": encrypt(opinion.phone, place=f"contact.phone:{row}", keys=keys) if opinion.phone else None,
    }
