"""Since when a case is with its unit."""

from datetime import UTC, datetime, timedelta

import pytest

from feedback.cases.domain.referral import referred_at

START = datetime(2026, 11, 20, 1, tzinfo=UTC)
LED_TO = {
    "received": "received", "accept": "accepted", "refer": "referred", "recall": "accepted", "reply": "replied",
    "complete": "completed", "reopen": "accepted", "supplemented": "referred", "quarantine": "quarantined",
    "unseal": "received",
}  # fmt: skip


@pytest.mark.parametrize(
    ("kinds", "place"),
    [
        ("received accept", None),
        ("received accept refer", 2),
        ("received accept refer supplemented reply complete", 2),
        ("received accept refer refer", 3),
        ("received accept refer recall", None),
        ("received accept refer recall refer", 4),
        ("received accept refer reply reopen", None),
        ("received accept refer quarantine unseal", None),
        ("received accept refer undone", None),
        ("received accept refer refer undone", 2),
        ("received accept refer recall undone", 2),
        ("received accept refer reply reopen undone", 2),
        ("received accept refer undone refer undone refer", 6),
        ("", None),
    ],
)
def test_the_referral_that_stands_is_the_last_one_nobody_took_back(kinds: str, place: int | None) -> None:
    steps = [(kind, LED_TO.get(kind), START + timedelta(days=number)) for number, kind in enumerate(kinds.split())]

    assert referred_at(steps) == (None if place is None else START + timedelta(days=place))
