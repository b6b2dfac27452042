"""The queue: a page of it, its counts, and one submission out of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, or_, select, true, union_all
from sqlalchemy.orm import Session

from feedback.base.domain.permission import Actor, Permission
from feedback.campaigns.models.channel import Channel
from feedback.cases.adapters.search_index import found
from feedback.cases.domain.action import Action
from feedback.cases.domain.disclosure import IN_PLACE_OF_WORDS, Disclosure, disclosed, is_sealed
from feedback.cases.domain.search import around
from feedback.cases.domain.submission import Priority, Status, TextKind
from feedback.cases.models.arrival import Arrival
from feedback.cases.models.proposal import Proposal
from feedback.cases.models.submission import Submission, SubmissionTag
from feedback.cases.models.text import Text
from feedback.cases.queries.arrival import get_arrival
from feedback.cases.queries.search import first_found, holding
from feedback.cases.queries.visibility import decided_by, visible_in, visible_to
from feedback.desk.domain.queue import MOST_COUNTED, PAGE_SIZE, Queue, QueueFilter
from feedback.desk.queries.arrival import arriving, arriving_counts, between
from feedback.people.models import User


@dataclass(frozen=True)
class QueueRow:
    """One line of the queue; sets are given by their keys.

    What has no blank may be shown of a sealed one, which is all that is known of it here.
    """

    number: str
    status: Status
    received_at: datetime
    channel: str
    disclosure: Disclosure = Disclosure.SEALED
    excerpt: str = IN_PLACE_OF_WORDS
    respondent_group: str | None = None
    kind: str | None = None
    agency: str | None = None
    category: str | None = None
    is_trial: bool = False
    suspicion: str | None = None
    is_reconsidered: bool = False
    claimed_by: str | None = None
    claimed_until: datetime | None = None
    priority: str = Priority.NORMAL
    due_on: date | None = None
    # Arrived within the hour, and in no bulk yet.
    is_arriving: bool = False


@dataclass(frozen=True)
class QueuePage:
    """At most PAGE_SIZE rows, the oldest first, and the number to go on after, if there are more."""

    rows: list[QueueRow]
    next_after: str | None


@dataclass(frozen=True)
class QueueCount:
    """How many submissions a filter shows, one more than MOST_COUNTED for more, and when the oldest was received.

    Those that arrived within the hour are among them, and are `arriving`.
    """

    count: int
    oldest_at: datetime | None
    arriving: int = 0

    @property
    def placed(self) -> int:
        """Without those, about which nothing can be done together yet."""
        return self.count if self.count > MOST_COUNTED else self.count - self.arriving


def matching(
    session: Session, wanted: QueueFilter, actor: Actor, permission: Permission = Permission.SUBMISSION_READ
) -> list[ColumnElement[bool]]:
    """The conditions of a filter, on top of what the actor may see at all."""
    return _matching(session.get_bind().dialect.name, wanted, actor, _own(wanted, visible_to(actor, permission)))


def _matching(dialect: str, wanted: QueueFilter, actor: Actor, own: ColumnElement[bool]) -> list[ColumnElement[bool]]:
    conditions = [*_listed(wanted, actor, own), *_narrowed(wanted)]
    if wanted.words:
        conditions.append(Submission.id.in_(found(dialect, wanted.words)))
    return conditions


def to_claim(session: Session, wanted: QueueFilter, actor: Actor) -> list[ColumnElement[bool]]:
    """The conditions of a filter for somebody who takes the first of a queue to decide about it."""
    decided = visible_to(actor, Permission.SUBMISSION_DECIDE)
    conditions = [*_listed(wanted, actor, _own(wanted, decided)), *_narrowed(wanted)]
    return [*conditions, holding(session, wanted.words)] if wanted.words else conditions


def _own(wanted: QueueFilter, visible: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whatever is visible of the campaign, or of its trial entries."""
    return and_(visible, Submission.campaign_id == wanted.campaign_id, Submission.is_trial == wanted.is_trial)


def _listed(wanted: QueueFilter, actor: Actor, own: ColumnElement[bool]) -> list[ColumnElement[bool]]:
    """The conditions that make the queues: for each there is an index that goes by ids."""
    conditions = [own]
    if wanted.status is not None:
        conditions.append(Submission.status == wanted.status)
    if wanted.queue is not None:
        conditions.append(_in_queue(wanted.queue, wanted, actor))
    return conditions


def _narrowed(wanted: QueueFilter) -> list[ColumnElement[bool]]:
    """The conditions that are looked up in each row of a queue."""
    columns = {
        Submission.respondent_group: wanted.group,
        Submission.kind: wanted.kind,
        Submission.category: wanted.category,
        Submission.priority: wanted.priority,
        Submission.responsible_unit_id: wanted.unit_id,
        Submission.channel_id: wanted.channel_id,
    }
    conditions = [column == value for column, value in columns.items() if value is not None]
    if wanted.tag is not None:
        conditions.append(Submission.id.in_(select(SubmissionTag.submission_id).where(SubmissionTag.tag == wanted.tag)))
    return [*conditions, *between(Submission.received_at, wanted), *_of_sealed(wanted)]


def _of_sealed(wanted: QueueFilter) -> list[ColumnElement[bool]]:
    """What nobody is shown of a sealed one finds it for nobody: to be in a list would tell what it holds."""
    if wanted.status is not None and not is_sealed(wanted.status):
        return []
    if wanted.asks_more_than_lists_show:
        return [Submission.status != Status.QUARANTINED]
    number = func.replace(func.lower(Submission.number), "-", "")
    has_words = [number.contains(word, autoescape=True) for word in wanted.words]
    return [or_(Submission.status != Status.QUARANTINED, and_(*has_words))] if has_words else []


def _in_queue(queue: Queue, wanted: QueueFilter, actor: Actor) -> ColumnElement[bool]:
    """What a queue that is no status holds for somebody."""
    match queue:
        case Queue.MINE:
            return Submission.claimed_by_id == actor.id
        case Queue.TO_CONFIRM:
            return Submission.id.in_(_proposed(actor).where(Proposal.action != Action.REPLY))
        case Queue.TO_SIGN:
            return Submission.id.in_(_proposed(actor).where(Proposal.action == Action.REPLY))
        case Queue.DUPLICATE:
            return Submission.has_lookalike == true()
        case Queue.SUSPICIOUS:
            return Submission.suspicion.is_not(None)
        case Queue.OVERDUE:
            return Submission.due_on < wanted.due_before


def _proposed(actor: Actor) -> Select[int]:
    """What colleagues have proposed."""
    return select(Proposal.submission_id).where(Proposal.user_id != actor.id)


def queue_page(session: Session, wanted: QueueFilter, actor: Actor, *, after: str | None) -> QueuePage:
    """The rows behind the one with the number `after`, found by key: page 200 costs what page 1 does.

    What arrived within the hour stands at the end.
    """
    behind = get_arrival(session, after, actor) if after is not None else None
    rows = _placed_rows(session, wanted, actor, after=after) if behind is None else []
    if len(rows) <= PAGE_SIZE:
        arrived = arriving(session, wanted, actor, behind=behind, most=PAGE_SIZE + 1 - len(rows))
        rows += _arriving_rows(session, arrived, wanted.words)
    return QueuePage(rows[:PAGE_SIZE], rows[PAGE_SIZE - 1].number if len(rows) > PAGE_SIZE else None)


def _placed_rows(session: Session, wanted: QueueFilter, actor: Actor, *, after: str | None) -> list[QueueRow]:
    """At most one more than a page shows."""
    statement = (
        select(
            Submission.number, Submission.status, Submission.received_at, Channel.name.label("channel"),
            Text.body, Submission.respondent_group, Submission.kind, Submission.agency, Submission.category,
            Submission.is_trial, Submission.suspicion, Submission.is_reconsidered,
            User.display_name.label("claimed_by"), Submission.claimed_until, Submission.priority, Submission.due_on,
            decided_by(actor).label("decides"),
        )
        .join(Channel, Channel.id == Submission.channel_id)
        .outerjoin(User, User.id == Submission.claimed_by_id)
        .join(Text, (Text.submission_id == Submission.id) & (Text.kind == TextKind.ORIGINAL))
        .order_by(Submission.id)
        .limit(PAGE_SIZE + 1)
    )  # fmt: skip
    # Only a row one may see is a place to go on from: any other number must look like one that does not exist.
    start = select(Submission.id).where(visible_to(actor), Submission.number == after).scalar_subquery()
    listed, narrowed = _listed(wanted, actor, _own(wanted, visible_in(wanted.campaign_id, actor))), _narrowed(wanted)
    if after is not None:
        listed.append(Submission.id > start)
    if wanted.words:
        ids = first_found(session, wanted.words, listed, narrowed, most=PAGE_SIZE + 1)
        statement = statement.where(Submission.id.in_(ids))
    else:
        statement = statement.where(*listed, *narrowed)
    return [_queue_row(row, wanted.words) for row in session.execute(statement)]


def _arriving_rows(session: Session, arrived: Sequence[Arrival], words: list[str]) -> list[QueueRow]:
    channels = select(Channel.id, Channel.name).where(Channel.id.in_({one.channel_id for one in arrived}))
    names = {channel_id: name for channel_id, name in session.execute(channels)}  # noqa: C416 - rows are no pairs to mypy
    return [
        QueueRow(
            one.number, Status.RECEIVED, one.received_at, names[one.channel_id], Disclosure.WHOLE,
            around(one.body, words), one.respondent_group, one.kind, one.agency, one.category, one.is_trial,
            one.suspicion, due_on=one.due_on, is_arriving=True,
        )
        for one in arrived
    ]  # fmt: skip


def _queue_row(row: Any, words: list[str]) -> QueueRow:
    """With the beginning of its text, or what was found in it."""
    known = {"number": row.number, "status": Status(row.status), "received_at": row.received_at, "channel": row.channel}
    disclosure = disclosed(row.status, reads=True, decides=row.decides)
    if disclosure.is_sealed:
        return QueueRow(**known)
    return QueueRow(
        **known, disclosure=disclosure, excerpt=around(disclosure.words(row.body or ""), words),
        respondent_group=row.respondent_group, kind=row.kind, agency=row.agency, category=row.category,
        is_trial=row.is_trial, suspicion=row.suspicion, is_reconsidered=row.is_reconsidered,
        claimed_by=row.claimed_by, claimed_until=row.claimed_until, priority=row.priority, due_on=row.due_on,
    )  # fmt: skip


def count_exportable(session: Session, wanted: QueueFilter, actor: Actor) -> int:
    """How many submissions of a filter the actor may take out in a workbook."""
    conditions = matching(session, wanted, actor, Permission.EXPORT_CREATE)
    return session.scalar(select(func.count()).select_from(Submission).where(*conditions)) or 0


def counts(session: Session, filters: Sequence[QueueFilter], actor: Actor) -> list[QueueCount]:
    """How many submissions each filter shows and since when the oldest waits."""
    statement = _counting(session.get_bind().dialect.name, tuple(filters), actor)
    placed = [QueueCount(count, oldest_at) for count, oldest_at in session.execute(statement)]
    arrived = arriving_counts(session, filters, actor)
    return [
        QueueCount(min(one.count + count, MOST_COUNTED + 1), one.oldest_at or oldest_at, count)
        for one, (count, oldest_at) in zip(placed, arrived, strict=True)
    ]


@lru_cache(maxsize=256)
def _counting(dialect: str, filters: tuple[QueueFilter, ...], actor: Actor) -> Select[int, datetime | None]:
    """The statement, kept: to put it together takes longer than to run it."""
    counted: list[Select[int, int, int | None]] = []
    visible = {one: visible_in(one, actor) for one in {wanted.campaign_id for wanted in filters}}
    # What the parts have in common, and what never changes, is not sent with each of them.
    shared = {(wanted.campaign_id, wanted.is_trial): _own(wanted, visible[wanted.campaign_id]) for wanted in filters}
    most: ColumnElement[int] = literal_column(str(MOST_COUNTED + 1))
    for place, wanted in enumerate(filters):
        conditions = _matching(dialect, wanted, actor, shared[wanted.campaign_id, wanted.is_trial])
        some = select(Submission.id).where(*conditions).order_by(Submission.id).limit(most).subquery()
        counted.append(
            select(
                literal_column(str(place)).label("place"), func.count().label("count"),
                func.min(some.c.id).label("oldest_id"),
            ).select_from(some)
        )  # fmt: skip
    each = union_all(*counted).subquery()
    return (
        select(each.c.count, Submission.received_at)
        .outerjoin(Submission, Submission.id == each.c.oldest_id)
        .order_by(each.c.place)
    )
