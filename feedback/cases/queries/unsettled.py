"""Which decisions about many are not over yet: no sender is told of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, or_, select
from sqlalchemy.orm import Session, aliased

from feedback.base.domain.job import UNDER_WAY, JobStatus
from feedback.base.models.job import Job
from feedback.cases.domain.undo import bulk_of
from feedback.cases.models.bulk import Bulk
from feedback.cases.models.event import Event

CARRYING_JOB, UNDOING_JOB = aliased(Job), aliased(Job)
# A job that was given up ends its bulk where it stands: what was done stays done, and senders hear of it.
ENDED_AT: ColumnElement[datetime | None] = case(
    (CARRYING_JOB.status == JobStatus.FAILED, CARRYING_JOB.finished_at), else_=Bulk.finished_at
)


def with_jobs(statement: Any) -> Any:
    """A select of bulks, with the jobs that carry them out and undo them."""
    return statement.outerjoin(CARRYING_JOB, CARRYING_JOB.id == Bulk.job_id).outerjoin(
        UNDOING_JOB, UNDOING_JOB.id == Bulk.undo_job_id
    )


def unsettled_of(session: Session, events: Sequence[Event], *, settled_by: datetime) -> set[int]:
    """The bulks among some events that were not over at `settled_by`, or are being undone: no sender is told of them.

    Asks the database only where an event names one.
    """
    named = {bulk_id for one in events if (bulk_id := bulk_of(one)) is not None}
    if not named:
        return set()
    return set(session.scalars(with_jobs(select(Bulk.id)).where(Bulk.id.in_(named), is_open(settled_by))))


def is_open(settled_by: datetime) -> ColumnElement[bool]:
    """Whether a bulk was not over at a moment, or is being undone; for a select `with_jobs`."""
    return or_(ENDED_AT.is_(None), settled_by < ENDED_AT, UNDOING_JOB.status.in_(UNDER_WAY))
