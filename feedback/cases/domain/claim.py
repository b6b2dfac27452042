"""Claims: who works on which submission now, so that two people do not read the same one; they lock nothing."""

from datetime import datetime, timedelta

CLAIM = timedelta(minutes=15)
# A page that is looked at again within this time writes nothing.
RENEWAL = timedelta(minutes=5)


def is_claimed(until: datetime | None, now: datetime) -> bool:
    """Whether a claim still holds."""
    return until is not None and now < until


def is_renewal_due(until: datetime, now: datetime) -> bool:
    """Whether activity should move the end of a claim on."""
    return until - now < CLAIM - RENEWAL
