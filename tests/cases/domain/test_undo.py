"""Who may take back which decision for how long, and what the sender is told meanwhile."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from feedback.cases.domain.claim import CLAIM, RENEWAL, is_claimed, is_renewal_due
from feedback.cases.domain.event import Detail
from feedback.cases.domain.undo import may_undo, told_to_sender

NOTHING = Detail()
NOW = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)
WITHIN = timedelta(seconds=30)


@dataclass
class Step:
    kind: str
    at: datetime
    user_id: int | None
    kept: Detail = NOTHING


@pytest.mark.parametrize(
    ("kind", "user_id", "age", "expected"),
    [
        ("accept", 1, 0, True), ("reply", 1, 29, True), ("classified", 1, 29, True), ("accept", 1, 30, False),
        ("accept", 2, 0, False), ("undone", 1, 0, False), ("supplemented", None, 0, False),
        ("received", None, 0, False),
    ],
)  # fmt: skip
def test_only_one_s_own_last_decision_can_be_taken_back_and_only_at_once(
    kind: str, user_id: int | None, age: int, *, expected: bool
) -> None:
    last = Step(kind, NOW - timedelta(seconds=age), user_id)

    assert may_undo(last, user_id=1, now=NOW, within=WITHIN) is expected


def test_the_sender_is_told_nothing_behind_the_first_step_that_may_be_undone() -> None:
    hour = NOW.replace(minute=0)
    steps = [
        Step("received", hour, None),
        Step("accept", NOW - timedelta(minutes=5), 1),
        Step("reply", NOW - timedelta(seconds=3), 1),
        Step("supplemented", hour, None),
    ]

    assert list(told_to_sender(steps, settled_by=NOW - WITHIN)) == steps[:2]
    assert list(told_to_sender(steps, settled_by=NOW)) == steps
    assert list(told_to_sender(steps[:1], settled_by=NOW - WITHIN)) == steps[:1]


def test_a_claim_ends_by_itself_and_is_renewed_now_and_then() -> None:
    until = NOW + CLAIM

    assert is_claimed(until, NOW)
    assert not is_claimed(until, until)
    assert not is_claimed(None, NOW)
    assert not is_renewal_due(until, NOW + RENEWAL)
    assert is_renewal_due(until, NOW + RENEWAL + timedelta(seconds=1))
