"""What the holder of a query code may do."""

import json
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback.base.adapters.database import insert_if_new
from feedback.base.adapters.keys import Keys
from feedback.base.domain.code import keyed_hash
from feedback.base.domain.moment import china_day, hour_of
from feedback.base.domain.refusal import RefusalError
from feedback.base.domain.text import MAX_OPINION_LENGTH, MAX_REASON_LENGTH
from feedback.cases.domain.action import Action
from feedback.cases.domain.event import Decided, Rated
from feedback.cases.domain.opinion import check_text
from feedback.cases.domain.receipt import normal_code
from feedback.cases.domain.submission import (
    SATISFACTION_LABELS,
    Status,
    TextKind,
    is_answered,
    is_open,
    may_reconsider,
    next_status,
)
from feedback.cases.models.contact import Contact
from feedback.cases.models.event import Event
from feedback.cases.models.submission import Submission
from feedback.cases.models.text import Text
from feedback.cases.services.deadline import set_due
from feedback.cases.services.event import append
from feedback.cases.services.proposal import clear_proposal

MAX_SUPPLEMENTS = 20
MAX_RATINGS = 20


class NotOpenError(RefusalError):
    """The submission stands where its sender cannot do this any more."""


def find_by_code(session: Session, typed: str, keys: Keys, *, to_change: bool = False) -> Submission | None:
    """The submission a code belongs to, however it was typed, under whichever key. `to_change` locks it."""
    code = normal_code(typed)
    if code is None:
        return None
    hashes = [keyed_hash(code, secret) for secret in keys.secrets("code")]
    statement = select(Submission).where(Submission.code_hash.in_(hashes))
    return session.scalar(statement.with_for_update(of=Submission, key_share=True) if to_change else statement)


def withdraw_contact(session: Session, submission: Submission, *, now: datetime) -> None:
    """Empty the contact details for good; doing it twice changes nothing more."""
    contact = session.scalar(select(Contact).where(Contact.submission_id == submission.id))
    if contact is None or contact.withdrawn_on is not None:
        return
    contact.name, contact.phone, contact.withdrawn_on = None, None, china_day(now)
    append(session, submission, "contact_withdrawn", at=hour_of(now))


def find_supplement(session: Session, words: str, *, nonce: str, keys: Keys) -> int | None:
    """The id of the text that this very sending was stored as, or None."""
    hashes = _sending_hashes(words, nonce, keys)
    return session.scalar(select(Text.id).where(Text.sending_hash.in_(hashes)))


def supplement(session: Session, submission: Submission, words: str, *, nonce: str, keys: Keys, now: datetime) -> int:
    """Add to an open submission and return the text's id; the same sending twice is one supplement.

    Raises OpinionError for words that cannot be taken, NotOpenError where the matter has been answered.
    """
    check_text(words, most=MAX_OPINION_LENGTH, field="supplement")
    found = find_supplement(session, words, nonce=nonce, keys=keys)
    if found is not None:
        return found
    if not is_open(Status(submission.status)):
        raise NotOpenError("这件意见已经有了结果，不能再补充。如有新的情况，请重新提交一件。")
    written = select(func.count()).where(Text.submission_id == submission.id)
    if (session.scalar(written) or 0) > MAX_SUPPLEMENTS:
        raise NotOpenError(f"这件意见已补充 {MAX_SUPPLEMENTS} 次。如还有新的情况，请重新提交一件。")
    values = {
        "submission_id": submission.id,
        "kind": TextKind.SUPPLEMENT,
        "body": words,
        "received_at": hour_of(now),
        "sending_hash": _sending_hashes(words, nonce, keys)[0],
    }
    text_id = insert_if_new(session.connection(), Text, values)
    if text_id is None:
        raise NotOpenError("这次补充没有保存，请再试一次。")
    append(session, submission, "supplemented", at=hour_of(now))
    return text_id


def rate(session: Session, submission: Submission, *, satisfaction: int, reason: str, now: datetime) -> None:
    """Say how satisfied the sender is with the answer, 5 to 1; a reason may be given, and the last word counts."""
    if satisfaction not in SATISFACTION_LABELS:
        raise RefusalError("请选择一项满意程度。", field="satisfaction")
    if reason:
        check_text(reason, most=MAX_REASON_LENGTH, field="reason")
    if not is_answered(Status(submission.status)):
        raise NotOpenError("现在还没有答复，暂时不能评价。")
    last = _last_rating(session, submission)
    if last == (satisfaction, reason or None):
        return
    rated = select(func.count()).where(Event.submission_id == submission.id, Event.kind == "rated")
    if (session.scalar(rated) or 0) >= MAX_RATINGS:
        raise NotOpenError("您已多次评价，现有的评价已经保存。")
    submission.satisfaction = satisfaction
    append(session, submission, "rated", at=hour_of(now), reason=reason or None, kept=Rated(satisfaction))


def reconsider(session: Session, submission: Submission, *, reason: str, now: datetime) -> None:
    """Ask once for the matter to be looked at again; it goes back to those that wait, without its rating.

    What staff had proposed about the answer is settled by that.
    """
    check_text(reason, most=MAX_REASON_LENGTH, field="reason")
    before = Status(submission.status)
    if not may_reconsider(before, is_reconsidered=submission.is_reconsidered):
        raise NotOpenError("每件意见可以申请一次复核，需要在答复以后申请。")
    clear_proposal(session, submission)
    submission.status = next_status(before, Action.RECONSIDER)
    submission.is_reconsidered, submission.satisfaction = True, None
    due = set_due(session, submission, today=china_day(now))
    kept = Decided(due=due)
    append(session, submission, Action.RECONSIDER, at=hour_of(now), before=before, reason=reason, kept=kept)


def note_seen(submission: Submission, reply_id: int) -> None:
    """Remember up to which answer the sender has read; when that was, nobody keeps."""
    submission.seen_reply_id = reply_id


def _last_rating(session: Session, submission: Submission) -> tuple[int | None, str | None]:
    if submission.satisfaction is None:
        return None, None
    rated = select(Event.reason).where(Event.submission_id == submission.id, Event.kind == "rated")
    return submission.satisfaction, session.scalars(rated.order_by(Event.position.desc()).limit(1)).first()


def _sending_hashes(words: str, nonce: str, keys: Keys) -> list[str]:
    return [keyed_hash(json.dumps([nonce, words]), secret) for secret in keys.secrets("nonce")]
