"""What senders do that waits for its hour to end, and how their opinion will stand then."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from feedback.cases.domain.action import Action
from feedback.cases.domain.submission import Status, next_status


class ActKind(StrEnum):
    """What the holder of a query code may do with an opinion."""

    SUPPLEMENT = "supplement"
    RATING = "rating"
    RECONSIDERATION = "reconsideration"
    WITHDRAWAL = "withdrawal"  # of the contact details
    SIGHT = "sight"  # of an answer


# The events that acts become; to have seen an answer is none.
EVENTS = {
    ActKind.SUPPLEMENT: "supplemented",
    ActKind.RATING: "rated",
    ActKind.RECONSIDERATION: Action.RECONSIDER,
    ActKind.WITHDRAWAL: "contact_withdrawn",
}


@dataclass(frozen=True)
class Act:
    """One of them, at a full hour: its words, or the reason given, and the satisfaction or the answer seen."""

    kind: ActKind
    at: datetime
    words: str | None = None
    value: int | None = None
    sending_hash: str | None = None


@dataclass(frozen=True)
class Standing:
    """What decides about what a sender may still do."""

    status: Status
    is_reconsidered: bool = False
    satisfaction: int | None = None
    reason: str | None = None  # of the satisfaction
    has_contact: bool = False
    supplements: int = 0
    ratings: int = 0
    seen_reply_id: int = 0

    def after(self, acts: Iterable[Act]) -> "Standing":
        """How it will be once some acts are in their place."""
        standing = self
        for act in acts:
            standing = standing._after(act)
        return standing

    def _after(self, act: Act) -> "Standing":
        match act.kind:
            case ActKind.SUPPLEMENT:
                return replace(self, supplements=self.supplements + 1)
            case ActKind.RATING:
                return replace(self, satisfaction=act.value, reason=act.words, ratings=self.ratings + 1)
            case ActKind.RECONSIDERATION:
                status = next_status(self.status, Action.RECONSIDER)
                return replace(self, status=status, is_reconsidered=True, satisfaction=None, reason=None)
            case ActKind.WITHDRAWAL:
                return replace(self, has_contact=False)
            case ActKind.SIGHT:
                return replace(self, seen_reply_id=max(self.seen_reply_id, act.value or 0))
