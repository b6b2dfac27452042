"""What a campaign asks: texts, sets of terms and extra questions, read strictly from plain JSON values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from feedback.domain.refusal import RefusalError

CHANNEL_CODE_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
CHANNEL_CODE_LENGTH = 5
CITIZEN_SETS = ("respondent_group", "kind", "agency", "category")
STAFF_SETS = ("task", "issue_nature", "outcome")
PHASES = {"study": "学习教育", "rectify": "查纠整改", "consolidate": "总结提升"}
MAX_TEXT_LENGTHS = {"title": 100, "organiser": 100}
TEXTS = ("title", "organiser", "intro", "notice", "consent")

_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")


class CampaignStatus(StrEnum):
    """A draft takes trial entries, an open campaign real ones, a closed one none."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"
    ARCHIVED = "archived"


CAMPAIGN_STATUS_LABELS = {
    CampaignStatus.DRAFT: "草稿（试填）",
    CampaignStatus.OPEN: "征集中",
    CampaignStatus.CLOSED: "已结束",
    CampaignStatus.ARCHIVED: "已归档",
}


class QuestionKind(StrEnum):
    """How an extra question is answered."""

    SHORT_TEXT = "short_text"
    LONG_TEXT = "long_text"
    SINGLE_CHOICE = "single_choice"
    MULTIPLE_CHOICE = "multiple_choice"


class CampaignContentError(RefusalError):
    """A campaign file lacks something or holds what it should not; the message names the place."""


@dataclass(frozen=True)
class Term:
    """One entry of a set: a stable key, the label of documents, and plainer words for the form if there are any."""

    key: str
    label: str
    plain: str


@dataclass(frozen=True)
class Question:
    """An extra question, never compulsory."""

    key: str
    kind: QuestionKind
    label: str
    options: tuple[Term, ...]


@dataclass(frozen=True)
class CampaignContent:
    """Everything an immutable campaign version holds."""

    title: str
    organiser: str
    intro: str
    notice: str
    consent: str
    sets: Mapping[str, tuple[Term, ...]]
    questions: tuple[Question, ...]

    def labels(self, name: str) -> dict[str, str]:
        """Key to label of one set, in its order."""
        return {term.key: term.label for term in self.sets[name]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "CampaignContent":
        """Read plain values; CampaignContentError names the first place that is wrong."""
        if not isinstance(data, Mapping) or not isinstance(data.get("sets"), Mapping):
            raise CampaignContentError("征集内容应是一个对象，并含有 sets。")
        return cls(
            **{name: _text(data, name) for name in TEXTS},
            sets={name: _terms(data["sets"].get(name), f"sets.{name}") for name in CITIZEN_SETS + STAFF_SETS},
            questions=_questions(data.get("questions", [])),
        )


@dataclass(frozen=True)
class CampaignSettings:
    """What may change about a campaign without a new version."""

    phase: str
    deadlines: dict[str, int]
    retention_months: int
    furniture: dict[str, str]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "CampaignSettings":
        """Read plain values, with defaults; CampaignContentError names the one that is wrong."""
        phase, deadlines = data.get("phase", "study"), data.get("deadlines", {})
        months, furniture = data.get("retention_months", 36), data.get("furniture", {})
        if not isinstance(phase, str) or phase not in PHASES:
            raise CampaignContentError(f"phase 应是 {'、'.join(PHASES)} 之一。")
        if not isinstance(deadlines, dict) or not all(type(days) is int and days > 0 for days in deadlines.values()):
            raise CampaignContentError("deadlines 应是一个对象，每一项是工作日的天数。")
        if type(months) is not int or months < 1:
            raise CampaignContentError("retention_months 应是月数，至少是 1。")
        if not isinstance(furniture, dict) or not all(isinstance(value, str) for value in furniture.values()):
            raise CampaignContentError("furniture 应是一个对象，每一项是文字。")
        return cls(phase, deadlines, months, furniture)


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value.strip():
        raise CampaignContentError(f"征集内容缺少文字 {name}。")
    if len(value) > MAX_TEXT_LENGTHS.get(name, 1_000):
        raise CampaignContentError(f"征集内容的文字 {name} 太长。")
    return value


def _key(data: Any, place: str) -> str:
    key = data.get("key") if isinstance(data, Mapping) else None
    if not isinstance(key, str) or _KEY.fullmatch(key) is None:
        raise CampaignContentError(f"{place} 的每一项都要有 key：小写字母开头，只含小写字母、数字和下划线。")
    return key


def _terms(values: Any, place: str) -> tuple[Term, ...]:
    if not isinstance(values, list) or not values:
        raise CampaignContentError(f"{place} 应是至少有一项的列表。")
    terms = tuple(
        Term(_key(value, place), _text(value, "label"), str(value.get("plain") or value["label"])) for value in values
    )
    if len({term.key for term in terms}) != len(terms):
        raise CampaignContentError(f"{place} 里有重复的 key。")
    return terms


def _questions(values: Any) -> tuple[Question, ...]:
    if not isinstance(values, list):
        raise CampaignContentError("questions 应是一个列表，可以是空的。")
    questions = tuple(_question(value) for value in values)
    if len({question.key for question in questions}) != len(questions):
        keys = [question.key for question in questions]
        doubled = next(key for key in keys if keys.count(key) > 1)
        raise CampaignContentError(f"questions 里有重复的 key：{doubled}。")
    return questions


def _question(value: Any) -> Question:
    key = _key(value, "questions")
    try:
        kind = QuestionKind(value.get("kind"))
    except ValueError:
        raise CampaignContentError(f"问题 {key} 的 kind 应是 {'、'.join(QuestionKind)} 之一。") from None
    has_options = kind in {QuestionKind.SINGLE_CHOICE, QuestionKind.MULTIPLE_CHOICE}
    options = _terms(value.get("options"), f"问题 {key} 的 options") if has_options else ()
    return Question(key, kind, _text(value, "label"), options)
