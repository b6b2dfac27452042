"""Password hashes."""

import re

import pytest

from feedback.people.adapters.passwords import hash_password, is_password, new_password, strength
from feedback.people.domain.session import LEAST_STRENGTH


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


@pytest.mark.parametrize(
    "password",
    ["aaaaaaaaaaaa", "abcdabcdabcd", "password1234", "qwertyuiop[]", "1234567890ab", "wang-xiaoming-1", "Aa123456789!"],
)
def test_what_is_guessed_first_is_weak_whatever_signs_it_is_made_of(password: str) -> None:
    assert strength(password, known=["wang-xiaoming", "王小明"]) < LEAST_STRENGTH


@pytest.mark.parametrize(
    "password",
    [
        "敞开门打开窗听意见改作风",
        "correct horse battery",
        "x7#kPq2!vB",
        "lantern gravel sixty",
        "lantern gravel sixty " * 9,
    ],
)
def test_words_that_do_not_belong_together_are_strong(password: str) -> None:
    assert strength(password, known=["wang"]) >= LEAST_STRENGTH
