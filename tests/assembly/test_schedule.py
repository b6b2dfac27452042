"""What a worker does again and again, and that one thing that fails keeps nothing else waiting."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.assembly import schedule
from feedback.assembly.schedule import SCHEDULE, SUBSCRIBERS, Left, Place, Routine, attempt, walk
from feedback.base.config import Settings
from feedback.base.domain.permission import Role
from feedback.cases.models.arrival import Arrival
from feedback.cases.models.submission import Submission
from feedback.cases.services import confirmation, moderation
from feedback.cases.services.search import Prepared
from feedback.desk.queries.note import calls_to
from feedback.people.models import User
from feedback.people.services.account import actor_of
from tests.factories import Factory
from tests.stored import submission_of

HOUR = timedelta(hours=1)

pytestmark = pytest.mark.on_both("statements of its own")


@pytest.fixture
def place(make: Factory, settings: Settings) -> Place:
    return Place(make.sessions, settings, lambda: make.keys)


@pytest.fixture
def no_time(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A worker that rests for no time, and for how long it would have."""
    rests: list[float] = []
    monkeypatch.setattr("time.sleep", rests.append)
    return rests


def counting(times: int, done: list[str], name: str = "count") -> Callable[[Place, datetime], bool]:
    def run(_place: Place, _now: datetime) -> bool:
        done.append(name)
        return done.count(name) < times

    return run


def test_every_routine_has_a_name_of_its_own_that_fits_its_column() -> None:
    names = [routine.name for routine in SCHEDULE]

    assert len(set(names)) == len(names)
    assert all(0 < len(name) <= 40 for name in names)


def test_whatever_is_done_by_one_worker_at_a_time_may_take_longer_than_it_should() -> None:
    assert all(routine.lease >= timedelta(minutes=1) for routine in SCHEDULE if routine.lease)


def test_what_has_more_to_do_goes_on_and_the_others_get_their_turn(place: Place, no_time: list[float]) -> None:
    done: list[str] = []
    two = [Routine(name, HOUR, counting(3, done, name)) for name in ("a", "b")]

    walk(two, place, is_over=lambda: False, once=True)

    assert done == ["a", "b", "a", "b", "a", "b"]
    assert set(no_time) == {schedule.YIELD_SECONDS}


def test_what_fails_is_tried_again_and_keeps_nothing_waiting(
    place: Place, no_time: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    done: list[str] = []

    def fail(_place: Place, _now: datetime) -> bool:
        raise RuntimeError("the disk is full")

    both = [Routine("fail", HOUR, fail), Routine("count", HOUR, counting(2, done))]
    walk(both, place, is_over=lambda: False, once=True)

    assert done == ["count", "count"]
    assert caplog.text.count("a routine failed") == 1


def test_between_two_rounds_without_work_it_rests(place: Place, no_time: list[float]) -> None:
    rounds: list[str] = []
    routine = Routine("count", timedelta(), counting(0, rounds))

    walk([routine], place, is_over=lambda: len(rounds) == 3)

    assert set(no_time) == {schedule.POLL.total_seconds()}


def test_two_workers_do_one_with_a_lease_once_in_its_time(place: Place) -> None:
    done: list[str] = []
    routine, now = Routine("count", HOUR, counting(0, done), lease=HOUR), datetime.now(UTC)

    for moment in (now, now + HOUR / 2, now + HOUR):
        for _worker in range(2):
            attempt(routine, place, moment)

    assert len(done) == 2


def test_what_failed_under_a_lease_is_free_for_the_next_try(place: Place) -> None:
    attempts: list[str] = []

    def fail(_place: Place, _now: datetime) -> bool:
        attempts.append("")
        raise RuntimeError

    routine, now = Routine("fail", HOUR, fail, lease=HOUR), datetime.now(UTC)
    for seconds in (0, 5):
        with pytest.raises(RuntimeError):
            attempt(routine, place, now + timedelta(seconds=seconds))

    assert len(attempts) == 2


def test_who_finds_a_routine_in_other_hands_asks_again_within_a_minute_and_after_a_failure_too(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, asked = [0.0], list[float]()
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    monkeypatch.setattr("time.sleep", lambda seconds: clock.__setitem__(0, clock[0] + seconds))
    left = iter([Left.ALL, RuntimeError(), Left.NOTHING])

    def answer(*_: object) -> Left:
        asked.append(clock[0])
        given = next(left)
        if isinstance(given, Exception):
            raise given
        return given

    monkeypatch.setattr(schedule, "attempt", answer)
    routine = Routine("sweep", HOUR, counting(0, []), lease=HOUR)
    walk([routine], place, is_over=lambda: len(asked) == 3)

    assert [round(one / 60) for one in asked] == [0, 1, 2]


def test_a_clock_that_is_set_back_stops_no_worker(
    place: Place, monkeypatch: pytest.MonkeyPatch, no_time: list[float]
) -> None:
    moments = [datetime.now(UTC), datetime.now(UTC) - timedelta(days=1), datetime.now(UTC) - timedelta(days=1)]
    heard: list[datetime] = []

    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return moments[min(len(heard), 2)]

    monkeypatch.setattr(schedule, "datetime", Clock)

    def run(_place: Place, now: datetime) -> bool:
        heard.append(now)
        return False

    walk([Routine("count", timedelta(), run)], place, is_over=lambda: len(heard) == 3)

    assert len(heard) == 3


def test_the_whole_schedule_runs_once_and_leaves_nothing_to_do(place: Place, make: Factory) -> None:
    receipt = make.make_submission()
    with make.sessions() as session:
        found = submission_of(session, receipt)
        moderation.accept(session, found, make.make_decision(found))
        session.commit()

    walk(SCHEDULE, place, is_over=lambda: False, once=True)

    now = datetime.now(UTC)
    assert not any(routine.run(place, now) for routine in SCHEDULE)


def test_who_proposed_something_hears_that_it_was_confirmed_once_it_can_no_longer_be_taken_back(
    make: Factory, settings: Settings
) -> None:
    make.make_user("周敏", Role.MODERATOR)
    make.set_campaign(second_person="on")
    receipt = make.make_submission()
    with make.sessions() as session:
        proposer = actor_of(session, session.scalars(select(User).where(User.name == "周敏")).one())
        found = submission_of(session, receipt)
        moderation.reject(session, found, make.make_decision(found, "不归我们管。", by=proposer))
        session.commit()
        confirmation.confirm(session, found, make.make_decision(found))
        session.commit()
    undo = timedelta(seconds=30)
    place = Place(make.sessions, replace(settings, undo_seconds=30), lambda: make.keys)

    def called(now: datetime) -> list[str]:
        schedule.settle_decisions(place, now)
        with make.sessions() as session:
            return [f"{one.number} {one.by} {one.body}" for one in calls_to(session, proposer)]

    early, due, again = (called(make.now + wait) for wait in (undo - timedelta(seconds=1), undo, 2 * undo))

    assert early == []
    assert due == again == [f"{receipt.number} 管理员 您提出的“不予受理”已确认，现在生效。"]
    assert len(SUBSCRIBERS) == len(set(SUBSCRIBERS))


def test_a_worker_steps_back_while_opinions_come_in_and_else_hardly_rests(
    make: Factory, place: Place, no_time: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter(range(1_000))
    monkeypatch.setattr("time.monotonic", lambda: float(next(times)))
    monkeypatch.setattr(schedule, "NOTICED_SECONDS", 1.5)
    store = schedule.store
    make.make_submission()
    calm = schedule.index_words(place, make.now)

    def store_while_one_comes_in(session: Session, prepared: Prepared) -> int:
        count = store(session, prepared)
        session.commit()
        replace(make, now=datetime.now(UTC)).make_arrival(text="又一件")
        return count

    make.make_submission(text="另一件")
    monkeypatch.setattr(schedule, "store", store_while_one_comes_in)
    rush = schedule.index_words(place, make.now)

    assert calm and rush
    with make.sessions() as session:
        calm_rests = [schedule.REST * 1.0] if session.get_bind().dialect.name == "sqlite" else []
    assert no_time == [*calm_rests, schedule.REST_IN_A_RUSH * 3.0]


def test_the_command_puts_all_of_past_hours_into_its_place(app: Flask, make: Factory) -> None:
    receipts = [make.make_arrival() for _ in range(schedule.SETTLED_AT_ONCE + 5)]
    late = replace(make, now=datetime.now(UTC)).make_arrival()

    told = app.test_cli_runner().invoke(args=["settle-arrivals"])

    assert told.exit_code == 0, told.output
    with make.sessions() as session:
        assert set(session.scalars(select(Submission.number))) == {one.number for one in receipts}
        assert list(session.scalars(select(Arrival.number))) == [late.number]


def test_a_worker_waits_for_the_end_of_the_hour(place: Place, make: Factory) -> None:
    make.make_arrival()

    assert schedule.settle_arrivals(place, make.now) is False
    assert schedule.settle_arrivals(place, make.now + timedelta(hours=1)) is False
    with make.sessions() as session:
        assert session.scalar(select(Arrival.id)) is None
