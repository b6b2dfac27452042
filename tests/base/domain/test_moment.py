"""Hours, and days in China."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.base.domain.moment import (
    china_day,
    chinese_date,
    hour_of,
    in_days,
    in_words,
    next_night,
    start_of_china_day,
)
from tests.examples import FEW, moments


@FEW
@given(moments)
def test_an_hour_holds_nothing_finer_and_begins_before_the_moment(moment: datetime) -> None:
    hour = hour_of(moment)

    assert (hour.minute, hour.second, hour.microsecond) == (0, 0, 0)
    assert timedelta() <= moment - hour < timedelta(hours=1)
    assert hour.tzinfo is UTC


def test_the_hour_is_one_of_utc_whatever_zone_the_moment_was_told_in() -> None:
    in_kolkata = datetime(2026, 11, 20, 7, 0, tzinfo=timezone(timedelta(hours=5, minutes=30)))

    assert hour_of(in_kolkata) == datetime(2026, 11, 20, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 11, 20, 15, 59, 59, tzinfo=UTC), date(2026, 11, 20)),
        (datetime(2026, 11, 20, 16, 0, tzinfo=UTC), date(2026, 11, 21)),
        (datetime(2026, 12, 31, 16, 0, tzinfo=UTC), date(2027, 1, 1)),
    ],
)
def test_a_day_in_china_begins_at_sixteen_hours_utc(moment: datetime, day: date) -> None:
    assert china_day(moment) == day


@FEW
@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_a_day_begins_where_the_one_before_ends(day: date) -> None:
    start = start_of_china_day(day)

    assert china_day(start) == day
    assert china_day(start - timedelta(microseconds=1)) == day - timedelta(days=1)


def test_a_day_is_written_as_in_documents() -> None:
    assert chinese_date(date(2026, 1, 2)) == "2026年01月02日"


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(), "不到 1 小时"),
        (timedelta(minutes=59), "不到 1 小时"),
        (timedelta(hours=1), "1 小时"),
        (timedelta(hours=23, minutes=59), "23 小时"),
        (timedelta(days=1), "1 天"),
        (timedelta(days=3, hours=23), "3 天"),
    ],
)
def test_a_wait_is_told_in_the_coarsest_unit(span: timedelta, words: str) -> None:
    assert in_words(span) == words


@pytest.mark.parametrize(
    ("hours", "words"), [(0, "不到 1 天"), (15, "不到 1 天"), (16, "1 天"), (40, "2 天"), (-30, "不到 1 天")]
)
def test_a_wait_in_days_tells_nothing_of_the_hour(hours: int, words: str) -> None:
    midnight = datetime(2026, 11, 20, tzinfo=UTC)

    assert in_days(midnight, midnight + timedelta(hours=hours)) == words


@pytest.mark.parametrize(
    ("now", "night"),
    [
        (datetime(2026, 11, 20, 1, 30, tzinfo=UTC), datetime(2026, 11, 20, 19, tzinfo=UTC)),
        (datetime(2026, 11, 20, 18, 59, tzinfo=UTC), datetime(2026, 11, 20, 19, tzinfo=UTC)),
        (datetime(2026, 11, 20, 19, tzinfo=UTC), datetime(2026, 11, 21, 19, tzinfo=UTC)),
    ],
)
def test_the_next_night_is_at_three_in_china(now: datetime, night: datetime) -> None:
    assert next_night(now) == night
