"""The identity of a submission: nonce in, query code out, and only keyed hashes in between.

code = HMAC(mint key, nonce): a repeated request finds the same code, and a copy of the database has neither.
"""

import base64
import hmac
import json
import re
import secrets
from collections.abc import Iterable, Mapping

from feedback.base.domain.code import CODE_ALPHABET, keyed_hash, normal_symbols

CODE_LENGTH = 16
NUMBER_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ"
FEWEST_DIGITS, MOST_DIGITS = 5, 7

_NONCE = re.compile(r"[A-Za-z0-9_-]{22}")


def new_nonce() -> str:
    """128 random bits as 22 symbols safe in a form field."""
    return secrets.token_urlsafe(16)


def next_nonce(nonce: str, fields: Iterable[tuple[str, str]], key: bytes) -> str:
    """The nonce of the page that answers a sending with the form again.

    It follows from what was sent, so that a repeated sending is answered under the same one and stores nothing twice.
    """
    digest = hmac.digest(key, json.dumps([nonce, *fields]).encode(), "sha256")
    return base64.urlsafe_b64encode(digest[:16]).decode().rstrip("=")


def is_nonce(value: str) -> bool:
    """Whether it has the shape of a nonce this application gave out."""
    return _NONCE.fullmatch(value) is not None


def new_number(used: int) -> str:
    """A public number such as H7-20438: random, so it says nothing; unique by the database.

    `used` is about how many there are: before half of all numbers are used, new ones get one digit more.
    """
    digits = FEWEST_DIGITS
    while used * 2 >= len(NUMBER_LETTERS) * 10 * 10**digits and digits < MOST_DIGITS:
        digits += 1
    return f"{secrets.choice(NUMBER_LETTERS)}{secrets.randbelow(10)}-{secrets.randbelow(10**digits):0{digits}d}"


def mint_code(nonce: str, mint_key: bytes) -> str:
    """The 16-symbol query code of a nonce: 80 bits in Crockford's base 32."""
    digest = hmac.digest(mint_key, nonce.encode(), "sha256")
    bits = int.from_bytes(digest[:10], "big")
    return "".join(CODE_ALPHABET[bits >> shift & 31] for shift in range(75, -1, -5))


def normal_code(typed: str) -> str | None:
    """A query code however a person typed it, or None."""
    return normal_symbols(typed, CODE_LENGTH)


def content_hash(fields: Mapping[str, object], nonce: str, key: bytes) -> str:
    """A keyed hash of everything the sender filled in, the same for the same content in whatever order.

    The nonce is stored nowhere: without it nobody who has the key can try phone numbers until one fits.
    """
    return keyed_hash(json.dumps([nonce, fields], ensure_ascii=True, sort_keys=True), key)
