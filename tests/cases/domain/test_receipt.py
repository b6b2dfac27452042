"""Nonces, query codes, public numbers and keyed hashes."""

import base64
import hmac
import re
from string import ascii_letters, digits

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.base.domain.code import in_groups, is_number, keyed_hash, sha256_of
from feedback.cases.domain.receipt import content_hash, is_nonce, mint_code, new_nonce, new_number, normal_code
from tests.examples import FEW, MANY, anything

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RFC_4648 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
LOOK_ALIKES = {"0": "0Oo", "1": "1IilL"}
CODE = "7K3M9QXDR2VH5T0A"
NONCE = "Zk9-x_QmT4bYc7LwRs2VnA"

nonces = st.text(ascii_letters + digits + "_-", min_size=22, max_size=22)
secrets = st.binary(min_size=32, max_size=32)
codes = st.text(CROCKFORD, min_size=16, max_size=16)
gaps = st.sampled_from(["", " ", "　", "-", "－", "—", "\t", "\u200b"])
hands = st.tuples(st.integers(0, 4), st.booleans(), gaps)


@FEW
@given(nonces, secrets)
def test_a_code_is_the_first_eighty_bits_of_the_hmac_in_crockford_symbols(nonce: str, key: bytes) -> None:
    first_bits = hmac.digest(key, nonce.encode(), "sha256")[:10]

    code = mint_code(nonce, key)

    assert code == base64.b32encode(first_bits).decode().translate(str.maketrans(RFC_4648, CROCKFORD))
    assert re.fullmatch(f"[{CROCKFORD}]{{16}}", code)


@FEW
@given(nonces, secrets, secrets)
def test_the_same_nonce_has_one_code_under_a_key_and_another_under_another(nonce: str, one: bytes, two: bytes) -> None:
    assert mint_code(nonce, one) == mint_code(nonce, one)
    assert (mint_code(nonce, one) == mint_code(nonce, two)) is (one == two)


def test_no_two_nonces_of_a_thousand_share_a_code() -> None:
    minted = {mint_code(new_nonce(), bytes(32)) for _ in range(1_000)}

    assert len(minted) == 1_000


def test_a_nonce_has_the_shape_it_is_recognised_by() -> None:
    assert all(is_nonce(new_nonce()) for _ in range(100))


@pytest.mark.parametrize("value", ["", "a" * 21, "a" * 23, "a" * 22 + "\n", "a" * 21 + ".", "a" * 21 + "好", "１" * 22])
def test_nothing_else_is_taken_for_a_nonce(value: str) -> None:
    assert not is_nonce(value)


@FEW
@given(codes, st.lists(hands, min_size=16, max_size=16))
def test_a_code_is_recognised_however_it_is_typed(code: str, typing: list[tuple[int, bool, str]]) -> None:
    typed = ""
    for symbol, (choice, is_wide, gap) in zip(code, typing, strict=True):
        looks = LOOK_ALIKES.get(symbol, symbol + symbol.lower())
        shown = looks[choice % len(looks)]
        typed += (chr(ord(shown) + 0xFEE0) if is_wide else shown) + gap

    assert normal_code(typed) == code


def test_a_code_shown_in_groups_is_recognised() -> None:
    assert in_groups(CODE) == "7K3M 9QXD R2VH 5T0A"
    assert normal_code(in_groups(CODE)) == CODE


@pytest.mark.parametrize(
    "typed", ["", " ", "H7-20438", CODE[:-1], CODE + "0", CODE[:-1] + "U", CODE[:-1] + "好", CODE * 1_000]
)
def test_what_is_no_code_is_none(typed: str) -> None:
    assert normal_code(typed) is None


@MANY
@given(anything)
def test_whatever_is_typed_gives_a_whole_code_or_none(typed: str) -> None:
    code = normal_code(typed)

    assert code is None or re.fullmatch(f"[{CROCKFORD}]{{16}}", code)


def test_a_public_number_is_a_letter_a_digit_and_five_digits_without_look_alikes() -> None:
    numbers = {new_number(0) for _ in range(2_000)}

    assert all(re.fullmatch(r"[A-HJ-NP-Z][0-9]-[0-9]{5}", number, re.ASCII) for number in numbers)
    assert len(numbers) > 1_990
    assert not any(number[0] in "IOL" for number in numbers)


@FEW
@given(st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=5), secrets)
def test_the_order_of_fields_does_not_change_the_hash_of_a_content(fields: dict[str, str], key: bytes) -> None:
    turned = dict(reversed(fields.items()))

    assert content_hash(fields, NONCE, key) == content_hash(turned, NONCE, key)


def test_a_changed_a_moved_and_a_missing_value_change_the_hash_of_a_content() -> None:
    contents: list[dict[str, object]] = [
        {"text": "好", "kind": None},
        {"text": "好的", "kind": None},
        {"text": "", "kind": "好"},
        {"text": "好"},
        {"text": ["好"], "kind": None},
    ]

    assert len({content_hash(content, NONCE, bytes(32)) for content in contents}) == len(contents)


def test_half_a_surrogate_pair_is_hashed_like_anything_else() -> None:
    hashes = {content_hash({"text": text}, NONCE, bytes(32)) for text in ("\ud800", "\ud801")}

    assert len(hashes) == 2


def test_the_hash_of_a_content_cannot_be_guessed_without_its_nonce() -> None:
    hashes = {content_hash({"phone": "13800001111"}, nonce, bytes(32)) for nonce in (NONCE, NONCE[::-1])}

    assert len(hashes) == 2


def test_a_hash_depends_on_its_key() -> None:
    one, two = keyed_hash("好", b"1" * 32), keyed_hash("好", b"2" * 32)

    assert one != two
    assert re.fullmatch("[0-9a-f]{64}", one)


def test_the_stored_form_of_a_token_does_not_hold_it() -> None:
    assert "token" not in sha256_of("token")
    assert sha256_of("token") != sha256_of("tokem")


@pytest.mark.parametrize(
    ("used", "digits"), [(0, 5), (10_999_999, 5), (11_000_000, 6), (109_999_999, 6), (110_000_000, 7), (10**10, 7)]
)
def test_before_half_of_the_numbers_are_used_new_ones_are_longer(used: int, digits: int) -> None:
    numbers = [new_number(used) for _ in range(100)]

    assert {len(number) - 3 for number in numbers} == {digits}
    assert all(is_number(number) for number in numbers)
