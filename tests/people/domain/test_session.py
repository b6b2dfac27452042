"""How long a sign-in lasts, how fast one may try, and which passwords are too easy."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.people.domain.session import (
    ABSOLUTE_LIMIT,
    IDLE_LIMIT,
    SEEN_PRECISION,
    TooManyTriesError,
    WeakPasswordError,
    WrongPasswordError,
    check_new_password,
    device_of,
    is_alive,
    seconds_to_wait,
)
from tests.examples import FEW

NOW = datetime(2026, 11, 20, 1, 30, 45, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


def tried(*seconds_ago: float) -> list[datetime]:
    return sorted(NOW - timedelta(seconds=ago) for ago in seconds_ago)


def test_a_session_ends_after_thirty_idle_minutes() -> None:
    assert timedelta(minutes=30) == IDLE_LIMIT
    assert is_alive(created_at=NOW - IDLE_LIMIT, last_seen_at=NOW - IDLE_LIMIT + MOMENT, now=NOW)
    assert not is_alive(created_at=NOW - IDLE_LIMIT, last_seen_at=NOW - IDLE_LIMIT, now=NOW)


def test_a_session_ends_after_eight_hours_however_busy() -> None:
    assert timedelta(hours=8) == ABSOLUTE_LIMIT
    assert is_alive(created_at=NOW - ABSOLUTE_LIMIT + MOMENT, last_seen_at=NOW, now=NOW)
    assert not is_alive(created_at=NOW - ABSOLUTE_LIMIT, last_seen_at=NOW, now=NOW)


def test_use_is_noted_often_enough_to_matter_and_seldom_enough_to_cost_nothing() -> None:
    assert timedelta(minutes=1) == SEEN_PRECISION


def test_ten_tries_a_minute_are_allowed_and_the_eleventh_is_not() -> None:
    assert seconds_to_wait(tried(*range(9)), NOW) == 0

    assert seconds_to_wait(tried(*range(10)), NOW) == 51


def test_nobody_is_locked_out_for_longer_than_the_minute_since_the_oldest_try() -> None:
    assert seconds_to_wait(tried(*[60] * 10), NOW) == 0
    assert seconds_to_wait(tried(*[3_600] * 1_000), NOW) == 0

    assert seconds_to_wait(tried(20, *[5] * 9), NOW) == 40


def test_who_has_to_wait_hears_for_how_long_and_that_nothing_is_locked() -> None:
    message = TooManyTriesError(40).message

    assert "40 秒" in message
    assert "没有被锁定" in message


@FEW
@given(st.lists(st.floats(0, 70), min_size=10, max_size=15))
def test_whoever_waits_as_long_as_told_may_try_again(seconds_ago: list[float]) -> None:
    recent = tried(*seconds_ago)

    wait = seconds_to_wait(recent, NOW)

    assert 0 <= wait <= 60
    assert seconds_to_wait(recent, NOW + timedelta(seconds=wait)) == 0


def test_a_wrong_name_and_a_wrong_password_are_told_in_the_same_words() -> None:
    assert WrongPasswordError().message == "账号、密码或动态口令不对，请检查后再试。"


@pytest.mark.parametrize(
    "password",
    ["", "ab3de6gh9", "correct horse"],
)
def test_a_password_that_is_short_or_the_old_one_is_refused(password: str) -> None:
    with pytest.raises(WeakPasswordError) as refusal:
        check_new_password(password, old="correct horse", strength=4)

    assert refusal.value.field == "new_password"


@pytest.mark.parametrize(("strength", "is_taken"), [(0, False), (2, False), (3, True), (4, True)])
def test_a_password_is_taken_by_its_strength_and_not_by_its_signs(strength: int, *, is_taken: bool) -> None:
    try:
        check_new_password("一二三四五六七八九十", strength=strength)
    except WeakPasswordError:
        assert not is_taken
    else:
        assert is_taken


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        ("Mozilla/5.0 (Linux; Android 13; Mobile) Chrome/107.0 MicroMessenger/8.0.49", "手机 微信"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0) Mobile/15E148 Safari/604.1", "手机"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/120.0 Safari/537.36", "电脑"),
        ("", "电脑"),
        ("x" * 10_000, "电脑"),
    ],
)
def test_a_device_is_named_as_its_owner_would(agent: str, device: str) -> None:
    assert device_of(agent) == device
