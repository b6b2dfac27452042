"""What a citizen hands in, and the meaning a form cannot check by itself."""

from collections.abc import Mapping
from dataclasses import dataclass

from feedback.base.domain.refusal import RefusalError
from feedback.base.domain.text import MAX_OPINION_LENGTH, has_unkeepable, is_blank


class OpinionError(RefusalError):
    """The opinion cannot be taken as it is; nothing of it is thrown away."""


@dataclass(frozen=True)
class Opinion:
    """Everything the sender filled in; what was left out is None, and only the text is compulsory."""

    text: str
    respondent_group: str | None = None
    kind: str | None = None
    agency: str | None = None
    category: str | None = None
    name: str | None = None
    phone: str | None = None
    has_consented: bool = False
    answers: Mapping[str, tuple[str, ...]] | None = None
    group_code: str | None = None

    def canonical(self) -> dict[str, object]:
        """All fields as plain values: what two sendings must share to be one.

        What came later is left out where it is missing, so that older sendings are still known.
        """
        fields = {name: value for name, value in vars(self).items() if name != "group_code" or value}
        return {**fields, "answers": sorted((self.answers or {}).items())}


def check_text(text: str, *, most: int = MAX_OPINION_LENGTH, field: str = "text") -> None:
    """Raise OpinionError for a text that is empty, too long or broken; `text` has LF line ends."""
    if is_blank(text):
        asked = "请写下您的意见建议，一句话也可以。" if field == "text" else "这里不能空着，请填写。"
        raise OpinionError(asked, field=field)
    if len(text) > most:
        or_else = "，或分两次提交" if field == "text" else ""
        raise OpinionError(
            f"文字有 {len(text)} 字，最多 {most} 字。请删减 {len(text) - most} 字{or_else}。", field=field
        )
    if has_unkeepable(text):
        raise OpinionError("文字里有无法识别的字符（显示为 �）。请找到并删去后再提交。", field=field)


def check_contact(opinion: Opinion) -> None:
    """Raise OpinionError where a name or phone was given without the consent it needs."""
    if (opinion.name or opinion.phone) and not opinion.has_consented:
        raise OpinionError("留下联系方式需要您勾选同意。不想留，请把姓名和电话清空。", field="consent")
