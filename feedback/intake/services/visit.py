"""Writing down how often doors were opened, when the hour is over."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from secrets import token_hex

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from feedback.base.adapters.database import insert_for
from feedback.base.domain.moment import hour_of
from feedback.campaigns.models.channel import ArrivingVisits, ChannelDay


def add_visits(session: Session, seen: Mapping[tuple[int, date], int], *, now: datetime) -> None:
    """Let visits of channels and days wait for the end of the hour."""
    rows = [
        {"id": token_hex(16), "channel_id": channel_id, "day": day, "noted_at": hour_of(now), "visits": visits}
        for (channel_id, day), visits in seen.items()
    ]
    session.execute(insert(ArrivingVisits), rows)


def have_visits_arrived(session: Session, *, now: datetime) -> bool:
    """Whether some wait of hours that are over."""
    return session.scalar(select(ArrivingVisits.id).where(ArrivingVisits.noted_at < hour_of(now)).limit(1)) is not None


def settle_visits(session: Session, *, now: datetime) -> None:
    """Add the visits of hours that are over to those of their channels and days."""
    over = ArrivingVisits.noted_at < hour_of(now)
    rows = session.scalars(select(ArrivingVisits).where(over).with_for_update(skip_locked=True)).all()
    seen = Counter[tuple[int, date]]()
    for row in rows:
        seen[row.channel_id, row.day] += row.visits
    insert_new = insert_for(session.get_bind().dialect.name)
    for (channel_id, day), visits in sorted(seen.items()):
        statement = insert_new(ChannelDay).values(channel_id=channel_id, day=day, visits=visits)
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["channel_id", "day"], set_={"visits": ChannelDay.visits + statement.excluded.visits}
            )
        )
    session.execute(delete(ArrivingVisits).where(ArrivingVisits.id.in_([row.id for row in rows])))
