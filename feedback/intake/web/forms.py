"""The opinion form, built from a campaign version."""

import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from typing import Any

from wtforms import BooleanField, Field, Form, HiddenField, StringField, TextAreaField
from wtforms.validators import ValidationError

from feedback.base.domain.text import has_unkeepable, with_unix_line_ends
from feedback.base.web.forms import OpenForm
from feedback.campaigns.domain.campaign import CampaignContent
from feedback.campaigns.domain.group_code import MISTYPED, normal_group_code
from feedback.campaigns.domain.question import Question, QuestionKind
from feedback.campaigns.domain.term import Term
from feedback.cases.domain.opinion import Opinion, OpinionError, check_contact, check_text

QUESTION_PREFIX = "q_"
MAX_NAME_LENGTH = 40
MAX_PHONE_LENGTH = 20
ASKED = {
    "respondent_group": "您是",
    "kind": "想说的是",
    "agency": "与哪个机关有关",
    "category": "属于哪一类",
}
_PHONE_SYMBOLS = set("0123456789+-() ‐–—")


def _in_half_width(text: str | None) -> str | None:
    """１３８－１２３４ as 138-1234; what is far too long is refused later, and normalising it could take minutes."""
    return unicodedata.normalize("NFKC", text) if text and len(text) <= 100 else text


class TermField(StringField):
    """One key out of a set, or nothing; drawn as chips or as a list."""

    def __init__(self, label: str, terms: Sequence[Term], **options: Any) -> None:
        super().__init__(label, **options)
        self.terms = terms

    def pre_validate(self, form: Form) -> None:
        """Only what the page offered can come back."""
        if self.data and self.data not in {term.key for term in self.terms}:
            raise ValidationError("请从列出的选项中选择。")


class TermsField(Field):
    """Any number of keys out of a set."""

    def __init__(self, label: str, terms: Sequence[Term], **options: Any) -> None:
        super().__init__(label, **options)
        self.terms = terms

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Each key once, in the order of the set."""
        self.data = [term.key for term in self.terms if term.key in valuelist]


class DayField(StringField):
    """A day as a phone's calendar gives it, 2026-11-20, or nothing."""

    def pre_validate(self, form: Form) -> None:
        """Whatever else was typed is asked for again."""
        with suppress(ValueError):
            if not self.data or date.fromisoformat(self.data).isoformat() == self.data:
                return
        raise ValidationError("日期请写成 2026-11-20 这样。")


class OpinionFormBase(OpenForm):
    """What every campaign's form has; the sets and questions are added by `make_opinion_form`."""

    nonce = HiddenField()
    token = HiddenField()
    text = TextAreaField("请写在这里")
    name = StringField("姓名")
    phone = StringField("电话", filters=[_in_half_width])
    consent = BooleanField("同意")
    group_code = StringField("邀请码")

    respondent_group: TermField
    kind: TermField
    agency: TermField
    category: TermField

    def validate_text(self, field: Field) -> None:
        """Length, blanks and broken characters, in words that say what to do."""
        try:
            check_text(with_unix_line_ends(field.data or ""))
        except OpinionError as refusal:
            raise ValidationError(refusal.message) from None

    def validate_name(self, field: Field) -> None:
        """A name is short and whole."""
        _check_line(field, most=MAX_NAME_LENGTH, called="姓名")

    def validate_phone(self, field: Field) -> None:
        """Digits and the usual marks between them, full width or not."""
        _check_line(field, most=MAX_PHONE_LENGTH, called="电话")
        if not set(field.data or "") <= _PHONE_SYMBOLS:
            raise ValidationError("电话请只填数字，可以用空格或横线隔开。")

    def validate_consent(self, _field: Field) -> None:
        """Asked for only where there is something to consent to."""
        try:
            check_contact(self.to_opinion())
        except OpinionError as refusal:
            raise ValidationError(refusal.message) from None

    def validate_group_code(self, field: Field) -> None:
        """Whether it can be one at all."""
        if (field.data or "").strip() and normal_group_code(field.data) is None:
            raise ValidationError(MISTYPED)

    def to_opinion(self) -> Opinion:
        """The values as the domain takes them: LF line ends, nothing instead of empty."""
        return Opinion(
            text=with_unix_line_ends(self.text.data or ""),
            respondent_group=self.respondent_group.data or None,
            kind=self.kind.data or None,
            agency=self.agency.data or None,
            category=self.category.data or None,
            name=(self.name.data or "").strip() or None,
            phone=(self.phone.data or "").strip() or None,
            has_consented=bool(self.consent.data),
            answers=self._answers(),
            group_code=normal_group_code(self.group_code.data or ""),
        )

    def question_fields(self) -> list[Field]:
        """The extra questions in their order."""
        return [field for field in self if field.name.startswith(QUESTION_PREFIX)]

    def _answers(self) -> dict[str, tuple[str, ...]]:
        answers = {}
        for field in self.question_fields():
            values = field.data if isinstance(field.data, list) else [with_unix_line_ends(field.data or "")]
            if any(values):
                answers[field.name.removeprefix(QUESTION_PREFIX)] = tuple(values)
        return answers


def make_opinion_form(content: CampaignContent) -> type[OpinionFormBase]:
    """A form class with the sets and questions of one campaign version."""
    # What is not asked takes nothing.
    fields: dict[str, Any] = {
        name: TermField(label, content.sets[name] if name in content.asked else ()) for name, label in ASKED.items()
    }
    fields |= {QUESTION_PREFIX + question.key: _question_field(question) for question in content.questions}
    return type("OpinionForm", (OpinionFormBase,), fields)


def _question_field(question: Question) -> Any:
    if question.kind is QuestionKind.MULTIPLE_CHOICE:
        return TermsField(question.label, question.options)
    if question.options:
        return TermField(question.label, question.options)
    if question.kind is QuestionKind.DATE:
        return DayField(question.label)
    if question.kind is QuestionKind.LONG_TEXT:
        return TextAreaField(question.label, validators=[_check_answer])
    return StringField(question.label, validators=[_check_answer])


def _check_answer(_form: Form, field: Field) -> None:
    most = 2_000 if isinstance(field, TextAreaField) else 200
    _check_line(field, most=most, called="回答")


def _check_line(field: Field, *, most: int, called: str) -> None:
    text = with_unix_line_ends(field.data or "")
    if len(text) > most:
        raise ValidationError(f"{called}最多 {most} 字，现在有 {len(text)} 字，请删短一些。")
    if has_unkeepable(text):
        raise ValidationError(f"{called}里有无法识别的字符，请删去后再提交。")
