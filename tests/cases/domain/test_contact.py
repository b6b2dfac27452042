"""Contact details as staff see them first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.cases.domain.contact import masked_name, masked_phone
from tests.examples import FEW


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13812341234", "138****1234"),
        ("010-62345678", "010*****5678"),
        ("62345678", "******78"),
        ("1234567", "*****67"),
        ("12345", "*****"),
        ("", ""),
    ],
)
def test_a_phone_keeps_what_tells_two_apart_and_no_more(phone: str, shown: str) -> None:
    assert masked_phone(phone) == shown


@pytest.mark.parametrize(("name", "shown"), [("王小明", "王**"), ("王芳", "王*"), ("王", "*"), ("", "")])
def test_a_name_keeps_its_first_symbol(name: str, shown: str) -> None:
    assert masked_name(name) == shown


@FEW
@given(st.text("0123456789", max_size=20))
def test_a_masked_phone_is_as_long_as_the_phone(phone: str) -> None:
    assert len(masked_phone(phone)) == len(phone)
