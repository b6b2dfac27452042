"""The queue: a page of it, its counts, and one submission out of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from feedback.adapters.search_index import found
from feedback.domain.moment import start_of_china_day
from feedback.domain.permission import Actor, Permission
from feedback.domain.queue import MOST_COUNTED, PAGE_SIZE, Queue, QueueFilter
from feedback.domain.redaction import redacted
from feedback.domain.search import around
from feedback.domain.submission import Status
from feedback.models.channel import Channel
from feedback.models.proposal import Proposal
from feedback.models.submission import Submission
from feedback.models.text import Text
from feedback.models.user import User
from feedback.queries.duplicate import is_suspected
from feedback.queries.visibility import visible_to


class UnknownSubmissionError(LookupError):
    """There is no such submission, or the reader may not know of it: the two cannot be told apart."""


@dataclass(frozen=True)
class QueueRow:
    """One line of the queue; sets are given by their keys."""

    number: str
    status: Status
    respondent_group: str | None
    kind: str | None
    agency: str | None
    category: str | None
    received_at: datetime
    channel: str
    excerpt: str
    is_trial: bool
    suspicion: str | None
    is_reconsidered: bool
    claimed_by: str | None
    claimed_until: datetime | None


@dataclass(frozen=True)
class QueuePage:
    """At most PAGE_SIZE rows, the oldest first, and the number to go on after, if there are more."""

    rows: list[QueueRow]
    next_after: str | None


def matching(
    session: Session, view: QueueFilter, actor: Actor, permission: Permission = Permission.SUBMISSION_READ
) -> list[ColumnElement[bool]]:
    """The conditions of a filter, on top of what the actor may see at all."""
    conditions = filtered(view, actor, permission)
    if view.words:
        conditions.append(Submission.id.in_(found(session.get_bind().dialect.name, view.words)))
    return conditions


def filtered(
    view: QueueFilter, actor: Actor, permission: Permission = Permission.SUBMISSION_READ
) -> list[ColumnElement[bool]]:
    """The same without the words that are searched for."""
    conditions = [
        visible_to(actor, permission),
        Submission.campaign_id == view.campaign_id,
        Submission.is_trial == view.is_trial,
    ]
    wanted = {
        Submission.status: view.status,
        Submission.respondent_group: view.group,
        Submission.kind: view.kind,
        Submission.category: view.category,
        Submission.responsible_unit_id: view.unit_id,
        Submission.channel_id: view.channel_id,
    }
    conditions += [column == value for column, value in wanted.items() if value is not None]
    if view.queue is Queue.MINE:
        conditions.append(Submission.claimed_by_id == actor.id)
    if view.queue is Queue.TO_CONFIRM:
        waiting = select(Proposal.submission_id).where(Proposal.user_id != actor.id)
        conditions.append(Submission.id.in_(waiting))
    if view.queue is Queue.DUPLICATE:
        conditions.append(is_suspected())
    if view.queue is Queue.SUSPICIOUS:
        conditions.append(Submission.suspicion.is_not(None))
    if view.from_day is not None:
        conditions.append(Submission.received_at >= start_of_china_day(view.from_day))
    if view.to_day is not None:
        conditions.append(Submission.received_at < start_of_china_day(view.to_day + timedelta(days=1)))
    return conditions


def queue_page(
    session: Session, view: QueueFilter, actor: Actor, *, after: str | None, is_redacted: bool = False
) -> QueuePage:
    """The rows behind the one with the number `after`, found by key: page 200 costs what page 1 does."""
    shown = redacted if is_redacted else str
    statement = (
        select(
            Submission.number, Submission.status, Submission.respondent_group, Submission.kind, Submission.agency,
            Submission.category, Submission.received_at, Channel.name, Text.body, Submission.is_trial,
            Submission.suspicion, Submission.is_reconsidered, User.display_name, Submission.claimed_until,
        )
        .join(Channel, Channel.id == Submission.channel_id)
        .outerjoin(User, User.id == Submission.claimed_by_id)
        .join(Text, (Text.submission_id == Submission.id) & (Text.kind == "original"))
        .order_by(Submission.id)
        .limit(PAGE_SIZE + 1)
    )  # fmt: skip
    # Only a row one may see is a place to go on from: any other number must look like one that does not exist.
    seen = select(Submission.id).where(visible_to(actor), Submission.number == after).scalar_subquery()
    if view.words:
        statement = statement.where(Submission.id.in_(_first_found(session, view, actor, seen if after else None)))
    else:
        statement = statement.where(*filtered(view, actor))
        if after is not None:
            statement = statement.where(Submission.id > seen)
    found_rows = session.execute(statement).all()
    rows = [
        QueueRow(
            number=row[0], status=Status(row[1]), respondent_group=row[2], kind=row[3], agency=row[4],
            category=row[5], received_at=row[6], channel=row[7], excerpt=around(shown(row[8] or ""), view.words),
            is_trial=row[9], suspicion=row[10], is_reconsidered=row[11], claimed_by=row[12],
            claimed_until=row[13],
        )
        for row in found_rows[:PAGE_SIZE]
    ]  # fmt: skip
    return QueuePage(rows, rows[-1].number if len(found_rows) > PAGE_SIZE else None)


def _first_found(session: Session, view: QueueFilter, actor: Actor, seen: Any) -> list[int]:
    """The ids of a page of what is searched for, read along the index: the first ones are there at once."""
    statement = found(session.get_bind().dialect.name, view.words)
    place = statement.selected_columns[0]
    statement = statement.join(Submission, Submission.id == place).where(*filtered(view, actor))
    if seen is not None:
        statement = statement.where(place > seen)
    return list(session.scalars(statement.order_by(place).limit(PAGE_SIZE + 1)))


def count_exportable(session: Session, view: QueueFilter, actor: Actor) -> int:
    """How many submissions of a filter the actor may take out in a workbook."""
    conditions = matching(session, view, actor, Permission.EXPORT_CREATE)
    return session.scalar(select(func.count()).select_from(Submission).where(*conditions)) or 0


def counts(session: Session, views: Sequence[QueueFilter], actor: Actor) -> list[int]:
    """How many submissions each filter shows, one more than MOST_COUNTED for more, in one statement."""
    counted = []
    for view in views:
        some = select(Submission.id).where(*matching(session, view, actor)).limit(MOST_COUNTED + 1).subquery()
        counted.append(select(func.count()).select_from(some).scalar_subquery())
    return list(session.execute(select(*counted)).one())


def oldest_waiting(session: Session, view: QueueFilter, actor: Actor) -> datetime | None:
    """The hour at which the oldest submission of the filter was received."""
    oldest = select(Submission.received_at).where(*matching(session, view, actor)).order_by(Submission.id).limit(1)
    return session.scalar(oldest)


def get_submission(
    session: Session,
    number: str,
    actor: Actor,
    *,
    permission: Permission = Permission.SUBMISSION_READ,
    to_change: bool = False,
) -> Submission:
    """One submission on which the actor holds the permission, locked if it is `to_change`.

    Raises UnknownSubmissionError.
    """
    statement = select(Submission).where(visible_to(actor, permission), Submission.number == number.upper())
    if to_change:
        statement = statement.with_for_update(of=Submission)
    submission = session.scalar(statement)
    if submission is None:
        raise UnknownSubmissionError(number)
    return submission


def is_permitted(session: Session, submission: Submission, actor: Actor, permission: Permission) -> bool:
    """Whether the actor holds the permission on this very submission."""
    found = select(Submission.id).where(visible_to(actor, permission), Submission.id == submission.id)
    return session.scalar(found) is not None
