"""Writing down how many sendings were above the limit of their networks, by the hour."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from feedback.base.adapters.database import insert_for
from feedback.intake.models import CrowdedHour


def add_crowded(session: Session, seen: Mapping[datetime, int]) -> None:
    """Add to the numbers of hours; two processes may do so at once."""
    insert = insert_for(session.get_bind().dialect.name)
    for hour, sendings in sorted(seen.items()):
        statement = insert(CrowdedHour).values(hour=hour, sendings=sendings)
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["hour"], set_={"sendings": CrowdedHour.sendings + statement.excluded.sendings}
            )
        )
