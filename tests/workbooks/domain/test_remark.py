"""What stands in 备注."""

from typing import Any

import pytest

from feedback.workbooks.domain.remark import remarks

NOTHING = {"merged_into": None, "merged": 0, "rejection": "", "is_reconsidered": False, "priority": "normal"}


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({}, ""),
        ({"merged_into": "A1-23456"}, "并入 A1-23456"),
        ({"merged_into": ""}, "已并单"),
        ({"merged": 2}, "另有 2 件并入本件"),
        ({"rejection": "重复反映", "is_reconsidered": True}, "不予受理：重复反映；提出人申请过复核"),
        ({"priority": "urgent"}, "紧急"),
    ],
)
def test_remarks_say_what_the_row_alone_does_not(known: dict[str, Any], words: str) -> None:
    assert remarks(**{**NOTHING, **known}) == words
