"""Decisions about one submission; each appends its event in the same transaction."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from feedback.base.domain.moment import china_day
from feedback.base.domain.permission import Actor
from feedback.base.domain.refusal import RefusalError
from feedback.base.domain.text import MAX_REPLY_LENGTH
from feedback.base.models.audit import AuditEntry
from feedback.base.models.unit import Unit
from feedback.cases.domain.opinion import check_text
from feedback.cases.domain.placeholder import check_filled
from feedback.cases.domain.submission import Action, Status, next_status
from feedback.cases.domain.undo import may_undo
from feedback.cases.models.event import Event
from feedback.cases.models.reply import Reply, UndoneReply
from feedback.cases.models.submission import Submission, SubmissionTag, SubmissionUnit
from feedback.cases.services.claim import release
from feedback.cases.services.deadline import set_due
from feedback.cases.services.event import append
from feedback.cases.services.proposal import drop, hold

MAX_SUMMARY_LENGTH = 200
CLASSIFIED = ("category", "task", "issue_nature", "priority", "responsible_unit_id", "responsible_person")


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


def accept(
    session: Session, submission: Submission, *, by: Actor, seen: int, now: datetime, bulk: int | None = None
) -> None:
    """Take it on: 受理. With `bulk`, as here below, the event names the bulk it is a part of."""
    decide(session, submission, Action.ACCEPT, by=by, seen=seen, now=now, detail=part_of(bulk))


def reject(
    session: Session,
    submission: Submission,
    *,
    reason: str,
    kind: str | None = None,
    by: Actor,
    seen: int,
    now: datetime,
    proposed_by: int | None = None,
    bulk: int | None = None,
) -> None:
    """Refuse it with a reason the sender reads: 不予受理; or propose to, where a second person has to confirm.

    `kind` is a key of the campaign's set `rejection`, where it has one.
    """
    check_version(submission, seen)
    check_text(reason, most=1_000, field="reason")
    check_filled(reason, field="reason")
    given: dict[str, Any] = {"reason": reason, "by": by, "now": now}
    part = part_of(bulk) or {}
    if hold(session, submission, Action.REJECT, proposed_by=proposed_by, rejection_kind=kind, detail=part, **given):
        return
    given |= {"rejection_reason": reason, "rejection_kind": kind}
    decide(session, submission, Action.REJECT, seen=seen, detail={"rejection_kind": kind, **part}, **given)


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
    author_id: int | None = None,
) -> None:
    """Answer the sender: 答复, with 采纳情况 and 归纳要点; `author_id` wrote what `by` signs."""
    _check_reply(body, summary)
    given: dict[str, Any] = {"outcome": outcome, "summary": summary}
    answer = Reply(submission_id=submission.id, user_id=author_id or by.id, body=body, replied_at=now)
    session.add(answer)
    session.flush()
    detail = {**given, "reply": answer.id}
    decide(session, submission, Action.REPLY, by=by, seen=seen, now=now, detail=detail, **given)


def ask_to_sign(
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
    """送签: let a colleague read an answer before it is given; its words stay on record whatever he says."""
    check_version(submission, seen)
    _check_reply(body, summary)
    who: dict[str, Any] = {"by": by, "now": now, "proposed_by": None, "is_wanted": True}
    hold(session, submission, Action.REPLY, reason=body, given={"outcome": outcome, "summary": summary}, **who)


def _check_reply(body: str, summary: str) -> None:
    check_text(body, most=MAX_REPLY_LENGTH, field="body")
    check_filled(body, field="body")
    check_text(summary, most=MAX_SUMMARY_LENGTH, field="summary")


def complete(
    session: Session,
    submission: Submission,
    *,
    by: Actor,
    seen: int,
    now: datetime,
    proposed_by: int | None = None,
    bulk: int | None = None,
) -> None:
    """Say that nothing more will be done: 办结; or propose to, where a second person has to confirm."""
    check_version(submission, seen)
    who: dict[str, Any] = {"by": by, "now": now, "detail": part_of(bulk)}
    if not hold(session, submission, Action.COMPLETE, proposed_by=proposed_by, **who):
        decide(session, submission, Action.COMPLETE, seen=seen, **who)


def reopen(session: Session, submission: Submission, *, reason: str, by: Actor, seen: int, now: datetime) -> None:
    """Take it up again: 重新办理."""
    check_text(reason, most=1_000, field="reason")
    decide(session, submission, Action.REOPEN, by=by, seen=seen, now=now, reason=reason)


def classify(
    session: Session,
    submission: Submission,
    *,
    values: dict[str, Any],
    units: list[int] | None,
    tags: list[str] | None = None,
    by: Actor,
    seen: int,
    now: datetime,
    bulk: int | None = None,
) -> None:
    """Set what staff know about it: those CLASSIFIED columns that `values` holds, and units and tags if given.

    The event keeps old and new.
    """
    check_version(submission, seen)
    given = {name: values[name] for name in CLASSIFIED if name in values}
    changes = {
        name: [getattr(submission, name), value] for name, value in given.items() if getattr(submission, name) != value
    }
    if units is not None:
        changes |= _mapped_units(session, submission, units)
    if tags is not None:
        changes |= _tagged(session, submission, tags)
    if not changes:
        return
    for name, value in given.items():
        setattr(submission, name, value)
    append(session, submission, "classified", at=now, user_id=by.id, detail={**changes, **(part_of(bulk) or {})})


def undo(session: Session, submission: Submission, *, by: Actor, seen: int, now: datetime, within: timedelta) -> Undone:
    """Take back one's own last decision, while its sender has not been told; what was said in it is returned."""
    check_version(submission, seen)
    last = session.get_one(Event, (submission.id, submission.version))
    if not may_undo(last, user_id=by.id, now=now, within=within):
        raise RefusalError("只能撤销自己刚才的处理，现在已经不能撤销了。需要更正时，请重新办理。")
    return take_back(session, submission, last, by=by, now=now)


def take_back(session: Session, submission: Submission, last: Event, *, by: Actor, now: datetime) -> Undone:
    """Undo the last event of a submission; the caller has seen to it that its sender was not told of it."""
    detail, before = last.detail or {}, submission.status
    if last.kind == "classified":
        _restore_classes(session, submission, detail)
    submission.status = last.from_status or before
    for name, value in detail.get("before", {}).items():
        setattr(submission, name, value)
    if "due" in detail:
        submission.due_on = date.fromisoformat(detail["due"][0]) if detail["due"][0] else None
    append(session, submission, "undone", at=now, user_id=by.id, before=before, detail={"of": last.kind})
    if "reply" not in detail:
        return Undone()
    session.add(UndoneReply(id=detail["reply"]))
    return Undone(session.get_one(Reply, detail["reply"]).body, detail["outcome"], detail["summary"])


def _restore_classes(session: Session, submission: Submission, changes: dict[str, Any]) -> None:
    for name in CLASSIFIED:
        if name in changes:
            setattr(submission, name, changes[name][0])
    if "units" in changes:
        _map_units(session, submission, changes["units"][0])
    if "tags" in changes:
        _tagged(session, submission, changes["tags"][0])


def view_contact(session: Session, submission: Submission, *, reason: str, by: Actor, now: datetime) -> None:
    """Record that somebody asked for the contact details, and why."""
    check_text(reason, most=200, field="reason")
    session.add(AuditEntry(kind="contact_viewed", at=now, user_id=by.id, submission_id=submission.id, reason=reason))


def part_of(bulk: int | None) -> dict[str, Any] | None:
    """What an event says of the bulk it is a part of."""
    return None if bulk is None else {"bulk": bulk}


def check_version(submission: Submission, seen: int) -> None:
    """Raise StaleSubmissionError where the page that is answered to showed an older version."""
    if submission.version != seen:
        raise StaleSubmissionError


def decide(
    session: Session,
    submission: Submission,
    action: Action,
    *,
    by: Actor,
    seen: int,
    now: datetime,
    reason: str | None = None,
    detail: dict[str, Any] | None = None,
    due_on: date | None = None,
    **columns: str | int | None,
) -> None:
    """Carry out one action, with its event; what the `columns` held before stands in it, for an undo."""
    check_version(submission, seen)
    drop(session, submission)
    release(submission, by=by)
    status = submission.status
    submission.status = next_status(Status(status), action)
    if columns:
        detail = {**(detail or {}), "before": {name: getattr(submission, name) for name in columns}}
    for name, value in columns.items():
        setattr(submission, name, value)
    due = set_due(session, submission, today=china_day(now), day=due_on)
    detail = {**(detail or {}), **due} or None
    append(session, submission, action, at=now, user_id=by.id, before=status, reason=reason, detail=detail)


def _mapped_units(session: Session, submission: Submission, units: list[int]) -> dict[str, Any]:
    """Map the units a submission concerns; what has changed by that."""
    mapped = select(SubmissionUnit.unit_id).where(SubmissionUnit.submission_id == submission.id)
    before = sorted(session.scalars(mapped))
    if before == sorted(units):
        return {}
    _map_units(session, submission, units)
    return {"units": [before, sorted(units)]}


def _map_units(session: Session, submission: Submission, units: list[int]) -> None:
    known = set(session.scalars(select(Unit.id).where(Unit.id.in_(units))))
    if known != set(units):
        raise RefusalError("有的单位已不在单位名录里，请重新选择。", field="units")
    for row in session.scalars(select(SubmissionUnit).where(SubmissionUnit.submission_id == submission.id)):
        session.delete(row)
    session.flush()
    session.add_all([SubmissionUnit(submission_id=submission.id, unit_id=unit_id) for unit_id in sorted(known)])


def _tagged(session: Session, submission: Submission, tags: list[str]) -> dict[str, Any]:
    """Put these tags on a submission and take the others off; what has changed by that."""
    present = select(SubmissionTag.tag).where(SubmissionTag.submission_id == submission.id)
    before, after = sorted(session.scalars(present)), sorted(set(tags))
    if before == after:
        return {}
    session.execute(delete(SubmissionTag).where(SubmissionTag.submission_id == submission.id))
    session.add_all([SubmissionTag(submission_id=submission.id, tag=tag) for tag in after])
    return {"tags": [before, after]}
