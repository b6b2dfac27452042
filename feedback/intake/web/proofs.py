"""Deciding whether a sending has to be preceded by a proof of work, and what staff are told of it."""

from datetime import datetime

from flask import request

from feedback.base.runtime import keys
from feedback.intake.domain.form_seal import FormSeal
from feedback.intake.domain.proof import STALE_PAGE, is_proof, seconds_left, wait_ticket

TRAP_FIELD = "homepage"


def is_proof_due(page: FormSeal, nonce: str, *, left: float, now: datetime) -> bool:
    """Whether this sending is above the limit of its network and brings neither a proof nor a wait that is over.

    Of a page that was opened long ago the limit is half as high: programs keep pages in store, and people do too.
    """
    is_crowded = left < (0.5 if now - page.drawn_at > STALE_PAGE else 0)
    return is_crowded and not (is_proof(nonce, request.form.get("proof", "")) or _wait(nonce, now) == 0)


def suspicion() -> str | None:
    """What staff should know: a field was filled in that nobody sees. Of its network nothing is kept."""
    return "trap" if request.form.get(TRAP_FIELD) else None


def ticket(nonce: str, now: datetime) -> tuple[str, int]:
    """The ticket that waits, the one already brought if there is one, and how many seconds are left."""
    left = _wait(nonce, now)
    if left is not None:
        return request.form["ticket"], left
    fresh = wait_ticket(nonce, now, keys().current("page").secret)
    return fresh, seconds_left(fresh, nonce, now, keys().secrets("page")) or 0


def _wait(nonce: str, now: datetime) -> int | None:
    return seconds_left(request.form.get("ticket", ""), nonce, now, keys().secrets("page"))
