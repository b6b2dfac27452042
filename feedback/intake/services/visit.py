"""Writing down how often doors were opened."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy.orm import Session

from feedback.base.adapters.database import insert_for
from feedback.campaigns.models.channel import ChannelDay


def add_visits(session: Session, seen: Mapping[tuple[int, date], int]) -> None:
    """Add to the visits of channels and days; two processes may do so at once."""
    insert = insert_for(session.get_bind().dialect.name)
    for (channel_id, day), visits in sorted(seen.items()):
        statement = insert(ChannelDay).values(channel_id=channel_id, day=day, visits=visits)
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["channel_id", "day"], set_={"visits": ChannelDay.visits + statement.excluded.visits}
            )
        )
