"""What a sealed case shows outside its own page: what is listed here, and nothing else, to anybody.

Its own page is read by those alone who may unseal it.
"""

from feedback.cases.domain.submission import Status

# Rows of lists and sheets have a blank for everything else: what has none must stand here.
SHOWN_OF_SEALED = frozenset({"number", "received_on", "received_at", "channel", "channel_id", "status"})
IN_PLACE_OF_WORDS = "（涉密封存）"


def is_sealed(status: str) -> bool:
    """Whether a case may hold a state secret."""
    return status == Status.QUARANTINED
