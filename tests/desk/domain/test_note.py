"""Whom a note calls."""

import pytest

from feedback.desk.domain.note import mentioned

NAMES = {"王敏": 1, "王敏华": 2, "zhou": 3, "周敏": 3}


@pytest.mark.parametrize(
    ("body", "called"),
    [
        ("请看一下", set()),
        ("@王敏 请看一下", {1}),
        ("@王敏华请看一下", {2}),
        ("请 @zhou、@ZHOU 和 @周敏 看", {3}),
        ("＠王敏和@王敏华", {1, 2}),
        ("王敏 没有被叫", set()),
        ("a@b.cn", set()),
        ("@", set()),
        ("@@王敏", {1}),
    ],
)
def test_the_longest_name_behind_an_at_is_called(body: str, called: set[int]) -> None:
    assert mentioned(body, NAMES) == called
