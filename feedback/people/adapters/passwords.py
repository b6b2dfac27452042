"""Passwords: hashed by argon2id with 46 MiB, one pass, one lane; weighed by zxcvbn."""

import secrets
from base64 import b64encode

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError


def _random_base64(length: int) -> str:
    return b64encode(secrets.token_bytes(length)).decode().rstrip("=")


_HASHER = PasswordHasher(time_cost=1, memory_cost=46 * 1024, parallelism=1)
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
# What comes behind makes no password weaker, and zxcvbn takes four times as long for twice as many.
_MAX_WEIGHED = 32
# Verified against when no such account exists, so that the answer takes the same time. Nobody knows a password of it:
# to make one of a password would cost every process that starts as much as a sign-in.
_NOBODY = f"$argon2id$v=19$m={46 * 1024},t=1,p=1${_random_base64(16)}${_random_base64(32)}"


def hash_password(password: str) -> str:
    """The string to store."""
    return _HASHER.hash(password)


def is_password(stored: str | None, password: str) -> bool:
    """Whether it is the one; without a usable hash the same work is done and the answer is no."""
    is_usable = stored is not None and stored.startswith("$argon2id$")
    try:
        return _HASHER.verify(stored if is_usable and stored else _NOBODY, password) and is_usable
    except (VerificationError, InvalidHashError):
        return False


def strength(password: str, *, known: list[str]) -> int:
    """How hard it is to guess, 0 to 4 (zxcvbn's score); `known` are words an attacker would try first."""
    # Its lists of words take long to load, and few processes ever weigh a password.
    from zxcvbn import zxcvbn

    return int(zxcvbn(password[:_MAX_WEIGHED], user_inputs=known)["score"])


def new_password(groups: int = 4) -> str:
    """Random symbols without look-alikes, almost five bits each, in groups of four."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(groups))
