"""How much a campaign file may hold: no more than can be made on pages. What a value may be is judged elsewhere."""

from collections.abc import Mapping
from typing import Any

from feedback.campaigns.domain.campaign import MAX_SECTION_LENGTH
from feedback.campaigns.domain.term import CampaignContentError
from feedback.editing.domain.campaign_edit import MAX_OPTIONS, MAX_QUESTIONS, MAX_SECTIONS, MAX_TERMS

# A province with all its counties and townships.
MOST_CHANNELS = 2_000
MAX_NAME_SHOWN = 60
# Days at the ends of the calendar have no moment in UTC.
FIRST_YEAR, LAST_YEAR = 2000, 2200


def check_file(data: Mapping[str, Any]) -> None:
    """Raise CampaignContentError where a file holds more of something than it may, and say of what."""
    content = data.get("content")
    parts = content if isinstance(content, Mapping) else {}
    sets = parts.get("sets")
    for name, terms in (sets if isinstance(sets, Mapping) else {}).items():
        _check_list(f"sets.{name[:MAX_NAME_SHOWN]}", terms, MAX_TERMS)
    _check_list("privacy", parts.get("privacy"), MAX_SECTIONS)
    _check_list("channels", data.get("channels"), MOST_CHANNELS)
    questions = parts.get("questions")
    _check_list("questions", questions, MAX_QUESTIONS)
    for place, question in enumerate(questions if isinstance(questions, list) else (), start=1):
        if isinstance(question, Mapping):
            _check_list(f"第 {place} 个问题的 options", question.get("options"), MAX_OPTIONS)


def _check_list(name: str, values: Any, most: int) -> None:
    if not isinstance(values, list):
        return
    if len(values) > most:
        raise CampaignContentError(f"{name} 最多 {most} 项，文件里有 {len(values)} 项。")
    for place, value in enumerate(values, start=1):
        texts = value.values() if isinstance(value, Mapping) else [value]
        if any(isinstance(text, str) and len(text) > MAX_SECTION_LENGTH for text in texts):
            raise CampaignContentError(f"{name} 的第 {place} 项有文字超过 {MAX_SECTION_LENGTH} 字。")
