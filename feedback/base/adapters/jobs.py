"""The job table as a queue: a lease, a heartbeat, a fence, and at most three attempts."""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.database import writing
from feedback.base.domain.job import JobStatus
from feedback.base.models.job import Job

LASTS = timedelta(seconds=60)
MAX_ATTEMPTS = 3

Clock = Callable[[], datetime]


class LeaseLostError(RuntimeError):
    """Another worker has taken the job over; this one must not write any more."""


@dataclass(frozen=True)
class Lease:
    """A job this worker holds."""

    job_id: int
    kind: str
    payload: dict[str, Any]
    fence: int


def enqueue(
    session: Session, kind: str, payload: dict[str, Any], *, now: datetime, not_before: datetime | None = None
) -> Job:
    """Add a job to the caller's transaction."""
    job = Job(kind=kind, payload=payload, created_at=now, not_before=not_before)
    session.add(job)
    session.flush()
    return job


def lease_next(sessions: sessionmaker[Session], *, now: datetime) -> Lease | None:
    """Take the oldest job that waits or whose worker has gone silent; give up those tried too often."""
    is_ready = (Job.status == JobStatus.QUEUED) & or_(Job.not_before.is_(None), Job.not_before <= now)
    is_due = or_(is_ready, (Job.status == JobStatus.RUNNING) & (Job.leased_until < now))
    with sessions() as session:
        if session.scalar(select(Job.id).where(is_due).limit(1)) is None:
            return None
    with writing(sessions) as session:
        given_up = update(Job).where(is_due, Job.attempts >= MAX_ATTEMPTS)
        session.execute(given_up.values(status=JobStatus.FAILED, finished_at=now))
        job = session.scalar(select(Job).where(is_due).order_by(Job.id).limit(1).with_for_update(skip_locked=True))
        return None if job is None else _take(job, now)


def lease_queued(sessions: sessionmaker[Session], job_id: int, *, now: datetime) -> Lease | None:
    """Take this very job, to do it while somebody waits; None where a worker has it already."""
    is_queued = (Job.id == job_id) & (Job.status == JobStatus.QUEUED)
    with writing(sessions) as session:
        job = session.scalar(select(Job).where(is_queued).with_for_update(skip_locked=True))
        return None if job is None else _take(job, now)


def _take(job: Job, now: datetime) -> Lease:
    job.status, job.attempts, job.fence = JobStatus.RUNNING, job.attempts + 1, job.fence + 1
    job.leased_until = now + LASTS
    return Lease(job.id, job.kind, job.payload, job.fence)


def attempt(sessions: sessionmaker[Session], lease: Lease, work: Callable[[Lease], None], *, clock: Clock) -> None:
    """Do a job; an error fails the job, not whoever does it."""
    try:
        work(lease)
    except LeaseLostError:
        logging.getLogger(__name__).warning("a job was taken over by another worker")
    except Exception:
        logging.getLogger(__name__).exception("a job failed")
        # If not even this can be written, the lease runs out by itself.
        with suppress(Exception):
            give_back(sessions, lease, now=clock())


def beat(sessions: sessionmaker[Session], lease: Lease, *, done: int, total: int, now: datetime) -> None:
    """Renew the lease and show progress; LeaseLostError where the job is no longer this worker's."""
    with writing(sessions) as session:
        renew(session, lease, done=done, total=total, now=now)


def renew(session: Session, lease: Lease, *, done: int, total: int, now: datetime) -> None:
    """Renew the lease in the caller's transaction, whose work nobody else can be doing meanwhile."""
    _update(session, lease, leased_until=now + LASTS, done_count=done, total_count=total)


def finish(session: Session, lease: Lease, *, now: datetime) -> None:
    """Mark the job done in the caller's transaction, together with what it produced."""
    _update(session, lease, status=JobStatus.DONE, finished_at=now, leased_until=None)


def give_back(sessions: sessionmaker[Session], lease: Lease, *, now: datetime) -> None:
    """After an error: let the job be tried again, or fail it after the last attempt."""
    with writing(sessions) as session:
        job = session.get_one(Job, lease.job_id)
        is_last = job.attempts >= MAX_ATTEMPTS
        _update(
            session,
            lease,
            status=JobStatus.FAILED if is_last else JobStatus.QUEUED,
            finished_at=now if is_last else None,
        )


def _update(session: Session, lease: Lease, **values: Any) -> None:
    held = (Job.id == lease.job_id) & (Job.fence == lease.fence) & (Job.status == JobStatus.RUNNING)
    updated = session.scalar(update(Job).where(held).values(values).returning(Job.id))
    if updated is None:
        raise LeaseLostError(f"job {lease.job_id}")
