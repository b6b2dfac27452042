"""Decisions about one submission; each appends its event in the same transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.domain.opinion import check_text
from feedback.domain.permission import Actor
from feedback.domain.refusal import RefusalError
from feedback.domain.submission import Action, Status, next_status
from feedback.domain.text import MAX_REPLY_LENGTH
from feedback.domain.undo import may_undo
from feedback.models.audit import AuditEntry
from feedback.models.event import Event
from feedback.models.reply import Reply, UndoneReply
from feedback.models.submission import Submission, SubmissionUnit
from feedback.models.unit import Unit
from feedback.services.claim import release
from feedback.services.event import append
from feedback.services.proposal import drop, hold

MAX_SUMMARY_LENGTH = 200
CLASSIFIED = ("category", "task", "issue_nature", "responsible_unit_id", "responsible_person")


class StaleSubmissionError(RefusalError):
    """Somebody else changed the submission after the page was drawn."""

    def __init__(self) -> None:
        super().__init__("您填写期间，这件意见有了新的处理。请先看下面的办理记录；您写的内容还在，没有丢失。")


@dataclass(frozen=True)
class Undone:
    """What an undone reply had said; nothing for other decisions."""

    body: str | None = None
    outcome: str = ""
    summary: str = ""


def accept(session: Session, submission: Submission, *, by: Actor, seen: int, now: datetime) -> None:
    """Take it on: 受理."""
    _decide(session, submission, Action.ACCEPT, by=by, seen=seen, now=now)


def reject(
    session: Session,
    submission: Submission,
    *,
    reason: str,
    by: Actor,
    seen: int,
    now: datetime,
    proposed_by: int | None = None,
) -> None:
    """Refuse it with a reason the sender reads: 不予受理; or propose to, where a second person has to confirm."""
    check_version(submission, seen)
    check_text(reason, most=1_000, field="reason")
    if not hold(session, submission, Action.REJECT, by=by, now=now, proposed_by=proposed_by, reason=reason):
        _decide(session, submission, Action.REJECT, by=by, seen=seen, now=now, reason=reason, rejection_reason=reason)


def reply(
    session: Session,
    submission: Submission,
    *,
    body: str,
    outcome: str,
    summary: str,
    by: Actor,
    seen: int,
    now: datetime,
) -> None:
    """Answer the sender: 答复, with 采纳情况 and 归纳要点."""
    check_text(body, most=MAX_REPLY_LENGTH, field="body")
    check_text(summary, most=MAX_SUMMARY_LENGTH, field="summary")
    given = {"outcome": outcome, "summary": summary}
    answer = Reply(submission_id=submission.id, user_id=by.id, body=body, replied_at=now)
    session.add(answer)
    session.flush()
    detail = {**given, "reply": answer.id}
    _decide(session, submission, Action.REPLY, by=by, seen=seen, now=now, detail=detail, **given)


def complete(
    session: Session,
    submission: Submission,
    *,
    by: Actor,
    seen: int,
    now: datetime,
    proposed_by: int | None = None,
) -> None:
    """Say that nothing more will be done: 办结; or propose to, where a second person has to confirm."""
    check_version(submission, seen)
    if not hold(session, submission, Action.COMPLETE, by=by, now=now, proposed_by=proposed_by):
        _decide(session, submission, Action.COMPLETE, by=by, seen=seen, now=now)


def reopen(session: Session, submission: Submission, *, reason: str, by: Actor, seen: int, now: datetime) -> None:
    """Take it up again: 重新办理."""
    check_text(reason, most=1_000, field="reason")
    _decide(session, submission, Action.REOPEN, by=by, seen=seen, now=now, reason=reason)


def classify(
    session: Session,
    submission: Submission,
    *,
    values: dict[str, Any],
    units: list[int],
    by: Actor,
    seen: int,
    now: datetime,
) -> None:
    """Set what staff know about it (CLASSIFIED columns and the units concerned); the event keeps old and new."""
    check_version(submission, seen)
    changes = {
        name: [getattr(submission, name), values[name]]
        for name in CLASSIFIED
        if getattr(submission, name) != values[name]
    }
    before = sorted(
        session.scalars(select(SubmissionUnit.unit_id).where(SubmissionUnit.submission_id == submission.id))
    )
    if before != sorted(units):
        changes["units"] = [before, sorted(units)]
        _map_units(session, submission, units)
    if not changes:
        return
    for name in CLASSIFIED:
        setattr(submission, name, values[name])
    append(session, submission, "classified", at=now, user_id=by.id, detail=changes)


def undo(session: Session, submission: Submission, *, by: Actor, seen: int, now: datetime, within: timedelta) -> Undone:
    """Take back one's own last decision, while its sender has not been told; what was said in it is returned."""
    check_version(submission, seen)
    last = session.get_one(Event, (submission.id, submission.version))
    if not may_undo(last, user_id=by.id, now=now, within=within):
        raise RefusalError("只能撤销自己刚才的处理，现在已经不能撤销了。需要更正时，请重新办理。")
    detail, before = last.detail or {}, submission.status
    if last.kind == "classified":
        _restore_classes(session, submission, detail)
    submission.status = last.from_status or before
    for name, value in detail.get("before", {}).items():
        setattr(submission, name, value)
    append(session, submission, "undone", at=now, user_id=by.id, before=before, detail={"of": last.kind})
    if "reply" not in detail:
        return Undone()
    session.add(UndoneReply(id=detail["reply"]))
    return Undone(session.get_one(Reply, detail["reply"]).body, detail["outcome"], detail["summary"])


def _restore_classes(session: Session, submission: Submission, changes: dict[str, Any]) -> None:
    for name, (old, _new) in changes.items():
        if name == "units":
            _map_units(session, submission, old)
        else:
            setattr(submission, name, old)


def view_contact(session: Session, submission: Submission, *, reason: str, by: Actor, now: datetime) -> None:
    """Record that somebody asked for the contact details, and why."""
    check_text(reason, most=200, field="reason")
    session.add(AuditEntry(kind="contact_viewed", at=now, user_id=by.id, submission_id=submission.id, reason=reason))


def check_version(submission: Submission, seen: int) -> None:
    """Raise StaleSubmissionError where the page that is answered to showed an older version."""
    if submission.version != seen:
        raise StaleSubmissionError


def _decide(
    session: Session,
    submission: Submission,
    action: Action,
    *,
    by: Actor,
    seen: int,
    now: datetime,
    reason: str | None = None,
    detail: dict[str, Any] | None = None,
    **columns: str,
) -> None:
    check_version(submission, seen)
    drop(session, submission)
    release(submission, by=by)
    before = submission.status
    submission.status = next_status(Status(before), action)
    if columns:
        detail = {**(detail or {}), "before": {name: getattr(submission, name) for name in columns}}
    for name, value in columns.items():
        setattr(submission, name, value)
    append(session, submission, action, at=now, user_id=by.id, before=before, reason=reason, detail=detail)


def _map_units(session: Session, submission: Submission, units: list[int]) -> None:
    known = set(session.scalars(select(Unit.id).where(Unit.id.in_(units))))
    if known != set(units):
        raise RefusalError("有的单位已不在单位名录里，请重新选择。", field="units")
    for row in session.scalars(select(SubmissionUnit).where(SubmissionUnit.submission_id == submission.id)):
        session.delete(row)
    session.flush()
    session.add_all([SubmissionUnit(submission_id=submission.id, unit_id=unit_id) for unit_id in sorted(known)])
