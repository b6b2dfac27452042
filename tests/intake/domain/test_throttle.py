"""The token bucket."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from feedback.intake.domain.throttle import Bucket
from tests.examples import FEW

NOW = datetime(2026, 11, 20, 1, 30, 45, tzinfo=UTC)


def taken(bucket: Bucket, count: int, now: datetime) -> tuple[Bucket, int]:
    allowed = 0
    for _ in range(count):
        bucket, is_allowed = bucket.take(now)
        allowed += is_allowed
    return bucket, allowed


def test_a_full_bucket_gives_its_size_and_then_what_flows_in() -> None:
    bucket, at_once = taken(Bucket(size=3, per_second=0.5, tokens=3, at=NOW), 5, NOW)
    _, later = taken(bucket, 5, NOW + timedelta(seconds=4))

    assert (at_once, later) == (3, 2)


def test_a_bucket_never_holds_more_than_its_size() -> None:
    bucket = Bucket(size=3, per_second=1, tokens=0, at=NOW)

    _, allowed = taken(bucket, 10, NOW + timedelta(days=30))

    assert allowed == 3


@FEW
@given(st.lists(st.integers(0, 5), max_size=30))
def test_no_rhythm_of_asking_gets_more_than_the_size_and_the_flow(pauses: list[int]) -> None:
    bucket, now, allowed = Bucket(size=3, per_second=0.5, tokens=3, at=NOW), NOW, 0
    for pause in pauses:
        now += timedelta(seconds=pause)
        bucket, is_allowed = bucket.take(now)
        allowed += is_allowed

    assert allowed <= 3 + 0.5 * sum(pauses)


def test_a_clock_that_goes_back_fills_nothing() -> None:
    bucket, is_allowed = Bucket(size=3, per_second=1, tokens=0.5, at=NOW).take(NOW - timedelta(hours=1))

    assert not is_allowed
    assert bucket.tokens == 0.5


def test_a_cost_that_is_known_afterwards_may_leave_a_debt_no_larger_than_the_bucket() -> None:
    bucket = Bucket(size=3, per_second=1, tokens=3, at=NOW)

    assert bucket.spend(1.5, NOW).tokens == 1.5
    assert bucket.spend(5, NOW).tokens == -2
    assert bucket.spend(60, NOW).tokens == -3
    assert not bucket.spend(60, NOW).take(NOW + timedelta(seconds=3))[1]
    assert bucket.spend(60, NOW).take(NOW + timedelta(seconds=4))[1]


def test_what_is_given_back_never_overfills() -> None:
    assert Bucket(size=3, per_second=1, tokens=2.5, at=NOW).spend(-1, NOW).tokens == 3
