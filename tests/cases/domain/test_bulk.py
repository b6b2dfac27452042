"""What can be done with many at once, and what is said of it beforehand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from feedback.cases.domain.action import Action
from feedback.cases.domain.bulk import (
    CLASS_LABELS,
    OUTCOME_LABELS,
    WHY_LABELS,
    Candidate,
    Outcome,
    Why,
    fingerprint,
    obstacle,
    preview,
    seconds_to_undo,
)
from feedback.cases.domain.event import Decided
from feedback.cases.domain.submission import TRANSITIONS, Status
from feedback.cases.domain.undo import told_to_sender
from tests.cases.domain.test_undo import NOW, WITHIN, Step

ONE = Candidate(1, 1, Status.RECEIVED, (None, None, None, None), False, False)
DECISIONS = [Action.ACCEPT, Action.REJECT, Action.COMPLETE]


def test_everything_has_a_name() -> None:
    assert set(OUTCOME_LABELS) == set(Outcome)
    assert set(WHY_LABELS) == set(Why)


@pytest.mark.parametrize("action", DECISIONS)
@pytest.mark.parametrize("status", Status)
def test_a_decision_needs_the_state_it_needs_alone(action: Action, status: Status) -> None:
    is_allowed = (status, action) in TRANSITIONS

    assert obstacle(action, replace(ONE, status=status), {}) is (None if is_allowed else Why.STATE)


@pytest.mark.parametrize(
    ("changes", "action", "expected"),
    [
        ({"is_claimed_by_other": True}, Action.ACCEPT, Why.CLAIMED),
        ({"is_claimed_by_other": True}, Action.CLASSIFY, Why.CLAIMED),
        ({"is_proposed": True}, Action.ACCEPT, Why.PROPOSED),
        ({"is_proposed": True}, Action.CLASSIFY, None),
        ({"status": Status.REPLIED, "is_claimed_by_other": True}, Action.ACCEPT, Why.STATE),
        ({"classes": ("heroes", None, None, None)}, Action.CLASSIFY, Why.SAME),
        ({"classes": ("other", None, None, 7)}, Action.CLASSIFY, None),
        ({"status": Status.REJECTED}, Action.CLASSIFY, None),
    ],
)
def test_what_stands_in_the_way_is_named(changes: dict[str, Any], action: Action, expected: Why | None) -> None:
    assert obstacle(action, replace(ONE, **changes), {"category": "heroes"}) is expected


def test_the_classes_of_a_candidate_are_those_that_can_be_chosen() -> None:
    assert len(ONE.classes) == len(CLASS_LABELS)


def test_a_preview_counts_who_is_ready_and_groups_who_is_not() -> None:
    candidates = [
        ONE,
        ONE,
        replace(ONE, status=Status.REPLIED),
        replace(ONE, status=Status.MERGED),
        replace(ONE, is_claimed_by_other=True),
    ]

    shown = preview(Action.ACCEPT, candidates, {}, missing=3)

    assert (shown.ready, shown.hindered) == (2, 6)
    assert dict(shown.obstacles) == {Why.STATE: 2, Why.CLAIMED: 1, Why.FORBIDDEN: 3}
    assert dict(preview(Action.ACCEPT, [ONE], {}, missing=0).obstacles) == {}


@pytest.mark.parametrize(
    "later", [[], [ONE, ONE], [replace(ONE, version=2)], [replace(ONE, id=2)]], ids=["gone", "more", "changed", "other"]
)
def test_a_fingerprint_tells_any_other_set(later: list[Candidate]) -> None:
    assert fingerprint([ONE]) == fingerprint([replace(ONE, is_claimed_by_other=True)])
    assert fingerprint(later) != fingerprint([ONE])


@pytest.mark.parametrize(("age", "expected"), [(0, 30), (29.5, 1), (30, 0), (None, 0)])
def test_the_whole_can_be_undone_for_a_short_time_after_it_ended(age: float | None, expected: int) -> None:
    ended_at = None if age is None else NOW - timedelta(seconds=age)

    assert seconds_to_undo(ended_at, now=NOW, within=WITHIN) == expected


def test_a_sender_is_told_nothing_of_an_unsettled_bulk_however_old_its_events_are() -> None:
    long_ago = NOW - timedelta(hours=3)
    steps = [
        Step("received", long_ago.replace(minute=0), None),
        Step("accept", long_ago, 1, Decided(bulk=4)),
        Step("reply", long_ago + timedelta(minutes=1), 2),
    ]

    assert list(told_to_sender(steps, settled_by=NOW, unsettled={4})) == steps[:1]
    assert list(told_to_sender(steps, settled_by=NOW, unsettled={5})) == steps


def test_what_was_undone_is_told_together_with_its_undoing() -> None:
    steps = [
        Step("received", datetime(2026, 11, 20, tzinfo=UTC), None),
        Step("accept", NOW - timedelta(seconds=50), 1),
        Step("undone", NOW - timedelta(seconds=25), 1),
    ]

    assert list(told_to_sender(steps, settled_by=NOW - WITHIN)) == steps[:1]
    assert list(told_to_sender(steps, settled_by=NOW)) == steps
