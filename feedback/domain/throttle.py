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
        elapsed = max(0.0, (now - self.at).total_seconds())
        tokens = min(self.size, self.tokens + elapsed * self.per_second)
        if tokens < 1:
            return replace(self, tokens=tokens, at=now), False
        return replace(self, tokens=tokens - 1, at=now), True
