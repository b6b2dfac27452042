"""How the service is doing, for those who look after it: numbers of hours, nothing about anybody."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback.base.domain.moment import hour_of
from feedback.cases.models.arrival import Arrival
from feedback.intake.models import CrowdedHour

HOURS_SHOWN = 72


@dataclass(frozen=True)
class Status:
    """The crowded hours of late, the newest first, and how many opinions wait though their hour is over."""

    crowded: list[tuple[datetime, int]]
    overdue_arrivals: int


def status_of(session: Session, *, now: datetime) -> Status:
    """How it stands at a moment."""
    since = hour_of(now) - timedelta(hours=HOURS_SHOWN)
    hours = session.execute(
        select(CrowdedHour.hour, CrowdedHour.sendings)
        .where(CrowdedHour.hour >= since)
        .order_by(CrowdedHour.hour.desc())
    )
    # In the first minute of an hour a worker may not have been there yet.
    over = hour_of(now - timedelta(minutes=5))
    overdue = session.scalar(select(func.count()).select_from(Arrival).where(Arrival.received_at < over))
    return Status([(hour, sendings) for hour, sendings in hours], overdue or 0)
