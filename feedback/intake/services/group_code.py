"""One-time codes that prove a group: made, spent together with a submission, and taken back."""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, or_, select, update
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.database import lock_name, writing
from feedback.base.adapters.keys import Keys
from feedback.base.domain.code import keyed_hash
from feedback.base.domain.moment import china_day
from feedback.base.domain.permission import Actor
from feedback.base.domain.refusal import RefusalError
from feedback.base.models.audit import AuditEntry
from feedback.base.models.base import table_of
from feedback.campaigns.domain.group_code import FEWEST_AT_ONCE, MOST_AT_ONCE, hashed_as
from feedback.campaigns.models.campaign import Campaign
from feedback.campaigns.models.group_code import GroupCode, GroupCodeBatch

# One at a time: the lock of a row would leave the number of the transaction in it.
_LOCK = "group codes"
_FRESH = (
    select(GroupCodeBatch.id, GroupCodeBatch.respondent_group)
    .join(GroupCode, GroupCode.batch_id == GroupCodeBatch.id)
    .where(
        GroupCode.code_hash.in_(bindparam("hashes", expanding=True)),
        GroupCode.is_spent.is_(False),
        GroupCodeBatch.campaign_id == bindparam("campaign_id"),
        GroupCodeBatch.is_revoked.is_(False),
    )
)


def store_codes(
    session: Session, campaign: Campaign, group: str, codes: Sequence[str], *, keys: Keys, now: datetime, by: Actor
) -> None:
    """Let the codes of a batch prove a group, each once; of the codes themselves nothing is kept."""
    if not FEWEST_AT_ONCE <= len(codes) <= MOST_AT_ONCE:
        raise RefusalError(f"一次请生成 {FEWEST_AT_ONCE} 到 {MOST_AT_ONCE} 张。", field="count")
    batch = GroupCodeBatch(campaign_id=campaign.id, respondent_group=group, made_on=china_day(now))
    session.add(batch)
    session.flush()
    secret = keys.current("code").secret
    hashes = sorted(keyed_hash(hashed_as(code, campaign.id), secret) for code in codes)
    rows = [{"code_hash": code_hash, "batch_id": batch.id, "is_spent": False} for code_hash in hashes]
    session.execute(insert(table_of(GroupCode)), rows)
    session.add(_note("group_codes_made", campaign, now, by, batch, count=len(codes)))


def is_good(session: Session, campaign_id: int, code: str, keys: Keys) -> bool:
    """Whether a code would prove something now; nothing is locked for the many that would not."""
    return _fresh(session.connection(), campaign_id, code, keys) is not None


def redeem(connection: Connection, campaign_id: int, code: str, keys: Keys) -> str | None:
    """Spend a code and return its group; None where it is unknown, revoked or spent.

    Every row of its batch is written anew, so that none stands out by its transaction.
    """
    lock_name(connection, _LOCK)
    batch = _fresh(connection, campaign_id, code, keys)
    if batch is None:
        return None
    table = table_of(GroupCode)
    is_spent = or_(table.c.is_spent, table.c.code_hash.in_(_hashes(code, campaign_id, keys)))
    connection.execute(update(table).where(table.c.batch_id == batch.id).values(is_spent=is_spent))
    return str(batch.respondent_group)


def _fresh(connection: Connection, campaign_id: int, code: str, keys: Keys) -> Any:
    values = {"hashes": _hashes(code, campaign_id, keys), "campaign_id": campaign_id}
    return connection.execute(_FRESH, values).first()


def _hashes(code: str, campaign_id: int, keys: Keys) -> list[str]:
    return [keyed_hash(hashed_as(code, campaign_id), secret) for secret in keys.secrets("code")]


def write_anew(sessions: sessionmaker[Session]) -> None:
    """Write every row anew, one batch after the other: what was spent last stands out no more, and may be told."""
    with sessions() as session:
        batches = session.scalars(select(GroupCodeBatch.id).order_by(GroupCodeBatch.id)).all()
    for batch_id in batches:
        with writing(sessions) as session:
            began = time.monotonic()
            lock_name(session, _LOCK)
            own = GroupCode.batch_id == batch_id
            session.execute(update(GroupCode).where(own).values(is_spent=GroupCode.is_spent))
            spent = select(func.count()).where(own, GroupCode.is_spent).scalar_subquery()
            session.execute(update(GroupCodeBatch).where(GroupCodeBatch.id == batch_id).values(spent_lately=spent))
        time.sleep(time.monotonic() - began)


def revoke(session: Session, campaign: Campaign, batch: GroupCodeBatch, *, now: datetime, by: Actor) -> None:
    """Let no code of a batch prove anything any more; what came in with one stays."""
    if not batch.is_revoked:
        batch.is_revoked = True
        session.add(_note("group_codes_revoked", campaign, now, by, batch))


def restore_tried(session: Session, campaign: Campaign) -> None:
    """Codes that were spent on trial entries are good again once those are erased."""
    lock_name(session, _LOCK)
    batches = select(GroupCodeBatch.id).where(GroupCodeBatch.campaign_id == campaign.id)
    session.execute(update(GroupCode).where(GroupCode.batch_id.in_(batches)).values(is_spent=False))
    session.execute(update(GroupCodeBatch).where(GroupCodeBatch.id.in_(batches)).values(spent_lately=0))


def _note(
    kind: str, campaign: Campaign, now: datetime, by: Actor, batch: GroupCodeBatch, *, count: int | None = None
) -> AuditEntry:
    detail = {"batch": batch.id, "group": batch.respondent_group} | ({"count": count} if count else {})
    return AuditEntry(kind=kind, at=now, user_id=by.id, subject=campaign.code, detail=detail)
