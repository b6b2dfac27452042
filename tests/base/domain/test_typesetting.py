import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.base.domain.typesetting import balanced, wrapped


def width_of(text: str) -> float:
    """Half-width columns."""
    return sum(2 if ord(symbol) > 255 else 1 for symbol in text)


def test_a_line_that_fits_stays_whole() -> None:
    assert wrapped("开门纳谏", width_of, 8) == ["开门纳谏"]


def test_chinese_is_parted_between_any_two_characters() -> None:
    assert wrapped("请扫码写下您的意见", width_of, 8) == ["请扫码写", "下您的意", "见"]


@pytest.mark.parametrize("mark", list("，。、；：！？）》”"))
def test_no_line_begins_with_a_mark_that_closes(mark: str) -> None:
    assert wrapped(f"请扫码写{mark}谢谢", width_of, 8) == ["请扫码", f"写{mark}谢谢"]


def test_no_line_ends_with_a_mark_that_opens() -> None:
    assert wrapped("请扫码（谢谢", width_of, 8) == ["请扫码", "（谢谢"]


def test_a_word_or_number_stays_whole_where_it_fits_a_line() -> None:
    assert wrapped("电话 000-12345678，谢谢", width_of, 14) == ["电话", "000-12345678，", "谢谢"]


def test_a_word_wider_than_a_line_is_cut_and_not_lost() -> None:
    assert "".join(wrapped("yijian.example.gov.cn", width_of, 8)) == "yijian.example.gov.cn"


def test_a_line_break_that_was_typed_stays() -> None:
    assert wrapped("江州市\n意见征集", width_of, 20) == ["江州市", "意见征集"]


def test_the_lines_of_a_title_are_of_nearly_the_same_width() -> None:
    assert balanced("关于教育整顿的意见建议征集", width_of, 24) == ["关于教育整顿的", "意见建议征集"]


@given(st.text(alphabet="意见建议abc 12\n𠮷", max_size=60), st.integers(min_value=6, max_value=30))
def test_nothing_but_blanks_at_line_ends_is_lost_and_no_line_is_too_wide(text: str, width: int) -> None:
    for lines in (wrapped(text, width_of, width), balanced(text, width_of, width)):
        assert "".join(lines).replace(" ", "") == text.replace("\n", "").replace(" ", "")
        assert (
            all(width_of(line) <= width or len(line) < 4 for line in lines)
            or "（" in text
            or "，" in text
            or "）" in text
        )
