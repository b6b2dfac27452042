"""What arrived within the hour, seen through the filter of a queue: for those who decide about it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, func, literal, select, tuple_, union_all
from sqlalchemy.orm import Session

from feedback.base.domain.moment import start_of_china_day
from feedback.base.domain.permission import Actor
from feedback.cases.domain.search import holds_all, searched
from feedback.cases.models.arrival import Arrival
from feedback.cases.queries.arrival import arriving_for
from feedback.desk.domain.queue import MOST_COUNTED, Queue, QueueFilter


def arriving(
    session: Session, wanted: QueueFilter, actor: Actor, *, behind: Arrival | None = None, most: int | None = None
) -> list[Arrival]:
    """What arrived within the hour and a filter shows, to those who decide; in no order that says anything."""
    if not wanted.may_show_arrivals:
        return []
    conditions = _matching(wanted, actor)
    if behind is not None:
        conditions.append(tuple_(Arrival.received_at, Arrival.id) > tuple_(behind.received_at, behind.id))
    found_ones = select(Arrival).where(*conditions).order_by(Arrival.received_at, Arrival.id)
    if not wanted.words:
        return list(session.scalars(found_ones.limit(most)))
    # They are few: an hour's.
    fitting = (one for one in session.scalars(found_ones) if holds_all(_searched_of(one), wanted.words))
    return list(islice(fitting, most))


def _matching(wanted: QueueFilter, actor: Actor) -> list[ColumnElement[bool]]:
    columns = {
        Arrival.campaign_id: wanted.campaign_id,
        Arrival.is_trial: wanted.is_trial,
        Arrival.respondent_group: wanted.group,
        Arrival.kind: wanted.kind,
        Arrival.category: wanted.category,
        Arrival.channel_id: wanted.channel_id,
    }
    conditions = [arriving_for(actor), *(column == value for column, value in columns.items() if value is not None)]
    if wanted.queue is Queue.SUSPICIOUS:
        conditions.append(Arrival.suspicion.is_not(None))
    return conditions + between(Arrival.received_at, wanted)


def between(column: Any, wanted: QueueFilter) -> list[ColumnElement[bool]]:
    """The days of a filter."""
    conditions = []
    if wanted.from_day is not None:
        conditions.append(column >= start_of_china_day(wanted.from_day))
    if wanted.to_day is not None:
        conditions.append(column < start_of_china_day(wanted.to_day + timedelta(days=1)))
    return conditions


def _searched_of(arrival: Arrival) -> str:
    return searched([arrival.number, arrival.body, *(value for _, _, value in arrival.answers)])


def arriving_counts(
    session: Session, filters: Sequence[QueueFilter], actor: Actor
) -> list[tuple[int, datetime | None]]:
    """How many each filter shows, and since when the oldest waits."""
    found = {
        place: (len(some), min((one.received_at for one in some), default=None))
        for place, wanted in enumerate(filters)
        if wanted.words and (some := arriving(session, wanted, actor, most=MOST_COUNTED + 1))
    }
    counted = [
        select(literal(place).label("place"), func.count(), func.min(Arrival.received_at)).where(
            *_matching(wanted, actor)
        )
        for place, wanted in enumerate(filters)
        if wanted.may_show_arrivals and not wanted.words
    ]
    if counted:
        found |= {place: (count, oldest_at) for place, count, oldest_at in session.execute(union_all(*counted))}
    return [found.get(place, (0, None)) for place in range(len(filters))]
