"""The seal on a form page."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.intake.domain.form_seal import GRACE, FormSeal, is_within_grace, open_seal, seal
from tests.examples import FEW, MANY, anything, moments

NONCE = "n" * 22
KEY, OTHER_KEY = b"k" * 32, b"o" * 32
DRAWN_AT = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
PAGE = FormSeal(version_id=7, channel_id=3, drawn_at=DRAWN_AT)
TOKEN = seal(PAGE, NONCE, KEY)


@FEW
@given(st.integers(1, 2**31 - 1), st.integers(1, 2**31 - 1), moments)
def test_a_seal_says_version_channel_and_the_hour_and_no_finer(version: int, channel: int, drawn: datetime) -> None:
    opened = open_seal(seal(FormSeal(version, channel, drawn), NONCE, KEY), NONCE, [KEY])

    assert opened == FormSeal(version, channel, drawn.replace(minute=0, second=0, microsecond=0))


def test_a_seal_holds_128_bits_and_nothing_that_a_form_field_would_change() -> None:
    assert re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+\.[A-Za-z0-9_-]{22}", TOKEN)


def test_a_seal_of_an_older_key_is_still_read() -> None:
    assert open_seal(TOKEN, NONCE, [OTHER_KEY, KEY]) == PAGE


def test_a_seal_of_another_key_or_for_another_nonce_is_refused() -> None:
    assert open_seal(TOKEN, NONCE, [OTHER_KEY]) is None
    assert open_seal(TOKEN, NONCE, []) is None
    assert open_seal(TOKEN, "m" * 22, [KEY]) is None


@pytest.mark.parametrize("place", range(4))
def test_a_change_of_any_part_is_refused(place: int) -> None:
    parts = TOKEN.split(".")
    for changed in ("", "8", parts[place] + "0", "0" + parts[place], parts[place].swapcase() + " "):
        forged = ".".join([*parts[:place], changed, *parts[place + 1 :]])

        assert open_seal(forged, NONCE, [KEY]) is None, forged


@pytest.mark.parametrize("width", range(len(TOKEN)))
def test_a_token_cut_anywhere_is_refused(width: int) -> None:
    assert open_seal(TOKEN[:width], NONCE, [KEY]) is None


def test_digits_of_other_scripts_are_no_digits() -> None:
    arabic = TOKEN.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))

    assert open_seal(arabic, NONCE, [KEY]) is None


@MANY
@given(anything, anything)
def test_no_token_whatever_raises(token: str, nonce: str) -> None:
    assert open_seal(token, nonce, [KEY]) is None


@FEW
@given(anything, st.integers(0, len(TOKEN)))
def test_no_token_with_anything_put_into_it_raises(stuffing: str, place: int) -> None:
    stuffed = TOKEN[:place] + stuffing + TOKEN[place:]

    assert open_seal(stuffed, NONCE, [KEY]) == (None if stuffing else PAGE)


@pytest.mark.parametrize("token", ["." * 100_000, "9" * 100_000 + ".1.1." + "A" * 22, TOKEN * 5_000])
def test_a_huge_token_is_refused(token: str) -> None:
    assert open_seal(token, NONCE, [KEY]) is None


@pytest.mark.parametrize("count", [1, 2])
def test_moving_words_from_the_token_into_the_nonce_is_refused(count: int) -> None:
    parts = TOKEN.split(".")

    assert open_seal(".".join(parts[count:]), ".".join([NONCE, *parts[:count]]), [KEY]) is None


def test_moving_the_end_of_the_nonce_into_the_token_is_refused() -> None:
    token = seal(PAGE, f"{NONCE}.5", KEY)

    assert open_seal(f"5.{token}", NONCE, [KEY]) is None


def test_a_form_opened_yesterday_is_taken_and_one_of_the_day_before_is_not() -> None:
    last = DRAWN_AT + timedelta(hours=25)

    assert timedelta(hours=24) == GRACE
    assert is_within_grace(PAGE, DRAWN_AT)
    assert is_within_grace(PAGE, last)
    assert not is_within_grace(PAGE, last + timedelta(microseconds=1))


def test_the_hour_a_seal_cuts_off_is_not_taken_from_the_sender() -> None:
    opened = open_seal(seal(FormSeal(7, 3, DRAWN_AT + timedelta(minutes=59)), NONCE, KEY), NONCE, [KEY])

    assert opened is not None
    assert is_within_grace(opened, DRAWN_AT + timedelta(minutes=59) + GRACE)
