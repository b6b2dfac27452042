"""Changing what a campaign asks, as the plain values of a campaign file, which are read strictly when they are kept."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from feedback.base.domain.refusal import RefusalError
from feedback.base.domain.text import is_blank, with_unix_line_ends
from feedback.campaigns.domain.campaign import CITIZEN_SETS, MAX_SECTION_LENGTH, STANDARD_PRIVACY
from feedback.campaigns.domain.question import CHOSEN_FROM, QuestionKind

MAX_TERMS = 60
MAX_QUESTIONS = 20
FEWEST_OPTIONS, MAX_OPTIONS = 2, 20
MAX_LABEL_LENGTH = 60
MAX_QUESTION_LENGTH = 200
MAX_SECTIONS = 20

TEXT_LABELS = {
    "title": "标题",
    "organiser": "主办单位",
    "intro": "开头的话",
    "notice": "提交前的提示",
    "consent": "留联系方式的同意书",
}
SET_LABELS = {
    "respondent_group": "对象类别",
    "kind": "类型",
    "agency": "机关",
    "category": "问题类别",
    "task": "四项任务",
    "issue_nature": "热点堵点难点",
    "outcome": "采纳情况",
    "rejection": "不予受理的情形",
    "tag": "标签",
}

Content = Mapping[str, Any]
Row = TypeVar("Row")


@dataclass(frozen=True)
class TermRow:
    """A line of a set as it is edited: a new one has no key yet; `plain` is empty where the form says the label."""

    key: str
    label: str
    plain: str = ""


@dataclass(frozen=True)
class QuestionRow:
    """A question as it is edited: options one a line, the words of both ends of a scale, the groups it is for."""

    key: str
    kind: str
    label: str
    options: str = ""
    lowest: str = ""
    highest: str = ""
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class SectionRow:
    """A section of the privacy notice as it is edited: its heading and its words."""

    label: str
    text: str


STANDARD_ROWS = [SectionRow(section.title, section.text) for section in STANDARD_PRIVACY]


def digest(content: Content) -> str:
    """A short name of these very values, by which a page says what it was drawn from."""
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:16]


def with_texts(content: Content, texts: Mapping[str, str]) -> dict[str, Any]:
    """The content with other texts."""
    return {**content, **{name: text.strip() for name, text in texts.items()}}


def with_asked(content: Content, names: Sequence[str]) -> dict[str, Any]:
    """The content asking about these sets, in this order."""
    return {**content, "asked": list(names)}


def with_set(content: Content, name: str, rows: Sequence[TermRow]) -> dict[str, Any]:
    """The content with another set; RefusalError names the line that cannot stay as it is.

    A question that was meant for a group that is gone is meant for the rest, or for everybody.
    """
    _check_rows(rows, most=MAX_TERMS, longest=MAX_LABEL_LENGTH, called=SET_LABELS[name])
    terms = _keyed([_term(row) for row in rows], prefix=name[:20])
    changed = {**content, "sets": {**content["sets"], name: terms}}
    if name == "respondent_group":
        known = {term["key"] for term in terms}
        changed["questions"] = [_only_for(question, known) for question in content.get("questions", [])]
    return changed


def with_questions(content: Content, rows: Sequence[QuestionRow]) -> dict[str, Any]:
    """The content with other questions; RefusalError names the line that cannot stay as it is."""
    _check_rows(rows, most=MAX_QUESTIONS, longest=MAX_QUESTION_LENGTH, called="问题", may_be_empty=True)
    before = {question["key"]: question for question in content.get("questions", [])}
    questions = [_question(place, row, before.get(row.key, {})) for place, row in enumerate(rows, start=1)]
    return {**content, "questions": _keyed(questions, prefix="question")}


def with_privacy(content: Content, rows: Sequence[SectionRow]) -> dict[str, Any]:
    """The content with another privacy notice; RefusalError names the section that cannot stay as it is.

    The standard one is not written down: so the content brings none, and says what the standard says.
    """
    _check_rows(rows, most=MAX_SECTIONS, longest=MAX_LABEL_LENGTH, called="隐私说明")
    others = {name: value for name, value in content.items() if name != "privacy"}
    sections = [_section(row) for row in rows]
    return others if sections == [vars(row) for row in STANDARD_PRIVACY] else {**others, "privacy": sections}


def term_rows(content: Content, name: str) -> list[TermRow]:
    """A set as it is edited."""
    return [TermRow(one["key"], one["label"], one.get("plain") or "") for one in content["sets"].get(name, [])]


def question_rows(content: Content) -> list[QuestionRow]:
    """The questions as they are edited."""
    return [
        QuestionRow(
            one["key"],
            one["kind"],
            one["label"],
            "\n".join(option["label"] for option in one.get("options", [])),
            one.get("lowest") or "",
            one.get("highest") or "",
            tuple(one.get("groups", [])),
        )
        for one in content.get("questions", [])
    ]


def section_rows(content: Content) -> list[SectionRow]:
    """The privacy notice as it is edited: the standard one where the content brings none."""
    if "privacy" not in content:
        return STANDARD_ROWS
    return [SectionRow(one["title"], one["text"]) for one in content["privacy"]]


def asked_in(content: Content) -> list[str]:
    """The sets the form asks about."""
    return list(content.get("asked", CITIZEN_SETS))


def differences(before: Content, after: Content) -> list[str]:
    """What a new version changes, in words for the manager who publishes it."""
    found = [f"{label}：文字有改动" for name, label in TEXT_LABELS.items() if before.get(name) != after.get(name)]
    for name, label in SET_LABELS.items():
        found += _of_rows(label, term_rows(before, name), term_rows(after, name))
    found += _of_rows("附加问题", question_rows(before), question_rows(after))
    if asked_in(before) != asked_in(after):
        names = "、".join(SET_LABELS[name] for name in asked_in(after))
        found.append(f"表单上依次询问：{names or '（都不问）'}")
    if section_rows(before) != section_rows(after):
        found.append("隐私说明：文字有改动")
    return found


def _of_rows(label: str, before: Sequence[Any], after: Sequence[Any]) -> list[str]:
    old, new = {row.key: row for row in before}, {row.key: row for row in after}
    words = {
        "增加": [row.label for key, row in new.items() if key not in old],
        "去掉": [row.label for key, row in old.items() if key not in new],
        "修改": [row.label for key, row in new.items() if key in old and old[key] != row],
    }
    found = [f"{label}：{verb}“{'”“'.join(names)}”" for verb, names in words.items() if names]
    kept = [key for key in old if key in new]
    return found if kept == [key for key in new if key in old] else [*found, f"{label}：调整了顺序"]


def _check_rows(rows: Sequence[Any], *, most: int, longest: int, called: str, may_be_empty: bool = False) -> None:
    if not rows and not may_be_empty:
        raise RefusalError(f"{called}至少要有一项。")
    if len(rows) > most:
        raise RefusalError(f"{called}最多 {most} 项，现在有 {len(rows)} 项。")
    labels = [row.label.strip() for row in rows]
    for place, label in enumerate(labels, start=1):
        if not label:
            raise RefusalError(f"{called}的第 {place} 项还没有写文字。不需要这一项，请按删除。")
        if len(label) > longest:
            raise RefusalError(f"{called}的第 {place} 项有 {len(label)} 字，最多 {longest} 字。")
        if labels.index(label) != place - 1:
            raise RefusalError(f"{called}里有两项都是“{label}”，请改掉一项。")


def _term(row: TermRow) -> dict[str, Any]:
    plain = row.plain.strip()
    if len(plain) > MAX_LABEL_LENGTH:
        raise RefusalError(f"“{row.label.strip()}”在表单上的说法最多 {MAX_LABEL_LENGTH} 字。")
    return {"key": row.key, "label": row.label.strip(), **({"plain": plain} if plain else {})}


def _section(row: SectionRow) -> dict[str, Any]:
    title, text = row.label.strip(), with_unix_line_ends(row.text).strip()
    if is_blank(text):
        raise RefusalError(f"“{title}”下面还没有写内容。不需要这一节，请按删除。")
    if len(text) > MAX_SECTION_LENGTH:
        raise RefusalError(f"“{title}”的内容有 {len(text)} 字，最多 {MAX_SECTION_LENGTH} 字。")
    return {"title": title, "text": text}


def _question(place: int, row: QuestionRow, before: Content) -> dict[str, Any]:
    if row.kind not in set(QuestionKind):
        raise RefusalError(f"请选择怎样回答第 {place} 个问题。")
    kind = QuestionKind(row.kind)
    question: dict[str, Any] = {"key": row.key, "kind": str(kind), "label": row.label.strip()}
    if row.groups:
        question["groups"] = list(row.groups)
    if kind is QuestionKind.SCALE:
        question |= {"lowest": row.lowest.strip()[:MAX_LABEL_LENGTH], "highest": row.highest.strip()[:MAX_LABEL_LENGTH]}
    if kind in CHOSEN_FROM:
        known = {option["label"]: option["key"] for option in before.get("options", [])}
        labels = [line.strip() for line in row.options.splitlines() if line.strip()]
        options = [TermRow(known.get(label, ""), label) for label in labels]
        if len(options) < FEWEST_OPTIONS:
            raise RefusalError(f"第 {place} 个问题请至少写两个选项，每行一个。")
        _check_rows(options, most=MAX_OPTIONS, longest=MAX_LABEL_LENGTH, called=f"第 {place} 个问题的选项")
        question["options"] = _keyed([_term(option) for option in options], prefix="option")
    return question


def _only_for(question: Content, known: Iterable[str]) -> dict[str, Any]:
    rest = [group for group in question.get("groups", []) if group in known]
    others = {name: value for name, value in question.items() if name != "groups"}
    return {**others, "groups": rest} if rest else others


def _keyed(entries: Sequence[Mapping[str, Any]], *, prefix: str) -> list[dict[str, Any]]:
    """The entries, with a key for each that has none yet.

    It comes from the words: what is taken out and put in again later is the same, and never something else.
    """
    keyed: list[dict[str, Any]] = []
    taken = {entry["key"] for entry in entries}
    for entry in entries:
        key = entry["key"] or f"{prefix}_{hashlib.sha256(entry['label'].encode()).hexdigest()[:8]}"
        while not entry["key"] and key in taken:
            key += "x"
        taken.add(key)
        keyed.append({**entry, "key": key})
    return keyed


def rearranged(rows: Sequence[Row], order: str, *, fresh: Row | None = None) -> list[Row]:
    """Lines after a button beside them was pressed: up-3, down-3 and drop-3 count from nought, add appends `fresh`."""
    moved = list(rows)
    verb, _, number = order.partition("-")
    place = int(number) if number.isascii() and number.isdigit() and len(number) < 4 else len(moved)
    other = place + {"up": -1, "down": 1}.get(verb, 0)
    if verb == "add" and fresh is not None:
        moved.append(fresh)
    elif verb == "drop" and place < len(moved):
        del moved[place]
    elif 0 <= other < len(moved) and place < len(moved):
        moved[place], moved[other] = moved[other], moved[place]
    return moved
