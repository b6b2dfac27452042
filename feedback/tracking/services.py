"""What the holder of a query code may do: whatever it is waits for the end of its hour, or for staff (ADR 3)."""

import json
from datetime import datetime

from sqlalchemy.orm import Session

from feedback.base.adapters.keys import Keys
from feedback.base.domain.code import keyed_hash
from feedback.base.domain.moment import hour_of
from feedback.base.domain.refusal import RefusalError
from feedback.base.domain.text import MAX_OPINION_LENGTH, MAX_REASON_LENGTH
from feedback.cases.domain.arrival import Act, ActKind, Standing
from feedback.cases.domain.opinion import check_text
from feedback.cases.domain.submission import SATISFACTION_LABELS, is_answered, is_open, may_reconsider
from feedback.cases.queries.arrival import acts_on
from feedback.cases.services.arrival import add_act, lock_arrivals
from feedback.tracking.queries import Followed, find_by_code, find_supplement, standing_of

MAX_SUPPLEMENTS = 20
MAX_RATINGS = 20


class NotOpenError(RefusalError):
    """The submission stands where its sender cannot do this any more."""


def lock_by_code(session: Session, typed: str, keys: Keys) -> Followed | None:
    """What a code belongs to, with nobody else at it until the transaction ends."""
    found = find_by_code(session, typed, keys)
    if found is None:
        return None
    lock_arrivals(session, found.number)
    # What waited when it was looked for may stand in its place by now.
    session.expire_all()
    return find_by_code(session, typed, keys)


def withdraw_contact(session: Session, followed: Followed, *, now: datetime) -> None:
    """Empty the contact details for good; doing it twice changes nothing more."""
    if _standing(session, followed).has_contact:
        add_act(session, followed.number, Act(ActKind.WITHDRAWAL, hour_of(now)))


def supplement(session: Session, followed: Followed, words: str, *, nonce: str, keys: Keys, now: datetime) -> str:
    """Add to an open submission, and return what the sending is known by; the same sending twice is one supplement.

    Raises OpinionError for words that cannot be taken, NotOpenError where the matter has been answered.
    """
    check_text(words, most=MAX_OPINION_LENGTH, field="supplement")
    hashes = sending_hashes(words, nonce, keys)
    found = find_supplement(session, hashes)
    if found is not None:
        return found
    standing = _standing(session, followed)
    if not is_open(standing.status):
        raise NotOpenError("这件意见已经有了结果，不能再补充。如有新的情况，请重新提交一件。")
    if standing.supplements >= MAX_SUPPLEMENTS:
        raise NotOpenError(f"这件意见已补充 {MAX_SUPPLEMENTS} 次。如还有新的情况，请重新提交一件。")
    act = Act(ActKind.SUPPLEMENT, hour_of(now), words, sending_hash=hashes[0])
    add_act(session, followed.number, act)
    return hashes[0]


def rate(session: Session, followed: Followed, *, satisfaction: int, reason: str, now: datetime) -> None:
    """Say how satisfied the sender is with the answer, 5 to 1; a reason may be given, and the last word counts."""
    if satisfaction not in SATISFACTION_LABELS:
        raise RefusalError("请选择一项满意程度。", field="satisfaction")
    if reason:
        check_text(reason, most=MAX_REASON_LENGTH, field="reason")
    standing = _standing(session, followed)
    if not is_answered(standing.status):
        raise NotOpenError("现在还没有答复，暂时不能评价。")
    if (standing.satisfaction, standing.reason) == (satisfaction, reason or None):
        return
    if standing.ratings >= MAX_RATINGS:
        raise NotOpenError("您已多次评价，现有的评价已经保存。")
    add_act(session, followed.number, Act(ActKind.RATING, hour_of(now), reason or None, satisfaction))


def reconsider(session: Session, followed: Followed, *, reason: str, now: datetime) -> None:
    """Ask once for the matter to be looked at again; it goes back to those that wait, without its rating."""
    check_text(reason, most=MAX_REASON_LENGTH, field="reason")
    standing = _standing(session, followed)
    if not may_reconsider(standing.status, is_reconsidered=standing.is_reconsidered):
        raise NotOpenError("每件意见可以申请一次复核，需要在答复以后申请。")
    add_act(session, followed.number, Act(ActKind.RECONSIDERATION, hour_of(now), reason))


def note_seen(session: Session, followed: Followed, reply_id: int, *, now: datetime) -> None:
    """Remember up to which answer the sender has read; when that was, nobody keeps."""
    if _standing(session, followed).seen_reply_id < reply_id:
        add_act(session, followed.number, Act(ActKind.SIGHT, hour_of(now), value=reply_id))


def sending_hashes(words: str, nonce: str, keys: Keys) -> list[str]:
    """What a supplement is known by, under each key; the first is the one to store."""
    return [keyed_hash(json.dumps([nonce, words]), secret) for secret in keys.secrets("nonce")]


def _standing(session: Session, followed: Followed) -> Standing:
    return standing_of(session, followed).after(acts_on(session, followed.number))
