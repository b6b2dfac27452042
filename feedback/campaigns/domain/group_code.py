"""Codes that prove a group without saying who: twelve symbols of Crockford's base 32, each good for one submission."""

import secrets

from feedback.base.domain.code import CODE_ALPHABET, normal_symbols
from feedback.base.domain.refusal import RefusalError

CODE_LENGTH = 12
# Fewer would tell who wrote; more keep the page waiting that draws them.
FEWEST_AT_ONCE, MOST_AT_ONCE = 10, 100
TOLD_IN = 10

SPENT_OR_WRONG = "这个邀请码不对，或者已经用过。请核对后再提交；也可以清空这一栏，按自己选的身份提交，一样受理。"
MISTYPED = "邀请码是 12 位字母和数字，请核对。没有邀请码，请清空这一栏。"


class GroupCodeError(RefusalError):
    """The code proves nothing; the opinion can be sent without it."""

    def __init__(self) -> None:
        super().__init__(SPENT_OR_WRONG, field="group_code")


def new_code() -> str:
    """60 random bits."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))


def told(spent: int) -> str:
    """How many codes are spent, so coarsely that nobody sees when one more is."""
    return f"{spent // TOLD_IN * TOLD_IN} 多张" if spent >= TOLD_IN else f"不足 {TOLD_IN} 张"


def in_print(code: str) -> str:
    """7K3M9QXDR2VH as 7K3M-9QXD-R2VH."""
    return "-".join(code[start : start + 4] for start in range(0, CODE_LENGTH, 4))


def normal_group_code(typed: str) -> str | None:
    """A code however a person typed it, or None."""
    return normal_symbols(typed, CODE_LENGTH)


def hashed_as(code: str, campaign_id: int) -> str:
    """What is hashed: the same code means nothing in another campaign, and is no query code."""
    return f"group code of {campaign_id}: {code}"
