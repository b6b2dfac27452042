"""What the database holds of each submission, as plain values that a judge can read and a test can falsify."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.cases.models.event import Event
from feedback.cases.models.proposal import Proposal
from feedback.cases.models.reply import Reply, UndoneReply
from feedback.cases.models.submission import Submission
from feedback.cases.models.text import Text
from feedback.people.models import User

COLUMNS = (
    "category", "task", "issue_nature", "responsible_unit_id", "responsible_person", "summary", "outcome",
    "rejection_reason", "rejection_kind", "priority",
)  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One event; without a user its sender caused it."""

    position: int
    kind: str
    user: str | None
    from_status: str | None
    to_status: str | None
    reason: str | None
    detail: dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """One reply, under the id that its event names."""

    id: int
    user: str
    body: str | None
    is_undone: bool


@dataclass(frozen=True)
class Record:
    """One submission with all that hangs on it. `waiting` is the action and the user of a proposal."""

    number: str
    texts: tuple[str | None, ...]
    status: str
    version: int
    columns: dict[str, Any]
    merged_into: str | None
    waiting: tuple[str, str] | None
    claimed_by: str | None
    claimed_until: datetime | None
    steps: tuple[Step, ...]
    answers: tuple[Answer, ...]


def read_records(session: Session) -> list[Record]:
    """Every submission, in the order of arrival."""
    names: dict[int | None, str] = {user.id: user.name for user in session.scalars(select(User))}
    numbers = {row.id: row.number for row in session.scalars(select(Submission))}
    proposals = {row.submission_id: (row.action, names[row.user_id]) for row in session.scalars(select(Proposal))}
    steps, answers = _steps(session, names), _answers(session, names)
    texts: dict[int, list[str | None]] = {}
    for text in session.scalars(select(Text).order_by(Text.id)):
        texts.setdefault(text.submission_id, []).append(text.body)
    return [
        Record(
            number=row.number,
            texts=tuple(texts.get(row.id, [])),
            status=row.status,
            version=row.version,
            columns={name: getattr(row, name) for name in COLUMNS} | {"due_on": row.due_on and row.due_on.isoformat()},
            merged_into=numbers[row.merged_into_id] if row.merged_into_id else None,
            waiting=proposals.get(row.id),
            claimed_by=names.get(row.claimed_by_id),
            claimed_until=row.claimed_until,
            steps=tuple(steps.get(row.id, [])),
            answers=tuple(answers.get(row.id, [])),
        )
        for row in session.scalars(select(Submission).order_by(Submission.id))
    ]


def _steps(session: Session, names: dict[int | None, str]) -> dict[int, list[Step]]:
    steps: dict[int, list[Step]] = {}
    for event in session.scalars(select(Event).order_by(Event.submission_id, Event.position)):
        by, detail, stored = names.get(event.user_id), event.kept.to_json() or {}, event.detail or {}
        # Old rows say of a refusal without a kind that it has none.
        assert detail == {key: value for key, value in stored.items() if value is not None}, (event.kind, stored)
        step = Step(event.position, event.kind, by, event.from_status, event.to_status, event.reason, detail)
        steps.setdefault(event.submission_id, []).append(step)
    return steps


def _answers(session: Session, names: dict[int | None, str]) -> dict[int, list[Answer]]:
    undone = set(session.scalars(select(UndoneReply.id)))
    answers: dict[int, list[Answer]] = {}
    for reply in session.scalars(select(Reply).order_by(Reply.id)):
        answer = Answer(reply.id, names[reply.user_id], reply.body, reply.id in undone)
        answers.setdefault(reply.submission_id, []).append(answer)
    return answers
