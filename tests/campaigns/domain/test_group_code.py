import math
from collections import Counter

import pytest

from feedback.base.domain.code import CODE_ALPHABET
from feedback.campaigns.domain.group_code import CODE_LENGTH, in_print, new_code, normal_group_code

CODE = "7K3M9QXDR2VH"


def test_two_codes_are_equal_once_in_two_to_the_sixtieth() -> None:
    codes = [new_code() for _ in range(5_000)]

    # Twelve places, in each of which any of 32 symbols may stand, whatever stands in the others: 60 bits. A million
    # codes then hold two equal ones once in two million campaigns.
    assert {len(code) for code in codes} == {CODE_LENGTH}
    assert CODE_LENGTH * math.log2(len(set(CODE_ALPHABET))) == 60
    for place in range(CODE_LENGTH):
        found = Counter(code[place] for code in codes)
        assert set(found) == set(CODE_ALPHABET)
        # Each symbol is expected 156 times; beyond half or double of that by chance once in 10^18.
        assert 78 < min(found.values()) <= max(found.values()) < 312
    for place in range(CODE_LENGTH - 1):
        pairs = {code[place : place + 2] for code in codes}
        assert len(pairs) > 900
    assert len(set(codes)) == len(codes)


def test_a_code_has_no_look_alikes() -> None:
    assert not set("ILOU") & set(CODE_ALPHABET)


@pytest.mark.parametrize(
    "typed",
    [
        CODE, in_print(CODE), CODE.lower(), "7k3m 9qxd r2vh", " 7K3M－9QXD－R2VH ", "７Ｋ３Ｍ９ＱＸＤＲ２ＶＨ",
        "7K3M_9QXD_R2VH", "7K3M9QXDR2VH。",
    ],
)  # fmt: skip
def test_a_code_is_known_however_it_is_typed(typed: str) -> None:
    assert normal_group_code(typed) == CODE


def test_look_alikes_mean_the_figure() -> None:
    assert normal_group_code("O1IL-9QXD-R2VH") == "01119QXDR2VH"


@pytest.mark.parametrize("typed", ["", "7K3M9QXDR2V", CODE + "A", "U" + CODE[1:], "意见", "7K3M9QXDR2VH" * 100])
def test_what_is_no_code_is_none(typed: str) -> None:
    assert normal_group_code(typed) is None
