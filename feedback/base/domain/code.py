"""Codes that people type, and the keyed hashes under which secrets are stored."""

import hashlib
import hmac
import re
import unicodedata

CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MAX_TYPED_LENGTH = 200
# A submission's public number, as people type it and as it stands in addresses.
# Five digits until half of the numbers are used, then six, then seven.
NUMBER_PATTERN = "[A-Za-z][0-9]-[0-9]{5,7}"
_LOOK_ALIKES = str.maketrans("OIL", "011")


def is_number(text: str) -> bool:
    """Whether it may be the public number of a submission."""
    return re.fullmatch(NUMBER_PATTERN, text) is not None


def in_groups(code: str) -> str:
    """7K3M9QXDR2VH5TNA as 7K3M 9QXD R2VH 5TNA."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


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


def sha256_of(token: str) -> str:
    """The stored form of a random token that is long enough to need no key."""
    return hashlib.sha256(token.encode()).hexdigest()
