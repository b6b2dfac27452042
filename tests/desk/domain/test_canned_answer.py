"""Texts kept ready: their variables, and what must not reach a sender."""

from datetime import date

import pytest

from feedback.base.domain.refusal import RefusalError
from feedback.cases.domain.placeholder import VARIABLES, UnfilledError, check_filled
from feedback.desk.domain.canned_answer import (
    MAX_BODY_LENGTHS,
    MAX_PER_CAMPAIGN,
    MAX_TITLE_LENGTH,
    CannedAnswerError,
    CannedAnswerKind,
    check_body,
    check_room,
    check_title,
    filled,
    in_braces,
    values_of,
)

REPLY, REJECT = CannedAnswerKind.REPLY, CannedAnswerKind.REJECT
VALUES = values_of(
    number="A1-00001", received_on=date(2026, 11, 5), unit=None, organiser="领导小组", today=date(2026, 11, 20)
)


def test_every_variable_is_replaced_by_what_it_stands_for() -> None:
    values = {**VALUES, "责任单位": "甲县法院"}

    text = filled("{编号}，{收到日期}，{责任单位}，{主办单位}，{今天}。{编号}", values)

    assert text == "A1-00001，2026年11月05日，甲县法院，领导小组，2026年11月20日。A1-00001"


@pytest.mark.parametrize("written", ["{责任单位}", "{ 责任单位 }", "｛责任单位｝", "{责任单位｝"])
def test_what_has_no_value_yet_stays_to_be_seen_and_is_not_sent(written: str) -> None:
    check_body(f"已请{written}办理。", REPLY)

    text = filled(f"已请{written}办理。", VALUES)

    assert text == "已请〔责任单位〕办理。"
    with pytest.raises(UnfilledError, match="〔责任单位〕”还没有填好") as refusal:
        check_filled(text, field="body")
    assert refusal.value.field == "body"


def test_a_value_is_never_read_as_a_variable() -> None:
    assert filled("{责任单位}{编号}", {**VALUES, "责任单位": "{编号}"}) == "{编号}A1-00001"


@pytest.mark.parametrize("strange", ["{姓名}", "{}", "{", "编号}", "{{编号}}", "｛电话｝", "{编号 单位}", "{编\n号}"])
def test_a_variable_nobody_knows_is_refused_with_those_that_are_known(strange: str) -> None:
    with pytest.raises(CannedAnswerError) as refusal:
        check_body(f"您好，{strange}。", REPLY)

    assert in_braces() in refusal.value.message
    assert all(f"{{{name}}}" in refusal.value.message for name in VARIABLES)
    assert refusal.value.field == "body"


@pytest.mark.parametrize("kind", CannedAnswerKind)
def test_a_text_is_as_long_as_its_place_allows(kind: CannedAnswerKind) -> None:
    check_body("好" * MAX_BODY_LENGTHS[kind], kind)

    for wrong in ("好" * (MAX_BODY_LENGTHS[kind] + 1), "", " \n"):
        with pytest.raises(RefusalError):
            check_body(wrong, kind)


def test_a_title_is_short_and_can_be_read() -> None:
    check_title("好" * MAX_TITLE_LENGTH)

    for wrong in ("好" * (MAX_TITLE_LENGTH + 1), "", "\u3000", "好\x00"):
        with pytest.raises(RefusalError):
            check_title(wrong)


def test_a_campaign_has_room_for_so_many() -> None:
    check_room(MAX_PER_CAMPAIGN - 1)

    with pytest.raises(CannedAnswerError, match=str(MAX_PER_CAMPAIGN)):
        check_room(MAX_PER_CAMPAIGN)
