"""Texts kept ready for answers and refusals: made, changed and deleted by a campaign's moderators."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback.base.adapters.database import lock_name
from feedback.base.domain.permission import Actor
from feedback.base.domain.refusal import ConflictError
from feedback.desk.domain.canned_answer import CannedAnswerKind, check_body, check_room, check_title
from feedback.desk.models.canned_answer import CannedAnswer


class StaleCannedAnswerError(ConflictError):
    """Somebody else changed the text after the page was drawn."""

    def __init__(self) -> None:
        super().__init__("您填写期间，同事改过这段文字。请对照下面现在的文字，改好后再保存。")


def create(
    session: Session,
    campaign_id: int,
    *,
    kind: CannedAnswerKind,
    title: str,
    body: str,
    by: Actor | None,
    now: datetime,
) -> CannedAnswer:
    """Keep a text; without a person it comes with the program. A RefusalError says what is wrong with it."""
    check_title(title)
    check_body(body, kind)
    lock_name(session, f"canned answers of {campaign_id}")
    check_room(session.scalar(select(func.count()).where(CannedAnswer.campaign_id == campaign_id)) or 0)
    answer = CannedAnswer(campaign_id=campaign_id, version=0)
    _write(answer, kind=kind, title=title, body=body, by=by, now=now)
    session.add(answer)
    return answer


def change(
    answer: CannedAnswer,
    *,
    kind: CannedAnswerKind,
    title: str,
    body: str,
    by: Actor,
    seen_version: int,
    now: datetime,
) -> None:
    """Write it anew; StaleCannedAnswerError where the page that is answered to showed an older version."""
    if answer.version != seen_version:
        raise StaleCannedAnswerError
    check_title(title)
    check_body(body, kind)
    _write(answer, kind=kind, title=title, body=body, by=by, now=now)


def delete(session: Session, answer: CannedAnswer) -> None:
    """Keep it no longer; what was sent with it stays as it was sent."""
    session.delete(answer)


def _write(
    answer: CannedAnswer, *, kind: CannedAnswerKind, title: str, body: str, by: Actor | None, now: datetime
) -> None:
    answer.kind, answer.title, answer.body = kind, title, body
    answer.version += 1
    answer.changed_by_id, answer.changed_at = by.id if by else None, now
