"""What counts as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.base.domain import text as module
from feedback.base.domain.text import (
    excerpt,
    has_unkeepable,
    holds_unkeepable,
    is_blank,
    letters_of,
    with_unix_line_ends,
    with_visible_controls,
)
from tests.examples import MANY, anything

INVISIBLE = [
    " ", "\t", "\n", "\r", "\xa0", "\xad", "\u1680", "\u180e", "\u2000", "\u2002", "\u2003",
    "\u2005", "\u200a", "\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u2028", "\u2029", "\u202f", "\u205f",
    "\u2060", "\u2800", "\u3000", "\u3164", "\ufeff",
]  # fmt: skip


@pytest.mark.parametrize("sent", ["一\r\n二", "一\r二", "一\n二"])
def test_line_ends_become_lf(sent: str) -> None:
    assert with_unix_line_ends(sent) == "一\n二"


@MANY
@given(st.text("一\r\n", max_size=20))
def test_no_carriage_return_is_left_and_every_line_stays(sent: str) -> None:
    plain = with_unix_line_ends(sent)

    assert "\r" not in plain
    assert plain.split("\n") == sent.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert plain == with_unix_line_ends(plain)


@pytest.mark.parametrize("symbol", ["\0", "\ud800", "\ufffd"])
def test_what_cannot_be_kept_is_found_wherever_it_stands(symbol: str) -> None:
    deep: list[object] = [symbol]
    for _ in range(5_000):
        deep = [deep]

    for value in (symbol, {"a": [1, None, {"b": f"一{symbol}"}]}, {symbol: 1}, deep):
        assert holds_unkeepable(value)
    assert not holds_unkeepable({"a": ["\x01\n", 1.5, True, {"b": "𠮷"}]})


def test_a_text_nobody_can_see_is_blank() -> None:
    taken_for_words = [f"U+{ord(symbol):04X}" for symbol in INVISIBLE if not is_blank(symbol * 3)]

    assert is_blank("")
    assert taken_for_words == []


# An emoji and a character newer than Python's tables, and a private one as offices use them for rare names.
RARE = ["\U0001fae8", "\U00031350", "\ue863"]


@pytest.mark.parametrize("text", ["好", " 好 ", "\u200b好", "。", "👍", "𠮷", "0", *RARE])
def test_a_text_with_anything_to_see_is_not_blank(text: str) -> None:
    assert not is_blank(text)


@pytest.mark.parametrize("symbol", ["\x00", "\ud800", "\udbff", "\udc00", "\udfff", "\ufffd"])
def test_what_no_database_keeps_whole_is_recognised(symbol: str) -> None:
    assert has_unkeepable(f"一{symbol}二")


@pytest.mark.parametrize("text", ["", "好", "𠮷", "👨‍👩‍👧", "\x01\x1f\x7f", "\uffff", "\ufffc"])
def test_rare_characters_can_be_kept(text: str) -> None:
    assert not has_unkeepable(text)


@MANY
@given(anything)
def test_every_control_character_is_shown_and_everything_else_stays(text: str) -> None:
    shown = with_visible_controls(text)

    assert len(shown) == len(text)
    assert not any(symbol < " " and symbol not in "\t\n" for symbol in shown)
    assert not set(shown) & {"\x7f", "\ufffe", "\uffff"}
    assert all(new == old or old < " " or old in "\x7f\ufffe\uffff" for new, old in zip(shown, text, strict=True))


def test_control_characters_are_shown_as_their_pictures() -> None:
    assert with_visible_controls("\x00\x07\r\x1b\x7f\t\n") == "␀␇␍␛␡\t\n"


def test_an_excerpt_is_one_line_with_an_ellipsis_where_the_text_goes_on() -> None:
    assert excerpt("一\n二  三") == "一 二 三"
    assert excerpt("好" * 120) == "好" * 120
    assert excerpt("好" * 121) == "好" * 120 + "…"
    assert excerpt("好 " + " " * 500 + "好") == "好…"
    assert excerpt("好" + " " * 239) == "好"


@MANY
@given(anything)
def test_letters_are_those_of_each_character_alone_unless_it_has_an_accent(sent: str) -> None:
    without = "".join(one for one in sent if not "\u0300" <= one <= "\u036f")

    assert letters_of(without) == "".join(letters_of(one) for one in without)
    assert all(one.isalnum() for one in letters_of(sent))


def test_an_accent_makes_no_difference_by_how_it_is_stored() -> None:
    assert letters_of("Cafe\u0301 Mu\u0308ller") == letters_of("Café Müller") == "cafémüller"


def test_characters_made_up_by_the_thousand_do_not_stay_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_LETTERS", 100)

    made_up = "".join(map(chr, range(0xAC00, 0xAC00 + 1_000)))

    assert letters_of(made_up) == made_up
    assert len(module._LETTERS) <= 100
