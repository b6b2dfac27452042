"""A decision as a value: who decides, on which version they saw, when, and why."""

from dataclasses import dataclass
from datetime import datetime

from feedback.base.domain.permission import Actor


@dataclass(frozen=True)
class Decision:
    """What every decision about a submission says of itself, whatever is decided.

    `seen_version` is the version its page showed, `at` an aware moment. `proposed_by` is the user whose proposal is
    confirmed by it, `bulk_id` the bulk it is a part of.
    """

    by: Actor
    seen_version: int
    at: datetime
    reason: str | None = None
    proposed_by: int | None = None
    bulk_id: int | None = None

    @property
    def words(self) -> str:
        """The reason as it was typed; empty where none was given."""
        return self.reason or ""
