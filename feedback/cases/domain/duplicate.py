"""What is said of two opinions that nearly say the same."""

from enum import StrEnum

from feedback.base.domain.refusal import RefusalError
from feedback.cases.domain.submission import Status


class Verdict(StrEnum):
    """A machine suspects; a person merges, or says that they are two."""

    SUSPECTED = "suspected"
    MERGED = "merged"
    DISTINCT = "distinct"


def check_merge(*, is_same: bool, is_same_list: bool, into: Status, has_own: bool) -> None:
    """Raise RefusalError where one opinion cannot be merged into another."""
    if is_same or not is_same_list:
        raise RefusalError("只能并入同一个征集活动里的另一件意见。")
    if into is Status.MERGED:
        raise RefusalError("那一件已经并入别的意见，请并入它所并入的那一件。")
    if has_own:
        raise RefusalError("已有意见并入这一件。请把那一件并到这里，或先拆分。")
