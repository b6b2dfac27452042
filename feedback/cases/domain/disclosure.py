"""How much of a case somebody is shown: one rule, asked by its page, lists, search, reminders and workbooks."""

from enum import StrEnum

from feedback.cases.domain.redaction import redacted
from feedback.cases.domain.submission import Status

# Rows of lists and sheets have a blank for everything else: what has none must stand here.
SHOWN_OF_SEALED = frozenset({"number", "received_on", "received_at", "channel", "channel_id", "status"})
IN_PLACE_OF_WORDS = "（涉密封存）"


class Disclosure(StrEnum):
    """What there is to see, from everything to nothing, of which not even a count is shown (promise P2)."""

    WHOLE = "whole"
    REDACTED = "redacted"  # words without numbers that name a person, and days where others see hours
    SEALED = "sealed"  # what SHOWN_OF_SEALED lists
    NOTHING = "nothing"

    @property
    def is_sealed(self) -> bool:
        """Whether there is to be seen that there is something, and no more."""
        return self is Disclosure.SEALED

    @property
    def tells_hours(self) -> bool:
        """Whether times that a citizen caused are told to the hour; to the day otherwise (promise P1)."""
        return self is Disclosure.WHOLE

    def words(self, text: str) -> str:
        """A text as it is shown."""
        match self:
            case Disclosure.WHOLE:
                return text
            case Disclosure.REDACTED:
                return redacted(text)
            case _:
                return IN_PLACE_OF_WORDS


def is_sealed(status: str) -> bool:
    """Whether a case may hold a state secret."""
    return status == Status.QUARANTINED


def disclosed(status: str, *, reads: bool, decides: bool, on_own_page: bool = False) -> Disclosure:
    """What of a case in a state is shown to somebody who may read it, or decide about it as well.

    A sealed case is known to those alone who may unseal it, and they read it on its own page alone.
    `cases/queries/visibility.py` says in SQL when there is nothing.
    """
    if not (reads or decides) or (is_sealed(status) and not decides):
        return Disclosure.NOTHING
    if is_sealed(status) and not on_own_page:
        return Disclosure.SEALED
    return Disclosure.WHOLE if decides else Disclosure.REDACTED
