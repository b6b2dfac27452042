"""What a step keeps: written and read through its class, old rows as they are, and told in words."""

from datetime import date
from typing import Any

import pytest

from feedback.cases.domain.action import Action
from feedback.cases.domain.event import (
    DETAILS,
    EVENT_LABELS,
    Beside,
    Changed,
    Classified,
    Decided,
    Detail,
    Ended,
    Merged,
    Proposed,
    Rated,
    Received,
    Referred,
    Rejected,
    Replied,
    Undone,
    Unmerged,
    read_detail,
    told,
)

REJECTIONS = {"unclear": "内容不清"}
DUE = Changed(date(2026, 11, 23), None)
# A detail of each kind, as it is stored, and what the record says of it.
KEPT: list[tuple[str, Detail, dict[str, Any] | None, list[str]]] = [
    ("noted", Detail(), None, []),
    ("received", Received(7), {"preset_unit": 7}, ["涉及单位按渠道预设"]),
    ("accept", Decided(3, DUE), {"bulk": 3, "due": ["2026-11-23", None]}, ["批量"]),
    ("complete", Decided(due=Changed(None, date(2026, 1, 2))), {"due": [None, "2026-01-02"]}, []),
    (
        "reject", Rejected(3, DUE, {"rejection_reason": None}, "unclear"),
        {"bulk": 3, "due": ["2026-11-23", None], "before": {"rejection_reason": None}, "rejection_kind": "unclear"},
        ["内容不清", "批量"],
    ),
    ("reject", Rejected(rejection_kind="dropped"), {"rejection_kind": "dropped"}, ["dropped"]),
    (
        "reply", Replied(None, None, {"outcome": None, "summary": None}, "adopted", "加开窗口", 9),
        {"before": {"outcome": None, "summary": None}, "outcome": "adopted", "summary": "加开窗口", "reply": 9},
        [],
    ),
    (
        "refer", Referred(unit="甲县法院", due_on=date(2026, 12, 1)), {"unit": "甲县法院", "due_on": "2026-12-01"},
        ["甲县法院，2026-12-01 前"],
    ),
    ("merge", Merged(other="A1-00001"), {"into": "A1-00001"}, ["并入 A1-00001"]),
    ("unmerge", Unmerged(other="A1-00001"), {"from": "A1-00001"}, ["A1-00001"]),
    ("absorbed", Beside("A1-00001"), {"from": "A1-00001"}, ["A1-00001"]),
    (
        "classified",
        Classified(
            None, task=Changed(None, "loyalty"), priority=Changed("normal", "high"),
            responsible_person=Changed("李", ""), units=Changed([], [2, 3]), tags=Changed(["media"], []),
        ),
        {
            "task": [None, "loyalty"], "priority": ["normal", "high"], "responsible_person": ["李", ""],
            "units": [[], [2, 3]], "tags": [["media"], []],
        },
        [],
    ),
    ("undone", Undone("reply"), {"of": "reply"}, ["答复"]),
    (
        "proposed", Proposed(3, "reject", None, "unclear"),
        {"bulk": 3, "action": "reject", "rejection_kind": "unclear"}, ["不予受理", "内容不清", "批量"],
    ),
    (
        "proposed", Proposed(None, "merge", "A1-00001"), {"action": "merge", "into": "A1-00001"},
        ["并入 A1-00001", "并单"],
    ),
    (
        "proposed", Proposed(None, "reply", None, None, "adopted", "加开窗口"),
        {"action": "reply", "outcome": "adopted", "summary": "加开窗口"}, ["答复"],
    ),
    ("declined", Ended("complete"), {"action": "complete"}, ["办结"]),
    ("rated", Rated(5), {"satisfaction": 5}, ["非常满意"]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "detail", "stored", "words"), KEPT, ids=lambda value: str(value)[:40])
def test_a_detail_is_written_read_and_told(
    kind: str, detail: Detail, stored: dict[str, Any] | None, words: list[str]
) -> None:
    assert detail.to_json() == stored
    assert read_detail(kind, stored) == detail
    assert told(detail, REJECTIONS) == words


def test_every_class_of_detail_has_been_tried() -> None:
    assert {type(detail) for _, detail, _, _ in KEPT} == {*DETAILS.values(), Detail}
    assert DETAILS.keys() >= set(Action)
    assert DETAILS.keys() <= EVENT_LABELS.keys()


@pytest.mark.parametrize("kind", EVENT_LABELS)
@pytest.mark.parametrize("stored", [None, {}, {"rejection_kind": None}, {"what nobody writes any more": 1}], ids=str)
def test_an_old_row_and_an_erased_one_say_nothing_and_break_nothing(kind: str, stored: dict[str, Any] | None) -> None:
    detail = read_detail(kind, stored)

    assert detail == DETAILS.get(kind, Detail)()
    assert told(detail, REJECTIONS) == []
    assert detail.to_json() is None
