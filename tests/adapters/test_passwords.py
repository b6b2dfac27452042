"""Password hashes."""

import re

import pytest

from feedback.adapters.passwords import hash_password, is_password, new_password


def test_a_password_is_kept_as_argon2id_with_46_mib() -> None:
    stored = hash_password("correct horse")

    assert stored.startswith("$argon2id$")
    assert "$m=47104,t=1,p=1$" in stored
    assert "correct horse" not in stored


def test_only_the_password_itself_is_right() -> None:
    stored = hash_password("correct horse")

    assert is_password(stored, "correct horse")
    assert not is_password(stored, "Correct horse")
    assert not is_password(stored, "")


@pytest.mark.parametrize("stored", [None, "", "plain", "$argon2id$broken"])
def test_without_a_usable_hash_nothing_is_right(stored: str | None) -> None:
    assert not is_password(stored, "")
    assert not is_password(stored, "plain")


def test_a_first_password_has_sixteen_symbols_without_look_alikes() -> None:
    passwords = {new_password() for _ in range(200)}

    assert all(re.fullmatch("([2-9a-hj-km-np-z]{4}-){3}[2-9a-hj-km-np-z]{4}", password) for password in passwords)
    assert len(passwords) == 200
