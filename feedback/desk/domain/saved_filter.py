"""Filters people keep under a name."""

from collections.abc import Collection

from feedback.base.domain.refusal import RefusalError
from feedback.cases.domain.opinion import check_text

MAX_NAME_LENGTH = 20
MAX_PER_PERSON = 20


class SavedFilterError(RefusalError):
    """The filter cannot be kept under that name."""


def check_name(name: str, *, others: Collection[str] = ()) -> None:
    """Raise a RefusalError for a name that is empty, too long or broken, or that another one of the person has."""
    check_text(name, most=MAX_NAME_LENGTH, field="name")
    if name in others:
        raise SavedFilterError("您已有叫这个名称的筛选，请换一个名称。", field="name")


def check_room(count: int) -> None:
    """Raise SavedFilterError where a person keeps as many in a campaign as they may."""
    if count >= MAX_PER_PERSON:
        raise SavedFilterError(f"一个活动最多保存 {MAX_PER_PERSON} 个筛选，请先删去不用的。", field="name")
