"""Places in a ready text that somebody has to fill in before its sender reads it."""

import re

from feedback.base.domain.refusal import RefusalError

VARIABLES = ("编号", "收到日期", "责任单位", "主办单位", "今天")

# Chinese keyboards give wide braces as well; 〔责任单位〕 is a variable that had no value yet.
_OPEN = re.compile(rf"[{{｛〔]\s*({'|'.join(VARIABLES)})\s*[}}｝〕]")


class UnfilledError(RefusalError):
    """Something is left to be filled in."""


def check_filled(text: str, *, field: str) -> None:
    """Raise UnfilledError where a variable is left in what the sender is going to read."""
    left = _OPEN.search(text)
    if left is not None:
        raise UnfilledError(f"“{left[0]}”还没有填好，请换成具体的内容，或者删去，再提交。", field=field)
