"""The rows of a workbook: one streaming select, labels put in, contact details masked before anything is written."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import count
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback.base.adapters.keys import Keys
from feedback.base.domain.moment import china_day
from feedback.base.domain.permission import Actor, Permission
from feedback.base.domain.unit import Level
from feedback.base.models.unit import Unit
from feedback.campaigns.domain.question import AskedQuestion
from feedback.campaigns.models.channel import Channel
from feedback.campaigns.queries.campaign import labels_of, questions_of
from feedback.cases.domain.action import Action
from feedback.cases.domain.contact import masked_name, masked_phone
from feedback.cases.domain.disclosure import IN_PLACE_OF_WORDS, Disclosure, disclosed, is_sealed
from feedback.cases.domain.referral import referred_at
from feedback.cases.domain.submission import SATISFACTION_LABELS, STATUS_LABELS, Status, TextKind, is_answered
from feedback.cases.models.contact import Contact
from feedback.cases.models.event import Event
from feedback.cases.models.reply import Reply
from feedback.cases.models.submission import Answer, Submission, SubmissionUnit
from feedback.cases.models.text import Text
from feedback.cases.queries.record import is_kept, is_not_undone, opened_contact
from feedback.cases.queries.visibility import decided_by, visible_to
from feedback.desk.domain.queue import QueueFilter
from feedback.desk.queries.queue import matching
from feedback.workbooks.domain.remark import remarks

CHUNK = 500
PROVEN = "已核验"


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One submission in words, as it may be printed, with its `place` in the workbook.

    What has no blank may be shown of a sealed one, which is all that is known of it here.
    """

    place: int
    number: str
    received_on: date
    channel_id: int
    channel: str
    status: str
    disclosure: Disclosure = Disclosure.SEALED
    group: str = ""
    submitter: str = ""
    text: str = IN_PLACE_OF_WORDS
    kind: str = ""
    category: str = ""
    agency: str = ""
    responsible_unit_id: int | None = None
    responsible_unit: str = ""
    concerned_units: str = ""
    region: str = ""
    outcome: str = ""
    task: str = ""
    issue_nature: str = ""
    summary: str = ""
    responsible_person: str = ""
    referred_on: date | None = None
    replied_on: date | None = None
    reply: str = ""
    satisfaction: str = ""
    contact: str = ""
    remarks: str = ""
    # By the key of the extra question.
    answers: dict[str, str | int | date] = field(default_factory=dict)


@dataclass(frozen=True)
class _Hanging:
    """What hangs on the submissions of a chunk, by their ids; of what is sealed none is read."""

    concerned: dict[int, str]
    answers: dict[int, dict[str, str | int | date]]
    referred_at: dict[int, datetime | None]
    # How many were merged into it, and the numbers of those into which some were merged.
    merged: dict[int, int]
    numbers: dict[int, str]


@dataclass(frozen=True)
class _Words:
    """What keys and ids mean, loaded once for the whole export."""

    labels: dict[str, dict[str, str]]
    channels: dict[int, str]
    units: dict[int, Unit]
    questions: dict[str, AskedQuestion]

    def term(self, name: str, key: str | None) -> str:
        return self.labels[name].get(key, key) if key else ""

    def unit(self, unit_id: int | None) -> str:
        return self.units[unit_id].name if unit_id in self.units else ""

    def region(self, unit_id: int | None) -> str:
        """The county the responsible unit lies in, or the nearest thing above it."""
        line = [self.units[int(part)] for part in self.units[unit_id].path.split("/") if part] if unit_id else []
        counties = [unit.name for unit in line if unit.level == Level.COUNTY]
        return counties[0] if counties else (line[0].name if line else "")


def export_rows(session: Session, wanted: QueueFilter, actor: Actor, keys: Keys) -> Iterator[list[ExportRow]]:
    """Chunks of at most CHUNK rows, oldest first, from one statement and so of one moment."""
    words = _words(session, wanted.campaign_id)
    may_read_contacts = actor.may(Permission.CONTACT_READ)
    result = session.execute(_statement(session, wanted, actor).execution_options(yield_per=CHUNK))
    places = count(1)
    for chunk in result.partitions():
        hanging = _hanging(session, [row for row in chunk if not is_sealed(row.status)], words, actor)
        yield [
            _export_row(place, row, words, hanging, keys if may_read_contacts else None)
            for row, place in zip(chunk, places, strict=False)
        ]


# Columns and not objects: to make ten thousand of these took an eighth of an export.
_COLUMNS = (
    Submission.id, Submission.number, Submission.received_at, Submission.channel_id, Submission.respondent_group,
    Submission.is_proven, Submission.kind, Submission.category, Submission.agency, Submission.status,
    Submission.responsible_unit_id, Submission.responsible_person, Submission.outcome, Submission.task,
    Submission.issue_nature, Submission.summary, Submission.satisfaction, Submission.campaign_version_id,
    Submission.merged_into_id, Submission.rejection_kind, Submission.is_reconsidered, Submission.priority,
)  # fmt: skip


def _statement(session: Session, wanted: QueueFilter, actor: Actor) -> Any:
    decides = decided_by(actor, Permission.EXPORT_CREATE).label("decides")
    newest = (
        select(func.max(Reply.id)).where(Reply.submission_id == Submission.id, is_not_undone()).correlate(Submission)
    )
    return (
        select(*_COLUMNS, Text.body.label("text"), Contact, Reply.replied_at, Reply.body.label("reply"), decides)
        .join(Text, (Text.submission_id == Submission.id) & (Text.kind == TextKind.ORIGINAL))
        .outerjoin(Contact, (Contact.submission_id == Submission.id) & is_kept())
        .outerjoin(Reply, Reply.id == newest.scalar_subquery())
        .where(*matching(session, wanted, actor, Permission.EXPORT_CREATE))
        .order_by(Submission.id)
    )


def _words(session: Session, campaign_id: int) -> _Words:
    channels = session.execute(select(Channel.id, Channel.name).where(Channel.campaign_id == campaign_id))
    units = session.scalars(select(Unit))
    return _Words(
        labels_of(session, campaign_id),
        {row.id: row.name for row in channels},
        {unit.id: unit for unit in units},
        {question.key: question for question in questions_of(session, campaign_id)},
    )


def _hanging(session: Session, rows: Sequence[Any], words: _Words, actor: Actor) -> _Hanging:
    ids = [row.id for row in rows]
    parts = select(Submission.merged_into_id, func.count()).where(
        Submission.merged_into_id.in_(ids), visible_to(actor, Permission.EXPORT_CREATE)
    )
    wholes = select(Submission.id, Submission.number).where(
        Submission.id.in_({row.merged_into_id for row in rows} - {None}),
        visible_to(actor, Permission.EXPORT_CREATE),
        Submission.status != Status.QUARANTINED,
    )
    return _Hanging(
        concerned=_concerned(session, ids, words),
        answers=_answers(session, rows, words),
        referred_at=_referred_at(session, ids),
        merged={into or 0: many for into, many in session.execute(parts.group_by(Submission.merged_into_id))},
        numbers=dict(session.execute(wholes).all()),
    )


def _referred_at(session: Session, ids: Sequence[int]) -> dict[int, datetime | None]:
    """Since when each of those that were ever referred is with its unit."""
    ever = select(Event.submission_id).where(Event.submission_id.in_(ids), Event.kind == Action.REFER)
    steps: dict[int, list[tuple[str, str | None, datetime]]] = {}
    for submission_id, kind, to_status, at in session.execute(
        select(Event.submission_id, Event.kind, Event.to_status, Event.at)
        .where(Event.submission_id.in_(ever))
        .order_by(Event.submission_id, Event.position)
    ):
        steps.setdefault(submission_id, []).append((kind, to_status, at))
    return {submission_id: referred_at(own) for submission_id, own in steps.items()}


def _concerned(session: Session, ids: Iterable[int], words: _Words) -> dict[int, str]:
    names: dict[int, list[str]] = {}
    rows = session.execute(
        select(SubmissionUnit.submission_id, SubmissionUnit.unit_id)
        .where(SubmissionUnit.submission_id.in_(ids))
        .order_by(SubmissionUnit.unit_id)
    )
    for submission_id, unit_id in rows:
        names.setdefault(submission_id, []).append(words.unit(unit_id))
    return {submission_id: "、".join(units) for submission_id, units in names.items()}


def _answers(session: Session, rows: Sequence[Any], words: _Words) -> dict[int, dict[str, str | int | date]]:
    """For each submission its answers, by question."""
    versions = {row.id: row.campaign_version_id for row in rows}
    given: dict[tuple[int, str], list[str]] = {}
    for submission_id, key, value in session.execute(
        select(Answer.submission_id, Answer.question, Answer.value)
        .where(Answer.submission_id.in_(versions), Answer.question.in_(words.questions), Answer.value.is_not(None))
        .order_by(Answer.submission_id, Answer.question, Answer.position)
    ):
        given.setdefault((submission_id, key), []).append(value or "")
    answers: dict[int, dict[str, str | int | date]] = {}
    for (submission_id, key), values in given.items():
        said = words.questions[key].as_value(values, version=versions[submission_id])
        answers.setdefault(submission_id, {})[key] = said
    return answers


def _shown(answers: dict[str, str | int | date], disclosure: Disclosure) -> dict[str, str | int | date]:
    if disclosure is Disclosure.WHOLE:
        return answers
    return {key: disclosure.words(said) if isinstance(said, str) else said for key, said in answers.items()}


def _masked(contact: Contact | None, keys: Keys) -> str:
    """王** 138****1234, or nothing."""
    clear = opened_contact(contact, keys) if contact else {}
    masks = {"name": masked_name, "phone": masked_phone}
    return " ".join(masks[column](value) for column, value in clear.items())


def _submitter(row: Any) -> str:
    if row.is_proven:
        return PROVEN
    return "匿名" if row.Contact is None else "已留联系方式"


def _remarks(row: Any, words: _Words, hanging: _Hanging) -> str:
    return remarks(
        merged_into=hanging.numbers.get(row.merged_into_id, "") if row.merged_into_id else None,
        merged=hanging.merged.get(row.id, 0),
        rejection=words.term("rejection", row.rejection_kind) if row.status == Status.REJECTED else "",
        is_reconsidered=row.is_reconsidered,
        priority=row.priority,
    )


def _shown_of_all(place: int, row: Any, words: _Words) -> dict[str, Any]:
    return {
        "place": place,
        "number": row.number,
        "received_on": china_day(row.received_at),
        "channel_id": row.channel_id,
        "channel": words.channels.get(row.channel_id, ""),
        "status": STATUS_LABELS[Status(row.status)],
    }


def _export_row(place: int, row: Any, words: _Words, hanging: _Hanging, keys: Keys | None) -> ExportRow:
    disclosure = disclosed(row.status, reads=True, decides=row.decides)
    if disclosure.is_sealed:
        return ExportRow(**_shown_of_all(place, row, words))
    # An answer counts while it stands: after a reopening or a refusal it is history, which the page of the case tells.
    has_answer = is_answered(Status(row.status))
    referred = hanging.referred_at.get(row.id)
    return ExportRow(
        **_shown_of_all(place, row, words),
        disclosure=disclosure,
        group=words.term("respondent_group", row.respondent_group),
        submitter=_submitter(row),
        text=disclosure.words(row.text or "（原文已按规定清除）"),
        kind=words.term("kind", row.kind),
        category=words.term("category", row.category),
        agency=words.term("agency", row.agency),
        responsible_unit_id=row.responsible_unit_id,
        responsible_unit=words.unit(row.responsible_unit_id),
        concerned_units=hanging.concerned.get(row.id, ""),
        region=words.region(row.responsible_unit_id),
        outcome=words.term("outcome", row.outcome) if has_answer else "",
        task=words.term("task", row.task),
        issue_nature=words.term("issue_nature", row.issue_nature),
        summary=disclosure.words(row.summary or ""),
        responsible_person=row.responsible_person or "",
        referred_on=china_day(referred) if referred else None,
        replied_on=china_day(row.replied_at) if has_answer and row.replied_at else None,
        reply=disclosure.words(row.reply or "") if has_answer else "",
        satisfaction=SATISFACTION_LABELS.get(row.satisfaction, "") if has_answer else "",
        contact=_masked(row.Contact, keys) if keys else "",
        remarks=_remarks(row, words, hanging),
        answers=_shown(hanging.answers.get(row.id, {}), disclosure),
    )
