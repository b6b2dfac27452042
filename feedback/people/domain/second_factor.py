"""The second factor of a sign-in: who needs one, and how its codes may be typed."""

import re
import unicodedata

from feedback.base.domain.code import MAX_TYPED_LENGTH
from feedback.base.domain.permission import GRANTS, Actor, Permission
from feedback.base.domain.refusal import RefusalError

RECOVERY_CODES = 10
CODE_LENGTH = 6
# Those who read opinions, take them away in a workbook or decide who may.
_GUARDED = frozenset(Permission) - {Permission.ACCOUNT_OWN}


class WrongCodeError(RefusalError):
    """The code is not the one the authenticator shows now, or was used already."""

    def __init__(self) -> None:
        super().__init__("动态口令不对，或已经用过。请等下一个六位数字出现后再填。", field="code")


def is_needed(actor: Actor) -> bool:
    """Whether one of the roles held may do more than keep its own account."""
    return any(GRANTS[grant.role] & _GUARDED for grant in actor.grants)


def normal_code(typed: str) -> str:
    """A code as it was given out, however it was typed: full width, with blanks or dashes, in capitals.

    What is far too long is none, and to normalise it could take minutes.
    """
    if len(typed) > MAX_TYPED_LENGTH:
        return ""
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", typed)).lower()


def is_recovery_code(code: str) -> bool:
    """Whether a normal code is one of those to be used once, and not the authenticator's."""
    return not (len(code) == CODE_LENGTH and code.isdigit())
