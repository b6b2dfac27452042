"""The proof asked for above the limit: a little computing, or a little waiting. Nobody is refused."""

import base64
import hashlib
import hmac
import re
from datetime import datetime, timedelta

PROOF_BITS = 16
WAIT = timedelta(seconds=20)
STALE_PAGE = timedelta(hours=25)

_PROOF = re.compile(r"[0-9]{1,12}")


def is_proof(nonce: str, proof: str) -> bool:
    """Whether SHA-256 of "nonce.proof" begins with PROOF_BITS zero bits.

    The nonce is the challenge: it is random, was given out by us and stores one submission only, so that a
    solution is worth nothing a second time and nothing has to be remembered.
    """
    if _PROOF.fullmatch(proof) is None:
        return False
    digest = hashlib.sha256(f"{nonce}.{proof}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> (64 - PROOF_BITS) == 0


def wait_ticket(nonce: str, now: datetime, key: bytes) -> str:
    """What a page without scripts brings back after WAIT, instead of a proof."""
    moment = str(int((now + WAIT).timestamp()))
    return f"{moment}.{_mac(moment, nonce, key)}"


def seconds_left(ticket: str, nonce: str, now: datetime, keys: list[bytes]) -> int | None:
    """How long the ticket's holder still has to wait, 0 when it is over; None for what is no ticket of this nonce."""
    moment, _, mac = ticket.partition(".")
    if not mac.isascii() or not any(hmac.compare_digest(_mac(moment, nonce, key), mac) for key in keys):
        return None
    return max(0, int(moment) - int(now.timestamp()))


def _mac(moment: str, nonce: str, key: bytes) -> str:
    digest = hmac.digest(key, f"wait.{moment}.{nonce}".encode(errors="replace"), "sha256")
    return base64.urlsafe_b64encode(digest[:16]).decode().rstrip("=")
