"""Encryption of contact details: AES-256-GCM, bound to the table, column and row they belong to."""

import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from feedback.base.adapters.keys import Key, Keys

_NONCE_BYTES = 12


class CipherError(Exception):
    """The bytes were not encrypted for this place with a key of the key file, or have been changed."""


def encrypt(text: str, *, place: str, keys: Keys) -> bytes:
    """`place` is table.column:uuid. The result is key id, a colon, nonce, and ciphertext with its tag."""
    key = keys.current("contact")
    nonce = os.urandom(_NONCE_BYTES)
    sealed = AESGCM(_whole_key(key, keys)).encrypt(nonce, text.encode(), place.encode())
    return key.id.encode() + b":" + nonce + sealed


def decrypt(sealed: bytes, *, place: str, keys: Keys) -> str:
    """The text, or CipherError where a byte, the key or the place differs."""
    key_id, _, rest = sealed.partition(b":")
    key = keys.find("contact", key_id.decode("ascii", "replace"))
    try:
        plain = AESGCM(_whole_key(key, keys)).decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], place.encode())
    except (InvalidTag, ValueError):
        raise CipherError("the ciphertext does not belong here") from None
    return plain.decode()


def _whole_key(key: Key, keys: Keys) -> bytes:
    """Two secrets make the key, so that a thief of the database and of one secret still reads nothing.

    The second half is not rotated: it is the oldest one in the file.
    """
    return hmac.digest(keys.all("contact_half")[-1].secret, b"contact" + key.secret, "sha256")
