"""Searching in Chinese, without an index: what is found, and where."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.base.domain.text import letters_of
from feedback.cases.domain.search import around, grams, marked, query_grams, searched, words_of
from tests.examples import FEW


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("停车，收费！", "停车收费"), ("ＡＢＣ１２", "abc12"), ("A1-23456", "a123456"), ("㎡", "m2"),
        ("𠮷野家", "𠮷野家"), ("好😀", "好"), ("一\n二", "一二"), ("", ""), ("——", ""), ("Straße", "strasse"),
    ],
)  # fmt: skip
def test_blanks_punctuation_width_and_case_make_no_difference(text: str, plain: str) -> None:
    assert letters_of(text) == plain


def test_no_word_reaches_from_one_part_into_the_next() -> None:
    words = searched(["停车", "", "收费。"])

    assert words == "停车\n收费"
    assert grams(words) == sorted(["停", "车", "停车", "收", "费", "收费"])


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("停车", ["停车"]), (" 停车  收费 ", ["停车", "收费"]), ("停车 停车", ["停车"]), ("，。", []), ("", []),
        ("一 二 三 四 五 六", ["一", "二", "三", "四", "五"]), ("好" * 50, ["好" * 40]),
    ],
)  # fmt: skip
def test_a_query_is_a_few_words(query: str, words: list[str]) -> None:
    assert words_of(query) == words


@FEW
@given(st.text("停车收费难abc，。 \n", max_size=30), st.text("停车收费难abc", min_size=1, max_size=4))
def test_whatever_holds_a_word_has_its_grams(text: str, word: str) -> None:
    entry = searched([text])
    if word in entry:
        assert set(query_grams([word])) <= set(grams(entry))


@FEW
@given(st.text(max_size=60), st.lists(st.text(min_size=1, max_size=3), max_size=3))
def test_marks_give_the_text_back(text: str, queries: list[str]) -> None:
    pieces = marked(text, words_of(" ".join(queries)))

    assert "".join(piece for piece, _ in pieces) == text
    assert all(piece for piece, _ in pieces)


def test_a_mark_covers_what_lies_between_the_letters_it_found() -> None:
    assert marked("门口停 车，收费", ["停车", "费"]) == [
        ("门口", False), ("停 车", True), ("，收", False), ("费", True),
    ]  # fmt: skip
    assert marked("面积㎡", ["m2"]) == [("面积", False), ("㎡", True)]


def test_a_line_shows_the_first_place_a_word_was_found_at() -> None:
    text = "前" * 300 + "停车难" + "后" * 300

    line = around(text, ["停车"])

    assert "停车难" in line
    assert line.startswith("…")
    assert line.endswith("…")
    assert len(line) <= 122
    assert around(text, ["没有"]) == around(text, []) == "前" * 120 + "…"
