"""The seal on a form page: which version of the questions it shows, when it was drawn, for which channel."""

import base64
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

GRACE = timedelta(hours=24)


@dataclass(frozen=True)
class FormSeal:
    """What the seal says: the campaign version's id, the channel's id, and the hour the page was drawn."""

    version_id: int
    channel_id: int
    drawn_at: datetime


def seal(page: FormSeal, nonce: str, key: bytes) -> str:
    """A token for a hidden field; it can be neither changed nor moved to another nonce."""
    words = f"{page.version_id}.{page.channel_id}.{int(page.drawn_at.timestamp()) // 3600}"
    return f"{words}.{_mac(words, nonce, key)}"


def open_seal(token: str, nonce: str, keys: list[bytes]) -> FormSeal | None:
    """What a token says, or None where it was not sealed with one of the keys for this nonce."""
    words, _, mac = token.rpartition(".")
    if not mac.isascii() or not any(hmac.compare_digest(_mac(words, nonce, key), mac) for key in keys):
        return None
    version_id, channel_id, hour = (int(word) for word in words.split("."))
    return FormSeal(version_id, channel_id, datetime.fromtimestamp(hour * 3600, UTC))


def is_within_grace(page: FormSeal, now: datetime) -> bool:
    """Whether a form opened before a change of questions, or before closing, is still taken as it is."""
    return now - page.drawn_at <= GRACE + timedelta(hours=1)


def _mac(words: str, nonce: str, key: bytes) -> str:
    digest = hmac.digest(key, f"{len(nonce)}.{nonce}.{words}".encode(errors="replace"), "sha256")
    return base64.urlsafe_b64encode(digest[:16]).decode().rstrip("=")
