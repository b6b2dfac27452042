"""Decisions about one submission; each appends its event in the same transaction."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from feedback.base.domain.moment import china_day
from feedback.base.domain.permission import Actor
from feedback.base.domain.refusal import ConflictError, RefusalError
from feedback.base.domain.text import MAX_REASON_LENGTH, MAX_REPLY_LENGTH, MAX_SUMMARY_LENGTH
from feedback.base.models.audit import AuditEntry
from feedback.base.models.unit import Unit
from feedback.cases.domain.action import Action
from feedback.cases.domain.decision import Decision
from feedback.cases.domain.event import Changed, Classified, Decided, Rejected, Replied, Undone
from feedback.cases.domain.opinion import check_text
from feedback.cases.domain.placeholder import check_filled
from feedback.cases.domain.reply import Draft
from feedback.cases.domain.submission import Status, next_status
from feedback.cases.domain.undo import may_undo
from feedback.cases.models.event import Event
from feedback.cases.models.reply import Reply, UndoneReply
from feedback.cases.models.submission import Submission, SubmissionTag, SubmissionUnit
from feedback.cases.services import settlement
from feedback.cases.services.claim import release
from feedback.cases.services.deadline import set_due
from feedback.cases.services.event import append
from feedback.cases.services.proposal import clear_proposal, propose, propose_if_needed

CLASSIFIED = ("category", "task", "issue_nature", "priority", "responsible_unit_id", "responsible_person")


class StaleSubmissionError(ConflictError):
    """Somebody else changed the submission after the page was drawn."""

    def __init__(self) -> None:
        super().__init__("您填写期间，这件意见有了新的处理。请先看下面的办理记录；您写的内容还在，没有丢失。")


class SettledError(RefusalError):
    """The decision can no longer be taken back: its sender may have been told of it."""

    def __init__(self) -> None:
        super().__init__("只能撤销自己刚才的处理，现在已经不能撤销了。需要更正时，请重新办理。")


@dataclass(frozen=True)
class Classification:
    """What staff want to be known: those CLASSIFIED columns that `values` holds, and units and tags where given."""

    values: Mapping[str, str | int | None]
    units: Collection[int] | None = None
    tags: Collection[str] | None = None


def accept(session: Session, submission: Submission, decision: Decision) -> None:
    """Take it on: 受理."""
    decide(session, submission, Action.ACCEPT, decision)


def reject(session: Session, submission: Submission, decision: Decision, *, kind: str | None = None) -> None:
    """Refuse it with a reason the sender reads: 不予受理; or propose to, where a second person has to confirm.

    `kind` is a key of the campaign's set `rejection`, where it has one.
    """
    check_version(submission, decision)
    check_text(decision.words, most=MAX_REASON_LENGTH, field="reason")
    check_filled(decision.words, field="reason")
    if propose_if_needed(session, submission, Action.REJECT, decision, rejection_kind=kind):
        return
    columns = {"rejection_reason": decision.reason, "rejection_kind": kind}
    decide(session, submission, Action.REJECT, decision, kept=Rejected(rejection_kind=kind), columns=columns)


def reply(session: Session, submission: Submission, draft: Draft, decision: Decision) -> None:
    """Answer the sender: 答复; what a colleague signs stays the answer of its author."""
    _check_draft(draft)
    author_id = decision.proposed_by or decision.by.id
    answer = Reply(submission_id=submission.id, user_id=author_id, body=draft.body, replied_at=decision.at)
    session.add(answer)
    session.flush()
    kept = Replied(outcome=draft.outcome, summary=draft.summary, reply=answer.id)
    columns = {"outcome": draft.outcome, "summary": draft.summary}
    decide(session, submission, Action.REPLY, decision, kept=kept, columns=columns)


def ask_to_sign(session: Session, submission: Submission, draft: Draft, decision: Decision) -> None:
    """送签: let a colleague read an answer before it is given; its words stay on record whatever they say."""
    check_version(submission, decision)
    _check_draft(draft)
    propose(session, submission, Action.REPLY, decision, draft=draft)


def _check_draft(draft: Draft) -> None:
    check_text(draft.body, most=MAX_REPLY_LENGTH, field="body")
    check_filled(draft.body, field="body")
    check_text(draft.summary, most=MAX_SUMMARY_LENGTH, field="summary")


def complete(session: Session, submission: Submission, decision: Decision) -> None:
    """Say that nothing more will be done: 办结; or propose to, where a second person has to confirm."""
    check_version(submission, decision)
    if not propose_if_needed(session, submission, Action.COMPLETE, decision):
        decide(session, submission, Action.COMPLETE, decision)


def reopen(session: Session, submission: Submission, decision: Decision) -> None:
    """Take it up again: 重新办理."""
    check_text(decision.words, most=MAX_REASON_LENGTH, field="reason")
    decide(session, submission, Action.REOPEN, decision)


def classify(session: Session, submission: Submission, given: Classification, decision: Decision) -> None:
    """Set what staff know about it; the event keeps old and new."""
    check_version(submission, decision)
    changes = {
        name: Changed(before, given.values[name])
        for name, before in ((name, getattr(submission, name)) for name in CLASSIFIED if name in given.values)
        if before != given.values[name]
    }
    units = None if given.units is None else _map_units(session, submission, given.units)
    tags = None if given.tags is None else _tag(session, submission, given.tags)
    if not changes and units is None and tags is None:
        return
    for name, change in changes.items():
        setattr(submission, name, change.after)
    kept = Classified(decision.bulk_id, **changes, units=units, tags=tags)
    append(session, submission, "classified", at=decision.at, user_id=decision.by.id, kept=kept)


def undo(session: Session, submission: Submission, decision: Decision, *, within: timedelta) -> Draft | None:
    """Take back one's own last decision, while its sender has not been told; the answer that was in it, if any."""
    check_version(submission, decision)
    last = session.get_one(Event, (submission.id, submission.version))
    if not may_undo(last, user_id=decision.by.id, now=decision.at, within=within):
        raise SettledError
    return take_back(session, submission, last, decision)


def take_back(session: Session, submission: Submission, last: Event, decision: Decision) -> Draft | None:
    """Undo the last event of a submission, whose sender was not told of it; SettledError where they may have been."""
    if not settlement.take_back(session, last):
        raise SettledError
    kept, before = last.kept, submission.status
    if isinstance(kept, Classified):
        _restore_classes(session, submission, kept)
    submission.status = last.from_status or before
    if isinstance(kept, Decided):
        for name, value in kept.before.items():
            setattr(submission, name, value)
        if kept.due:
            submission.due_on = kept.due.before
    append(session, submission, "undone", at=decision.at, user_id=decision.by.id, before=before, kept=Undone(last.kind))
    if not isinstance(kept, Replied):
        return None
    session.add(UndoneReply(id=kept.reply))
    return Draft(session.get_one(Reply, kept.reply).body or "", kept.outcome, kept.summary)


def _restore_classes(session: Session, submission: Submission, kept: Classified) -> None:
    for name in CLASSIFIED:
        change = getattr(kept, name)
        if change:
            setattr(submission, name, change.before)
    if kept.units:
        _map_units(session, submission, kept.units.before)
    if kept.tags:
        _tag(session, submission, kept.tags.before)


def view_contact(session: Session, submission: Submission, *, reason: str, by: Actor, now: datetime) -> None:
    """Record that somebody asked for the contact details, and why."""
    check_text(reason, most=MAX_REASON_LENGTH, field="reason")
    session.add(AuditEntry(kind="contact_viewed", at=now, user_id=by.id, submission_id=submission.id, reason=reason))


def check_version(submission: Submission, decision: Decision) -> None:
    """Raise StaleSubmissionError where the page that is answered to showed an older version."""
    if submission.version != decision.seen_version:
        raise StaleSubmissionError


def decide(
    session: Session,
    submission: Submission,
    action: Action,
    decision: Decision,
    *,
    kept: Decided | None = None,
    columns: Mapping[str, str | int | None] | None = None,
    due_on: date | None = None,
) -> None:
    """Carry out one action, with its event; what the `columns` held before stands in it, for an undo."""
    check_version(submission, decision)
    clear_proposal(session, submission)
    release(submission, by=decision.by)
    status = submission.status
    submission.status = next_status(Status(status), action)
    before = {name: getattr(submission, name) for name in columns or {}}
    for name, value in (columns or {}).items():
        setattr(submission, name, value)
    due = set_due(session, submission, today=china_day(decision.at), day=due_on)
    append(
        session, submission, action,
        at=decision.at, user_id=decision.by.id, before=status, reason=decision.reason or None,
        kept=replace(
            kept or Decided(), bulk=decision.bulk_id, due=due, before=before, proposed_by=decision.proposed_by
        ),
    )  # fmt: skip


def _map_units(session: Session, submission: Submission, units: Collection[int]) -> Changed[list[int]] | None:
    """Map the units a submission concerns; what has changed by that."""
    mapped = session.scalars(select(SubmissionUnit).where(SubmissionUnit.submission_id == submission.id)).all()
    before, after = sorted(row.unit_id for row in mapped), sorted(set(units))
    if before == after:
        return None
    if set(session.scalars(select(Unit.id).where(Unit.id.in_(after)))) != set(after):
        raise RefusalError("有的单位已不在单位名录里，请重新选择。", field="units")
    for row in mapped:
        session.delete(row)
    session.flush()
    session.add_all([SubmissionUnit(submission_id=submission.id, unit_id=unit_id) for unit_id in after])
    return Changed(before, after)


def _tag(session: Session, submission: Submission, tags: Collection[str]) -> Changed[list[str]] | None:
    """Put these tags on a submission and take the others off; what has changed by that."""
    present = select(SubmissionTag.tag).where(SubmissionTag.submission_id == submission.id)
    before, after = sorted(session.scalars(present)), sorted(set(tags))
    if before == after:
        return None
    session.execute(delete(SubmissionTag).where(SubmissionTag.submission_id == submission.id))
    session.add_all([SubmissionTag(submission_id=submission.id, tag=tag) for tag in after])
    return Changed(before, after)
