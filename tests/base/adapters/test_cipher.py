"""Encryption of contact details."""

import secrets
from dataclasses import replace
from pathlib import Path

import pytest

from feedback.base.adapters.cipher import CipherError, decrypt, encrypt
from feedback.base.adapters.keys import PURPOSES, KeyFileError, Keys, create_keys, load_keys, rotate_key

PLACE = "contact.phone:0b9f0d34-5d7e-4d53-9f58-0b6b7a1f6a01"
PHONE = "13812341234"


@pytest.fixture
def key_path(tmp_path: Path) -> Path:
    path = tmp_path / "keys.json"
    create_keys(path)
    return path


@pytest.fixture
def keys(key_path: Path) -> Keys:
    return load_keys(key_path)


def with_other_secrets(keys: Keys, *purposes: str) -> Keys:
    """The same ids, but for these purposes nobody knows the secrets."""
    other = {
        purpose: tuple(replace(key, secret=secrets.token_bytes(32)) for key in keys.all(purpose))
        for purpose in purposes
    }
    return Keys({**keys.by_purpose, **other})


@pytest.mark.parametrize("text", ["", PHONE, "王小明", "𠮷野👨‍👩‍👧", "\x00", "好" * 10_000])
def test_what_was_encrypted_is_read_in_its_place(keys: Keys, text: str) -> None:
    assert decrypt(encrypt(text, place=PLACE, keys=keys), place=PLACE, keys=keys) == text


def test_the_ciphertext_shows_nothing_and_is_never_the_same(keys: Keys) -> None:
    one, two = (encrypt(PHONE, place=PLACE, keys=keys) for _ in range(2))

    assert one != two
    assert PHONE.encode() not in one


@pytest.mark.parametrize(
    "place", [PLACE.replace("phone", "name"), PLACE.replace("contact", "reply"), PLACE[:-1] + "2", "", PLACE + " "]
)
def test_a_ciphertext_moved_to_another_table_column_or_row_is_refused(keys: Keys, place: str) -> None:
    sealed = encrypt(PHONE, place=PLACE, keys=keys)

    with pytest.raises(CipherError):
        decrypt(sealed, place=place, keys=keys)


def test_a_change_of_any_byte_is_refused(keys: Keys) -> None:
    sealed = encrypt(PHONE, place=PLACE, keys=keys)

    for position, byte in enumerate(sealed):
        changed = sealed[:position] + bytes([byte ^ 1]) + sealed[position + 1 :]
        with pytest.raises((CipherError, KeyFileError)):
            decrypt(changed, place=PLACE, keys=keys)


def test_a_ciphertext_cut_anywhere_is_refused(keys: Keys) -> None:
    sealed = encrypt(PHONE, place=PLACE, keys=keys)

    for length in range(len(sealed)):
        with pytest.raises((CipherError, KeyFileError)):
            decrypt(sealed[:length], place=PLACE, keys=keys)


@pytest.mark.parametrize("known", PURPOSES)
def test_a_thief_of_the_database_and_of_one_secret_reads_nothing(keys: Keys, known: str) -> None:
    sealed = encrypt(PHONE, place=PLACE, keys=keys)
    stolen = with_other_secrets(keys, *(purpose for purpose in PURPOSES if purpose != known))

    with pytest.raises(CipherError):
        decrypt(sealed, place=PLACE, keys=stolen)


@pytest.mark.parametrize("missing", ["contact", "contact_half"])
def test_both_halves_of_the_key_are_needed(keys: Keys, missing: str) -> None:
    sealed = encrypt(PHONE, place=PLACE, keys=keys)

    with pytest.raises(CipherError):
        decrypt(sealed, place=PLACE, keys=with_other_secrets(keys, missing))


@pytest.mark.parametrize("purpose", PURPOSES)
def test_after_a_rotation_old_and_new_ciphertexts_are_read(key_path: Path, purpose: str) -> None:
    old = encrypt("旧", place=PLACE, keys=load_keys(key_path))

    rotate_key(key_path, purpose)

    keys = load_keys(key_path)
    new = encrypt("新", place=PLACE, keys=keys)
    assert [decrypt(sealed, place=PLACE, keys=keys) for sealed in (old, new)] == ["旧", "新"]


def test_a_rotated_key_writes_from_then_on(key_path: Path) -> None:
    key_id = rotate_key(key_path, "contact")

    sealed = encrypt(PHONE, place=PLACE, keys=load_keys(key_path))

    assert sealed.startswith(key_id.encode() + b":")
