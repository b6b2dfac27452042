"""The identity of a submission: nonce in, query code out, and only keyed hashes in between.

code = HMAC(mint key, nonce): a repeated request finds the same code, and a copy of the database has neither.
"""

import base64
import hashlib
import hmac
import json
import re
import secrets
import unicodedata
from collections.abc import Iterable, Mapping

CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 16
MAX_TYPED_LENGTH = 200
NUMBER_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ"

_NONCE = re.compile(r"[A-Za-z0-9_-]{22}")
_LOOK_ALIKES = str.maketrans("OIL", "011")


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


def new_number() -> str:
    """A public number such as H7-20438: random, so it says nothing; unique by the database."""
    return f"{secrets.choice(NUMBER_LETTERS)}{secrets.randbelow(10)}-{secrets.randbelow(100_000):05d}"


def mint_code(nonce: str, mint_key: bytes) -> str:
    """The 16-symbol query code of a nonce: 80 bits in Crockford's base 32."""
    digest = hmac.digest(mint_key, nonce.encode(), "sha256")
    bits = int.from_bytes(digest[:10], "big")
    return "".join(CODE_ALPHABET[bits >> shift & 31] for shift in range(75, -1, -5))


def in_groups(code: str) -> str:
    """7K3M9QXDR2VH5TNA as 7K3M 9QXD R2VH 5TNA."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


def normal_code(typed: str) -> str | None:
    """A query code however a person typed it, or None."""
    return normal_symbols(typed, CODE_LENGTH)


def normal_symbols(typed: str, length: int) -> str | None:
    """A code of so many symbols out of small letters, full width, blanks, dashes, O for 0, I or L for 1; or None."""
    if len(typed) > MAX_TYPED_LENGTH:
        return None
    wide = unicodedata.normalize("NFKC", typed).upper().translate(_LOOK_ALIKES)
    symbols = "".join(symbol for symbol in wide if symbol.isalnum())
    is_code = len(symbols) == length and all(symbol in CODE_ALPHABET for symbol in symbols)
    return symbols if is_code else None


def keyed_hash(value: str, key: bytes) -> str:
    """HMAC-SHA-256 as 64 hexadecimal digits."""
    return hmac.digest(key, value.encode(), "sha256").hex()


def content_hash(fields: Mapping[str, object], nonce: str, key: bytes) -> str:
    """A keyed hash of everything the sender filled in, the same for the same content in whatever order.

    The nonce is stored nowhere: without it nobody who has the key can try phone numbers until one fits.
    """
    return keyed_hash(json.dumps([nonce, fields], ensure_ascii=True, sort_keys=True), key)


def sha256_of(token: str) -> str:
    """The stored form of a random token that is long enough to need no key."""
    return hashlib.sha256(token.encode()).hexdigest()
