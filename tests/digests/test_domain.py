"""The daily digest: when it goes out, and what it says."""

from datetime import UTC, datetime

import pytest

from feedback.digests.domain import Backlog, body, in_words, is_time
from feedback.people.domain.email import AddressError, check_address


@pytest.mark.parametrize(
    ("moment", "is_due"),
    [
        (datetime(2026, 11, 19, 23, 59, 59, tzinfo=UTC), False),  # Friday, a second before eight in China
        (datetime(2026, 11, 20, 0, 0, tzinfo=UTC), True),
        (datetime(2026, 11, 20, 15, 59, tzinfo=UTC), True),
        (datetime(2026, 11, 20, 16, 0, tzinfo=UTC), False),  # Saturday in China
        (datetime(2026, 11, 21, 2, 0, tzinfo=UTC), False),
        (datetime(2026, 11, 22, 2, 0, tzinfo=UTC), False),
        (datetime(2026, 11, 23, 0, 0, tzinfo=UTC), True),
    ],
)
def test_digests_go_out_on_working_days_from_eight_on(moment: datetime, *, is_due: bool) -> None:
    assert is_time(moment) is is_due


def test_only_what_there_is_is_said() -> None:
    assert in_words(Backlog()) == ""
    assert in_words(Backlog(received=12, overdue=3, calls=1)) == "待受理 12 件、已逾期 3 件、给您的提醒 1 条"
    assert in_words(Backlog(to_confirm=1, to_sign=2)) == "待确认 1 件、待签发 2 件"
    assert in_words(Backlog(received=1000)) == "待受理 999+ 件"


def test_the_text_holds_the_numbers_and_the_address_of_the_desk() -> None:
    text = body(Backlog(received=12), "https://yijian.example.gov.cn/home/")

    assert "待受理 12 件。" in text
    assert "https://yijian.example.gov.cn/home/\n" in text


@pytest.mark.parametrize("address", ["wang@example.gov.cn", "w.min+desk@a-b.cn", "w@" + "a" * 190 + ".cn"])
def test_plain_addresses_are_taken(address: str) -> None:
    check_address(address)


@pytest.mark.parametrize(
    "address",
    ["wang", "@a.cn", "w@cn", "w@a..cn", "王@a.cn", "w@单位.cn", "w w@a.cn", "w@a.cn\n", "w@a.cn\r\nBcc: x@y.cn",
     "<w@a.cn>", "w@a.cn,x@y.cn", '"w"@a.cn', "w@[127.0.0.1]", "w@" + "a" * 200 + ".cn"],
)  # fmt: skip
def test_what_could_end_a_line_or_name_another_is_no_address(address: str) -> None:
    with pytest.raises(AddressError):
        check_address(address)
