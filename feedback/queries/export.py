"""The rows of a workbook: one streaming select, labels put in, contact details masked before anything is written."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from feedback.adapters.keys import Keys
from feedback.domain.contact import masked_name, masked_phone
from feedback.domain.moment import china_day
from feedback.domain.permission import Actor, Permission
from feedback.domain.question import AskedQuestion
from feedback.domain.queue import QueueFilter
from feedback.domain.submission import PUBLIC_STATES, SATISFACTION_LABELS, STATUS_LABELS, PublicState, Status
from feedback.models.campaign import Campaign
from feedback.models.channel import Channel
from feedback.models.contact import Contact
from feedback.models.export import Export
from feedback.models.job import Job
from feedback.models.reply import Reply
from feedback.models.submission import Answer, Submission, SubmissionUnit
from feedback.models.text import Text
from feedback.models.unit import Unit
from feedback.queries.campaign import labels_of, questions_of
from feedback.queries.dossier import opened_contact, stands
from feedback.queries.queue import matching
from feedback.queries.visibility import run_by

CHUNK = 500
PROVEN = "已核验"


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One submission in words, as it may be printed."""

    number: str
    received_on: date
    channel_id: int
    channel: str
    group: str
    submitter: str
    text: str
    kind: str
    category: str
    agency: str
    responsible_unit_id: int | None
    responsible_unit: str
    concerned_units: str
    region: str
    status: str
    outcome: str
    task: str
    issue_nature: str
    summary: str
    responsible_person: str
    replied_on: date | None
    reply: str
    satisfaction: str
    contact: str
    # By the key of the extra question.
    answers: dict[str, str]


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
        counties = [unit.name for unit in line if unit.level == "county"]
        return counties[0] if counties else (line[0].name if line else "")


def export_rows(session: Session, view: QueueFilter, actor: Actor, keys: Keys) -> Iterator[list[ExportRow]]:
    """Chunks of at most CHUNK rows, oldest first, from one statement and so of one moment."""
    words = _words(session, view.campaign_id)
    may_read_contacts = actor.may(Permission.CONTACT_READ)
    result = session.execute(_statement(session, view, actor).execution_options(yield_per=CHUNK))
    for chunk in result.partitions():
        concerned, answers = _concerned(session, [row.id for row in chunk], words), _answers(session, chunk, words)
        yield [
            _export_row(row, words, concerned, answers, _masked(row.Contact, keys) if may_read_contacts else "")
            for row in chunk
        ]


def exports_of(session: Session, actor: Actor) -> Sequence[tuple[Export, Job]]:
    """The actor's own exports, the newest first."""
    return [
        (export, job)
        for export, job in session.execute(
            select(Export, Job)
            .join(Job, Job.id == Export.job_id)
            .where(*_own(actor))
            .order_by(Export.id.desc())
            .limit(50)
        )
    ]


def own_export(session: Session, export_id: int, actor: Actor) -> tuple[Export, Job] | None:
    """One export with its job, if the actor asked for it and may still make it."""
    row = session.execute(
        select(Export, Job).join(Job, Job.id == Export.job_id).where(Export.id == export_id, *_own(actor))
    ).first()
    return None if row is None else (row[0], row[1])


def _own(actor: Actor) -> list[ColumnElement[bool]]:
    """What one asked for, of campaigns one may still export."""
    exportable = select(Campaign.id).where(run_by(actor.paths_with(Permission.EXPORT_CREATE)))
    return [Export.user_id == actor.id, Export.campaign_id.in_(exportable)]


# Columns and not objects: to make ten thousand of these took an eighth of an export.
_COLUMNS = (
    Submission.id, Submission.number, Submission.received_at, Submission.channel_id, Submission.respondent_group,
    Submission.is_proven, Submission.kind, Submission.category, Submission.agency, Submission.status,
    Submission.responsible_unit_id, Submission.responsible_person, Submission.outcome, Submission.task,
    Submission.issue_nature, Submission.summary, Submission.satisfaction, Submission.campaign_version_id,
)  # fmt: skip


def _statement(session: Session, view: QueueFilter, actor: Actor) -> Any:
    newest = select(func.max(Reply.id)).where(Reply.submission_id == Submission.id, stands()).correlate(Submission)
    return (
        select(*_COLUMNS, Text.body.label("text"), Contact, Reply.replied_at, Reply.body.label("reply"))
        .join(Text, (Text.submission_id == Submission.id) & (Text.kind == "original"))
        .outerjoin(Contact, (Contact.submission_id == Submission.id) & Contact.withdrawn_on.is_(None))
        .outerjoin(Reply, Reply.id == newest.scalar_subquery())
        .where(*matching(session, view, actor, Permission.EXPORT_CREATE))
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


def _answers(session: Session, chunk: Sequence[Any], words: _Words) -> dict[int, dict[str, str]]:
    """For each submission its answers in words, by question; of what is sealed none is read."""
    versions = {row.id: row.campaign_version_id for row in chunk if row.status != Status.QUARANTINED}
    given: dict[tuple[int, str], list[str]] = {}
    for submission_id, key, value in session.execute(
        select(Answer.submission_id, Answer.question, Answer.value)
        .where(Answer.submission_id.in_(versions), Answer.question.in_(words.questions), Answer.value.is_not(None))
        .order_by(Answer.submission_id, Answer.question, Answer.position)
    ):
        given.setdefault((submission_id, key), []).append(value or "")
    answers: dict[int, dict[str, str]] = {}
    for (submission_id, key), values in given.items():
        said = words.questions[key].in_words(values, version=versions[submission_id])
        answers.setdefault(submission_id, {})[key] = said
    return answers


def _masked(contact: Contact | None, keys: Keys) -> str:
    """王** 138****1234, or nothing."""
    clear = opened_contact(contact, keys) if contact else {}
    masks = {"name": masked_name, "phone": masked_phone}
    return " ".join(masks[column](value) for column, value in clear.items())


def _submitter(row: Any) -> str:
    if row.is_proven:
        return PROVEN
    return "匿名" if row.Contact is None else "已留联系方式"


def _export_row(
    row: Any, words: _Words, concerned: dict[int, str], answers: dict[int, dict[str, str]], contact: str
) -> ExportRow:
    # An answer counts while it stands: after a reopening or a refusal it is history, which the page of the case tells.
    is_answered = PUBLIC_STATES[Status(row.status)] is PublicState.ANSWERED
    return ExportRow(
        number=row.number,
        received_on=china_day(row.received_at),
        channel_id=row.channel_id,
        channel=words.channels.get(row.channel_id, ""),
        group=words.term("respondent_group", row.respondent_group),
        submitter=_submitter(row),
        text="（涉密封存）" if row.status == Status.QUARANTINED else row.text or "（原文已按规定清除）",
        kind=words.term("kind", row.kind),
        category=words.term("category", row.category),
        agency=words.term("agency", row.agency),
        responsible_unit_id=row.responsible_unit_id,
        responsible_unit=words.unit(row.responsible_unit_id),
        concerned_units=concerned.get(row.id, ""),
        region=words.region(row.responsible_unit_id),
        status=STATUS_LABELS[Status(row.status)],
        outcome=words.term("outcome", row.outcome) if is_answered else "",
        task=words.term("task", row.task),
        issue_nature=words.term("issue_nature", row.issue_nature),
        summary=row.summary or "",
        responsible_person=row.responsible_person or "",
        replied_on=china_day(row.replied_at) if is_answered and row.replied_at else None,
        reply=(row.reply or "") if is_answered else "",
        satisfaction=SATISFACTION_LABELS.get(row.satisfaction, "") if is_answered else "",
        contact=contact,
        answers=answers.get(row.id, {}),
    )
