"""What one worker at a time does: as often as it should be done, and by another where one has died of it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters import routines
from tests.conftest import NOW

EVERY, LEASE = timedelta(hours=1), timedelta(minutes=10)
MOMENT = timedelta(microseconds=1)


def take(sessions: sessionmaker[Session], after: timedelta = timedelta(), name: str = "sweep") -> datetime | None:
    return routines.take(sessions, name, every=EVERY, lease=LEASE, now=NOW + after)


def held(sessions: sessionmaker[Session], after: timedelta = timedelta()) -> datetime:
    until = take(sessions, after)
    assert until is not None
    return until


def test_it_is_done_when_its_time_has_passed_since_it_was_last_begun(sessions: sessionmaker[Session]) -> None:
    routines.finish(sessions, "sweep", held(sessions), now=NOW)

    assert not take(sessions, EVERY - MOMENT)
    assert take(sessions, EVERY)


def test_nobody_else_does_it_meanwhile_but_for_other_routines(sessions: sessionmaker[Session]) -> None:
    assert take(sessions)

    assert not take(sessions, LEASE - MOMENT)
    assert take(sessions, name="release claims")


def test_who_has_died_of_it_holds_it_no_longer_than_the_lease(sessions: sessionmaker[Session]) -> None:
    assert take(sessions)

    assert take(sessions, LEASE)


def test_a_clock_that_was_wrong_once_stops_nothing_for_long(sessions: sessionmaker[Session]) -> None:
    far = timedelta(days=900)
    routines.finish(sessions, "sweep", held(sessions, far), now=NOW + far)
    assert take(sessions)

    # Somebody with such a clock has died of it.
    assert take(sessions, far, name="release claims")
    assert take(sessions, name="release claims")


def test_a_clock_that_lags_by_a_moment_does_nothing_twice(sessions: sessionmaker[Session]) -> None:
    routines.finish(sessions, "sweep", held(sessions), now=NOW)

    assert take(sessions, -MOMENT) is None


def test_who_overran_the_lease_frees_nobody_else(sessions: sessionmaker[Session]) -> None:
    first = held(sessions)
    second = held(sessions, LEASE)

    routines.finish(sessions, "sweep", first, now=NOW)
    assert take(sessions, LEASE + MOMENT) is None
    routines.finish(sessions, "sweep", second, now=NOW + LEASE)

    assert take(sessions, EVERY) is None
    assert take(sessions, LEASE + EVERY)


def test_what_failed_may_be_tried_again_at_once(sessions: sessionmaker[Session]) -> None:
    routines.give_back(sessions, "sweep", held(sessions))

    assert take(sessions)


def test_of_many_workers_at_once_one_does_it(sessions: sessionmaker[Session]) -> None:
    barrier = Barrier(8)

    def race(_: int) -> datetime | None:
        barrier.wait()
        return take(sessions)

    for _ in range(3):
        with ThreadPoolExecutor(8) as pool:
            (own,) = filter(None, pool.map(race, range(8)))
        routines.finish(sessions, "sweep", own, now=NOW - 2 * EVERY)
