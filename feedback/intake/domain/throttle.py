"""A token bucket, as a value: nothing sleeps, nothing is stored about anybody."""

from dataclasses import dataclass, replace
from datetime import datetime


@dataclass(frozen=True)
class Bucket:
    """`tokens` left at `at`; refilled at `per_second` up to `size`."""

    size: float
    per_second: float
    tokens: float
    at: datetime

    def take(self, now: datetime) -> tuple["Bucket", bool]:
        """The bucket after one was asked for, and whether there was one."""
        bucket = self.refilled(now)
        if bucket.tokens < 1:
            return bucket, False
        return replace(bucket, tokens=bucket.tokens - 1), True

    def spend(self, cost: float, now: datetime) -> "Bucket":
        """The bucket after something whose cost is known only afterwards: a debt is no larger than the bucket.

        A cost below zero gives back.
        """
        bucket = self.refilled(now)
        return replace(bucket, tokens=min(self.size, max(-self.size, bucket.tokens - cost)))

    def refilled(self, now: datetime) -> "Bucket":
        """The bucket as it stands now; a clock that goes back fills nothing."""
        elapsed = max(0.0, (now - self.at).total_seconds())
        return replace(self, tokens=min(self.size, self.tokens + elapsed * self.per_second), at=now)
