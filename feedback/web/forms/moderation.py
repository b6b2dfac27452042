"""Forms of the moderators' desk."""

from collections.abc import Mapping
from typing import Any

from wtforms import (
    Field,
    HiddenField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, ValidationError

from feedback.domain.campaign import CampaignContent
from feedback.domain.text import MAX_REPLY_LENGTH, with_unix_line_ends
from feedback.web.forms.base import PageForm, whole

CLASSIFYING_SETS = ("category", "task", "issue_nature")


def _lines(text: str | None) -> str | None:
    """Lengths are counted, and texts stored, with LF."""
    return text and with_unix_line_ends(text)


class DecisionForm(PageForm):
    """Every decision says which version of the submission its page showed."""

    version = IntegerField(widget=HiddenField.widget, validators=[DataRequired("页面不完整，请刷新后再试。")])


def _reason(label: str, *, of: str) -> TextAreaField:
    """A reason; a page shows several, so each has an id of its own."""
    return TextAreaField(
        label,
        id=f"{of}-reason",
        filters=[_lines],
        validators=[DataRequired("请写明理由。"), Length(max=1_000, message="理由最多 1000 字，请删短一些。")],
    )


class RejectForm(DecisionForm):
    """不予受理."""

    reason = _reason("理由（提出人会看到）", of="reject")


class ReopenForm(DecisionForm):
    """重新办理."""

    reason = _reason("重新办理的原因（只记入办理记录，提出人看不到）", of="reopen")


class DeclineForm(DecisionForm):
    """不同意 what a colleague proposed; a reason is asked of everybody but who takes back his own."""

    reason = TextAreaField(
        "不同意的理由（同事会看到，提出人看不到）",
        id="decline-reason",
        filters=[_lines],
        validators=[Length(max=1_000, message="理由最多 1000 字，请删短一些。")],
    )


class ReplyForm(DecisionForm):
    """答复, with 采纳情况 and 归纳要点."""

    outcome = RadioField("采纳情况", validators=[DataRequired("请选择采纳情况。")])
    summary = StringField(
        "归纳要点",
        validators=[DataRequired("请用一句话归纳要点。"), Length(max=200, message="归纳要点最多 200 字。"), whole],
    )
    body = TextAreaField("答复内容", filters=[_lines], validators=[DataRequired("请写答复内容。")])

    max_length = MAX_REPLY_LENGTH

    def offer(self, content: CampaignContent) -> "ReplyForm":
        """Fill in the outcomes of the campaign."""
        self.outcome.choices = [SelectChoice(key, label) for key, label in content.labels("outcome").items()]
        return self


class ClassifyForm(DecisionForm):
    """What staff know about a submission."""

    category = SelectField("问题类别", coerce=str)
    task = SelectField("四项任务", coerce=str)
    issue_nature = SelectField("热点/堵点/难点", coerce=str)
    responsible_unit = SelectField("责任单位", coerce=str)
    units = SelectMultipleField("涉及单位", coerce=str, validate_choice=False)
    responsible_person = StringField("责任人", validators=[Length(max=40, message="责任人最多 40 字。"), whole])

    def offer(self, terms: Mapping[str, Mapping[str, str]], units: list[tuple[int, str]]) -> "ClassifyForm":
        """Fill in the terms of each set and the units there are."""
        for name in CLASSIFYING_SETS:
            self[name].choices = _with_none(list(terms[name].items()))
        labelled = [(str(unit_id), label) for unit_id, label in units]
        self.responsible_unit.choices = _with_none(labelled)
        self.units.choices = [SelectChoice(value, label) for value, label in labelled]
        return self

    def validate_units(self, field: Field) -> None:
        """Only what the page offered can come back; WTForms says so in English."""
        if not set(field.data or []) <= {choice.value for choice in field.choices}:
            raise ValidationError("请从列出的单位中选择。")

    def values(self) -> dict[str, Any]:
        """The columns of a submission as they are to be."""
        unit = self.responsible_unit.data
        return {
            "category": self.category.data or None,
            "task": self.task.data or None,
            "issue_nature": self.issue_nature.data or None,
            "responsible_unit_id": int(unit) if unit else None,
            "responsible_person": (self.responsible_person.data or "").strip() or None,
        }

    def concerned(self) -> list[int]:
        """The units concerned."""
        return [int(unit_id) for unit_id in self.units.data or []]


class ContactForm(PageForm):
    """Asks for contact details, with a reason that is recorded."""

    reason = StringField(
        "请写明查看理由，查看会留下记录",
        id="contact-reason",
        validators=[DataRequired("请写明查看理由。"), Length(max=200, message="理由最多 200 字。"), whole],
    )


def _with_none(choices: list[tuple[str, str]]) -> list[SelectChoice]:
    return [SelectChoice("", "未定"), *(SelectChoice(value, label) for value, label in choices)]
