"""The extra questions of a campaign: none is compulsory, and each may be meant for some groups alone."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from feedback.campaigns.domain.term import CampaignContentError, Term, read_key, read_terms, read_text

STEPS = 5
_STEPS = tuple(str(step) for step in range(1, STEPS + 1))


class QuestionKind(StrEnum):
    """How an extra question is answered."""

    SHORT_TEXT = "short_text"
    LONG_TEXT = "long_text"
    SINGLE_CHOICE = "single_choice"
    MULTIPLE_CHOICE = "multiple_choice"
    SCALE = "scale"
    DATE = "date"


QUESTION_KIND_LABELS = {
    QuestionKind.SHORT_TEXT: "一行文字",
    QuestionKind.LONG_TEXT: "一段文字",
    QuestionKind.SINGLE_CHOICE: "选一项",
    QuestionKind.MULTIPLE_CHOICE: "选几项",
    QuestionKind.SCALE: "打分（1 到 5）",
    QuestionKind.DATE: "日期",
}
CHOSEN_FROM = {QuestionKind.SINGLE_CHOICE, QuestionKind.MULTIPLE_CHOICE}


@dataclass(frozen=True)
class Question:
    """An extra question, never compulsory; without `groups` it is meant for everybody."""

    key: str
    kind: QuestionKind
    label: str
    options: tuple[Term, ...]
    groups: tuple[str, ...] = ()

    def in_words(self, values: Iterable[str]) -> str:
        """An answer as people read it: the labels of what was chosen, or the words themselves."""
        labels = {term.key: term.label for term in self.options}
        return "、".join(labels.get(value, value) for value in values)


@dataclass(frozen=True)
class AskedQuestion:
    """A question over all versions of a campaign: its newest label, and the newest words of every option it ever had.

    `kinds` says for each version that asked it how it was answered there.
    """

    key: str
    kind: QuestionKind
    label: str
    options: Mapping[str, str]
    kinds: Mapping[int, QuestionKind]

    def in_words(self, values: Iterable[str], *, version: int) -> str:
        """An answer as people read it that was given to a version."""
        is_chosen = self.kinds.get(version) in CHOSEN_FROM | {QuestionKind.SCALE}
        labels = self.options if is_chosen else {}
        return "、".join(labels.get(value, value) for value in values)

    def as_value(self, values: Sequence[str], *, version: int) -> str | int | date:
        """An answer for a sheet that is to be counted and sorted: a step of a scale as its number, a day as a day."""
        kind = self.kinds.get(version)
        if kind is QuestionKind.SCALE and values[0] in _STEPS:
            return int(values[0])
        if kind is QuestionKind.DATE:
            with suppress(ValueError):
                return date.fromisoformat(values[0])
        return self.in_words(values, version=version)

    @property
    def ends(self) -> tuple[str, ...]:
        """What the lowest and the highest step of a scale are called, as far as they have words: 5 很方便."""
        steps = _STEPS if self.kind is QuestionKind.SCALE else ()
        return tuple(label for step in steps if (label := self.options.get(step, step)) != step)


def asked_over(versions: Iterable[tuple[int, Iterable[Question]]]) -> list[AskedQuestion]:
    """Every question of some versions once, in their order; each version is its id and its questions, newest first."""
    worded: dict[str, list[tuple[int, Question]]] = {}
    for version, questions in versions:
        for question in questions:
            worded.setdefault(question.key, []).append((version, question))
    return [_over(wordings) for wordings in worded.values()]


def _over(wordings: Sequence[tuple[int, Question]]) -> AskedQuestion:
    _, newest = wordings[0]
    options = {term.key: term.label for _, question in reversed(wordings) for term in question.options}
    kinds = {version: question.kind for version, question in wordings}
    return AskedQuestion(newest.key, newest.kind, newest.label, options, kinds)


def read_questions(values: Any, groups: set[str]) -> tuple[Question, ...]:
    """Questions from plain values; `groups` are the keys a question may be meant for."""
    if not isinstance(values, list):
        raise CampaignContentError("questions 应是一个列表，可以是空的。")
    questions = tuple(_question(value, groups) for value in values)
    keys = [question.key for question in questions]
    if len(set(keys)) != len(keys):
        doubled = next(key for key in keys if keys.count(key) > 1)
        raise CampaignContentError(f"questions 里有重复的 key：{doubled}。")
    return questions


def _question(value: Any, groups: set[str]) -> Question:
    key = read_key(value, "questions")
    try:
        kind = QuestionKind(value.get("kind"))
    except ValueError:
        raise CampaignContentError(f"问题 {key} 的 kind 应是 {'、'.join(QuestionKind)} 之一。") from None
    return Question(key, kind, read_text(value, "label"), _options(value, kind, key), _groups(value, groups, key))


def _options(value: Mapping[str, Any], kind: QuestionKind, key: str) -> tuple[Term, ...]:
    if kind is QuestionKind.SCALE:
        return _scale(str(value.get("lowest") or ""), str(value.get("highest") or ""))
    return read_terms(value.get("options"), f"问题 {key} 的 options") if kind in CHOSEN_FROM else ()


def _scale(lowest: str, highest: str) -> tuple[Term, ...]:
    """Five steps, of which the ends may have words: 1 很不方便, 2, 3, 4, 5 很方便."""
    words = {1: lowest, STEPS: highest}
    labels = {step: f"{step} {words.get(step, '')}".strip() for step in range(1, STEPS + 1)}
    return tuple(Term(str(step), label, label) for step, label in labels.items())


def _groups(value: Mapping[str, Any], known: set[str], key: str) -> tuple[str, ...]:
    groups = value.get("groups", [])
    if not isinstance(groups, list) or not all(isinstance(group, str) and group in known for group in groups):
        raise CampaignContentError(f"问题 {key} 的 groups 应是 sets.respondent_group 里的 key 的列表，可以是空的。")
    return tuple(groups)
