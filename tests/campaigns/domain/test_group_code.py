import pytest

from feedback.base.domain.code import CODE_ALPHABET
from feedback.campaigns.domain.group_code import CODE_LENGTH, in_print, new_code, normal_group_code

CODE = "7K3M9QXDR2VH"


def test_a_million_codes_are_a_million_different_ones() -> None:
    codes = {new_code() for _ in range(1_000_000)}

    assert len(codes) == 1_000_000


def test_a_code_is_twelve_symbols_without_look_alikes() -> None:
    codes = [new_code() for _ in range(1_000)]

    assert {len(code) for code in codes} == {CODE_LENGTH}
    assert set("".join(codes)) == set(CODE_ALPHABET)
    assert not set("ILOU") & set("".join(codes))


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
