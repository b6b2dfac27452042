"""The terms of a set, and how plain values of a campaign file are read strictly."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from feedback.base.domain.refusal import RefusalError

MAX_TEXT_LENGTHS = {"title": 100, "organiser": 100}

_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")


class CampaignContentError(RefusalError):
    """A campaign file lacks something or holds what it should not; the message names the place."""


@dataclass(frozen=True)
class Term:
    """One entry of a set: a stable key, the label of documents, and plainer words for the form if there are any."""

    key: str
    label: str
    plain: str


def read_text(data: Mapping[str, Any], name: str, *, most: int | None = None) -> str:
    """A text that is there, not blank and not too long."""
    value = data.get(name)
    if not isinstance(value, str) or not value.strip():
        raise CampaignContentError(f"征集内容缺少文字 {name}。")
    if len(value) > (most or MAX_TEXT_LENGTHS.get(name, 1_000)):
        raise CampaignContentError(f"征集内容的文字 {name} 太长。")
    return value


def read_key(data: Any, place: str) -> str:
    """The key by which an entry is stored for ever."""
    key = data.get("key") if isinstance(data, Mapping) else None
    if not isinstance(key, str) or _KEY.fullmatch(key) is None:
        raise CampaignContentError(f"{place} 的每一项都要有 key：小写字母开头，只含小写字母、数字和下划线。")
    return key


def read_terms(values: Any, place: str) -> tuple[Term, ...]:
    """The entries of a set; CampaignContentError names what is wrong, with `place` for where."""
    if not isinstance(values, list) or not values:
        raise CampaignContentError(f"{place} 应是至少有一项的列表。")
    terms = tuple(
        Term(read_key(value, place), read_text(value, "label"), str(value.get("plain") or value["label"]))
        for value in values
    )
    if len({term.key for term in terms}) != len(terms):
        raise CampaignContentError(f"{place} 里有重复的 key。")
    return terms
