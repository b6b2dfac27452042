"""How a text goes into a cell."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from feedback.base.domain.text import with_visible_controls
from feedback.workbooks.domain.sheet import (
    HEADER_LINES,
    LINE_HEIGHT,
    cell_text,
    display_width,
    fits_cell,
    header_width,
    pieces,
    row_height,
)
from tests.examples import FEW, MANY, anything

ESCAPES = ["_x000D_", "_x005F_x000D_", "_x000d__x000D_", "__x000A__", "_x000A_x000A_"]
escape_like = st.text("_x0D5fF", max_size=40) | st.sampled_from(ESCAPES)


@MANY
@given(escape_like | anything)
def test_what_looks_like_an_escape_reads_as_it_was_written(text: str) -> None:
    assert unescape(cell_text(text)) == with_visible_controls(text)


def test_the_usual_escape_is_written_as_excel_expects_it() -> None:
    assert cell_text("一_x000D_二") == "一_x005F_x000D_二"
    assert cell_text("a_xyz_b") == "a_xyz_b"


def test_excel_counts_sixteen_bit_units() -> None:
    for symbol, most in (("a", 32_767), ("好", 32_767), ("👍", 16_383), ("_x000D_", 2_520)):
        assert fits_cell(symbol * most)
        assert not fits_cell(symbol * (most + 1))


@FEW
@given(st.text("a好👍\n", min_size=1, max_size=7), st.integers(0, 60_000))
def test_pieces_lose_nothing_and_each_fits(pattern: str, length: int) -> None:
    text = (pattern * (length // len(pattern) + 1))[:length]

    parts = pieces(text)

    assert "".join(parts) == text
    assert all(fits_cell(part) for part in parts)
    assert len(parts) == 1 or not fits_cell(text)


def test_a_chinese_character_is_twice_as_wide_as_a_latin_one() -> None:
    assert display_width("abc") == 3
    assert display_width("意见") == 4
    assert display_width("") == 0


@MANY
@given(anything, anything)
def test_a_longer_text_is_never_narrower_or_lower(text: str, more: str) -> None:
    assert display_width(text + more) >= display_width(text)
    assert row_height(text + more, 20) >= row_height(text, 20)


@pytest.mark.parametrize("length", [*range(1, 200), 1_000])
def test_a_header_leaves_room_for_rows_on_every_page(length: int) -> None:
    title = "问" * length

    width = header_width(title, least=14)

    assert row_height(title, width) <= HEADER_LINES * LINE_HEIGHT + 4
    assert 14 <= width <= 255


def test_a_row_has_room_for_every_line() -> None:
    assert row_height("", 20) == row_height("好", 20)
    assert row_height("一\n二\n三", 20) > 3 * 15
    assert row_height("好" * 100, 20) > row_height("好" * 50, 20) > row_height("好", 20)


@pytest.mark.parametrize("width", [6, 20, 52])
def test_a_height_is_enough_for_the_text_and_not_twice_as_much(width: int) -> None:
    for text in ("好" * 500, "abc" * 400, "\n".join(["好" * width] * 9)):
        least = sum(math.ceil(display_width(line) / width) for line in text.split("\n")) * 15

        assert least <= row_height(text, width) < 2 * least
