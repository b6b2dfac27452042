"""The job table as a queue."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.database import writing
from feedback.base.adapters.jobs import (
    LASTS,
    MAX_ATTEMPTS,
    Lease,
    LeaseLostError,
    beat,
    enqueue,
    finish,
    give_back,
    lease_next,
    lease_queued,
)
from feedback.base.models.job import Job

NOW = datetime(2026, 11, 20, 1, 30, 45, tzinfo=UTC)
LATER = NOW + LASTS + timedelta(seconds=1)

Sessions = sessionmaker[Session]


def make_jobs(sessions: Sessions, count: int = 1) -> list[int]:
    with writing(sessions) as session:
        return [enqueue(session, "export", {"place": place}, now=NOW).id for place in range(count)]


def get_job(sessions: Sessions, job_id: int) -> Job:
    with sessions() as session:
        return session.get_one(Job, job_id)


def claimed(sessions: Sessions, now: datetime = NOW) -> Lease:
    lease = lease_next(sessions, now=now)
    assert lease is not None
    return lease


def test_the_oldest_job_is_taken_first_with_all_it_needs(sessions: Sessions) -> None:
    first, second = make_jobs(sessions, 2)

    claims = [claimed(sessions), claimed(sessions)]

    assert [(lease.job_id, lease.kind, lease.payload) for lease in claims] == [
        (first, "export", {"place": 0}),
        (second, "export", {"place": 1}),
    ]
    assert lease_next(sessions, now=NOW) is None


def test_a_job_belongs_to_the_transaction_that_asks_for_it(sessions: Sessions) -> None:
    with sessions() as session:
        enqueue(session, "export", {}, now=NOW)
        session.rollback()

    assert lease_next(sessions, now=NOW) is None


def test_workers_at_once_never_get_the_same_job(sessions: Sessions) -> None:
    jobs = make_jobs(sessions, 24)

    def work(_worker: int) -> list[int]:
        return [lease.job_id for lease in iter(lambda: lease_next(sessions, now=NOW), None)]

    with ThreadPoolExecutor(4) as pool:
        taken = Counter(job for done in pool.map(work, range(4)) for job in done)

    assert taken == Counter(jobs)


def test_a_job_under_a_lease_is_left_alone_and_then_taken_over(sessions: Sessions) -> None:
    make_jobs(sessions)
    old = claimed(sessions)

    assert lease_next(sessions, now=NOW + LASTS) is None
    new = claimed(sessions, LATER)

    assert (new.job_id, new.fence) == (old.job_id, old.fence + 1)


def test_a_worker_that_lost_its_job_can_write_nothing_any_more(sessions: Sessions) -> None:
    make_jobs(sessions)
    old = claimed(sessions)
    new = claimed(sessions, LATER)

    with pytest.raises(LeaseLostError):
        beat(sessions, old, done=5, total=9, now=LATER)
    with pytest.raises(LeaseLostError):
        give_back(sessions, old, now=LATER)
    with pytest.raises(LeaseLostError), writing(sessions) as session:
        finish(session, old, now=LATER)

    job = get_job(sessions, new.job_id)
    assert (job.status, job.done_count, job.finished_at) == ("running", 0, None)
    beat(sessions, new, done=1, total=9, now=LATER)


def test_a_beat_renews_the_lease_and_shows_progress(sessions: Sessions) -> None:
    make_jobs(sessions)
    lease = claimed(sessions)

    beat(sessions, lease, done=500, total=1_200, now=NOW + LASTS)

    job = get_job(sessions, lease.job_id)
    assert (job.done_count, job.total_count) == (500, 1_200)
    assert lease_next(sessions, now=LATER) is None


def test_being_done_belongs_to_the_transaction_of_what_was_produced(sessions: Sessions) -> None:
    make_jobs(sessions)
    lease = claimed(sessions)
    with sessions() as session:
        finish(session, lease, now=NOW)
        session.rollback()
    assert get_job(sessions, lease.job_id).status == "running"

    with writing(sessions) as session:
        finish(session, lease, now=NOW)

    job = get_job(sessions, lease.job_id)
    assert (job.status, job.finished_at, job.leased_until) == ("done", NOW, None)
    assert lease_next(sessions, now=LATER) is None
    with pytest.raises(LeaseLostError):
        beat(sessions, lease, done=1, total=1, now=NOW)


def test_a_job_that_was_given_back_is_tried_three_times_and_then_fails(sessions: Sessions) -> None:
    (job_id,) = make_jobs(sessions)

    for _ in range(MAX_ATTEMPTS):
        give_back(sessions, claimed(sessions), now=NOW)

    job = get_job(sessions, job_id)
    assert MAX_ATTEMPTS == 3
    assert (job.status, job.attempts, job.finished_at) == ("failed", 3, NOW)
    assert lease_next(sessions, now=LATER) is None


def test_a_job_whose_workers_all_die_is_given_up_after_the_third(sessions: Sessions) -> None:
    (job_id,) = make_jobs(sessions)
    for attempt in range(MAX_ATTEMPTS):
        claimed(sessions, NOW + attempt * 2 * LASTS)

    found = lease_next(sessions, now=NOW + 6 * LASTS)

    assert found is None
    assert get_job(sessions, job_id).status == "failed"


def test_a_job_that_is_given_up_does_not_hold_up_the_next(sessions: Sessions) -> None:
    make_jobs(sessions)
    for attempt in range(MAX_ATTEMPTS):
        claimed(sessions, NOW + attempt * 2 * LASTS)
    (following,) = make_jobs(sessions)

    assert claimed(sessions, NOW + 6 * LASTS).job_id == following


def test_taking_a_job_leaves_no_other_row_changed(sessions: Sessions) -> None:
    jobs = make_jobs(sessions, 3)

    claimed(sessions)

    with sessions() as session:
        waiting = session.scalar(select(func.count()).where(Job.status == "queued", Job.attempts == 0))
    assert waiting == len(jobs) - 1


def test_a_job_for_the_night_waits_for_it_and_holds_up_no_other(sessions: Sessions) -> None:
    with writing(sessions) as session:
        tonight = enqueue(session, "erase", {}, now=NOW, not_before=NOW + timedelta(hours=9)).id
    (other,) = make_jobs(sessions)

    assert claimed(sessions).job_id == other
    assert lease_next(sessions, now=NOW) is None
    assert claimed(sessions, NOW + timedelta(hours=9)).job_id == tonight


def test_who_waits_for_a_job_may_take_it_unless_a_worker_has(sessions: Sessions) -> None:
    first, second = make_jobs(sessions, 2)
    claimed(sessions)

    assert lease_queued(sessions, first, now=NOW) is None
    own = lease_queued(sessions, second, now=NOW)
    assert own is not None and own.job_id == second
    assert lease_next(sessions, now=NOW) is None
    assert claimed(sessions, LATER).job_id == first
