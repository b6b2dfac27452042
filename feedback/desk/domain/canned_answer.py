"""Texts kept ready for answers and refusals: what may stand in them, and what of it is replaced."""

import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from feedback.base.domain.moment import chinese_date
from feedback.base.domain.refusal import RefusalError
from feedback.base.domain.text import MAX_REASON_LENGTH
from feedback.cases.domain.opinion import check_text
from feedback.cases.domain.placeholder import VARIABLES

MAX_TITLE_LENGTH = 30
MAX_PER_CAMPAIGN = 100

_NAMES = "|".join(VARIABLES)
# Chinese keyboards give wide braces as well.
_VARIABLE = re.compile(rf"[{{｛]\s*({_NAMES})\s*[}}｝]")
_BRACE = re.compile(r"[{｛][^{}｛｝]*[}｝]?|[}｝]")


class CannedAnswerKind(StrEnum):
    """What a text is for."""

    REPLY = "reply"
    REJECT = "reject"


KIND_LABELS = {CannedAnswerKind.REPLY: "答复", CannedAnswerKind.REJECT: "不予受理的理由"}
# A text for refusals has to fit into a reason.
MAX_BODY_LENGTHS = {CannedAnswerKind.REPLY: 2_000, CannedAnswerKind.REJECT: MAX_REASON_LENGTH}


class CannedAnswerError(RefusalError):
    """The text cannot be kept as it is."""


def in_braces() -> str:
    """{编号}、{收到日期} and so on: every variable as it is written."""
    return "、".join(f"{{{name}}}" for name in VARIABLES)


def check_title(title: str) -> None:
    """Raise a RefusalError for a title that is empty, too long or broken."""
    check_text(title, most=MAX_TITLE_LENGTH, field="title")


def check_body(body: str, kind: CannedAnswerKind) -> None:
    """Raise a RefusalError for a text that is empty, too long or broken, or has a variable nobody knows."""
    check_text(body, most=MAX_BODY_LENGTHS[kind], field="body")
    strange = _BRACE.search(_VARIABLE.sub("", body))
    if strange is not None:
        raise CannedAnswerError(f"花括号里只能写 {in_braces()}，请改正“{strange[0][:20]}”。", field="body")


def check_room(count: int) -> None:
    """Raise CannedAnswerError where a campaign has as many texts as it may have."""
    if count >= MAX_PER_CAMPAIGN:
        raise CannedAnswerError(f"一个活动最多 {MAX_PER_CAMPAIGN} 段常用答复，请先删去不用的。")


def values_of(
    *, number: str, received_on: date, unit: str | None, organiser: str, today: date
) -> dict[str, str | None]:
    """What the variables stand for in one submission; None where there is nothing yet. Days are Chinese days."""
    values = (number, chinese_date(received_on), unit, organiser, chinese_date(today))
    return dict(zip(VARIABLES, values, strict=True))


def filled(body: str, values: Mapping[str, str | None]) -> str:
    """The text with its variables replaced; one without a value stays to be seen, as 〔责任单位〕."""
    return _VARIABLE.sub(lambda found: values.get(found[1]) or f"〔{found[1]}〕", body)
