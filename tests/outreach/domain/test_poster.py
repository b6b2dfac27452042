from datetime import date

import pytest

from feedback.outreach.domain.poster import Poster, days_in_words, file_name

POSTER = Poster(
    title="教育整顿意见建议征集",
    organiser="江州市委政法委员会",
    channel="城东派出所大厅",
    address="https://yijian.example.gov.cn/f/ab3de",
    accent="#9c2f26",
)


@pytest.mark.parametrize(
    ("opens_on", "closes_on", "words"),
    [
        (date(2026, 11, 1), date(2026, 12, 31), "2026年11月01日至12月31日"),
        (date(2026, 11, 1), date(2027, 1, 31), "2026年11月01日至2027年01月31日"),
        (date(2026, 11, 1), None, "2026年11月01日起"),
        (None, date(2026, 12, 31), "截至2026年12月31日"),
        (None, None, ""),
    ],
)
def test_the_days_are_told_as_far_as_they_are_set(opens_on: date | None, closes_on: date | None, words: str) -> None:
    assert days_in_words(opens_on, closes_on) == words


def test_people_type_the_address_without_its_beginning() -> None:
    assert POSTER.short_address == "yijian.example.gov.cn/f/ab3de"


def test_only_what_is_known_stands_on_it() -> None:
    assert POSTER.details == [("主办单位", "江州市委政法委员会")]


@pytest.mark.parametrize(
    ("name", "file"),
    [("城东派出所大厅", "城东派出所大厅"), ("a/b\\c:d", "a_b_c_d"), ("../x\n", ".._x_"), ("长" * 100, "长" * 60)],
)
def test_any_name_is_a_name_for_a_file(name: str, file: str) -> None:
    assert file_name(name) == file
