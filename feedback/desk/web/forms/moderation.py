"""Forms of the moderators' desk."""

from collections.abc import Mapping
from typing import Any, Self

from wtforms import (
    DateField,
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
from wtforms.validators import DataRequired, ValidationError

from feedback.base.domain.text import MAX_REASON_LENGTH, MAX_REPLY_LENGTH, MAX_SUMMARY_LENGTH, with_unix_line_ends
from feedback.base.web.forms import PageForm, at_most, whole
from feedback.campaigns.domain.campaign import CampaignContent
from feedback.cases.domain.submission import PRIORITY_LABELS, Priority

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
        validators=[DataRequired("请写明理由。"), at_most(MAX_REASON_LENGTH, "理由")],
    )


class CaseForm(PageForm):
    """Which case a refusal is, where the campaign has a set of them."""

    kind = RadioField("属于哪种情况（提出人会看到）", id="reject-kind", choices=[], validate_choice=False)

    def offer(self, content: CampaignContent) -> Self:
        """Fill in the cases of the campaign; without a set there is nothing to choose."""
        self.kind.choices = [SelectChoice(key, label) for key, label in content.labels("rejection").items()]
        return self

    def validate_kind(self, field: Field) -> None:
        """One of those that were offered, if any were."""
        if (field.data or None) not in ({choice.value for choice in field.choices} or {None}):
            raise ValidationError("请选择属于哪种情况。")


class RejectForm(DecisionForm, CaseForm):
    """不予受理, with the reason in words."""

    reason = _reason("理由（提出人会看到）", of="reject")


class RecallForm(DecisionForm):
    """收回转办."""

    reason = _reason("收回的原因（只记入办理记录）", of="recall")


class QuarantineForm(DecisionForm):
    """涉密封存."""

    reason = _reason("封存的原因（只记入办理记录，请不要写出涉密内容）", of="quarantine")


class UnsealForm(DecisionForm):
    """解除封存."""

    reason = _reason("解除封存的原因（只记入办理记录）", of="unseal")


class ReferForm(DecisionForm):
    """转办: to whom, by when, and what is asked."""

    unit = SelectField("转给", coerce=str, id="refer-unit", validators=[DataRequired("请选择单位。")])
    due_on = DateField("办理期限", validators=[DataRequired("请选择办理期限。")])
    instruction = TextAreaField(
        "交办要求（可以不填，只记入办理记录）",
        filters=[_lines],
        validators=[at_most(MAX_REASON_LENGTH, "交办要求")],
    )

    def offer(self, units: list[tuple[int, str]]) -> "ReferForm":
        """Fill in the units there are."""
        self.unit.choices = [SelectChoice("", "请选择"), *(SelectChoice(str(key), label) for key, label in units)]
        return self


class NoteForm(PageForm):
    """A note among colleagues."""

    body = TextAreaField(
        "内部备注（提出人看不到；写 @姓名 提醒同事）",
        id="note-body",
        filters=[_lines],
        validators=[DataRequired("请写备注内容。"), at_most(MAX_REASON_LENGTH, "备注")],
    )


class ReopenForm(DecisionForm):
    """重新办理."""

    reason = _reason("重新办理的原因（只记入办理记录，提出人看不到）", of="reopen")


class DeclineForm(DecisionForm):
    """不同意 what a colleague proposed; a reason is asked of everybody but the one who takes back their own."""

    reason = TextAreaField(
        "不同意的理由（同事会看到，提出人看不到）",
        id="decline-reason",
        filters=[_lines],
        validators=[at_most(MAX_REASON_LENGTH, "理由")],
    )


class ReplyForm(DecisionForm):
    """答复, with 采纳情况 and 归纳要点."""

    outcome = RadioField("采纳情况", validators=[DataRequired("请选择采纳情况。")])
    summary = StringField(
        "归纳要点",
        validators=[DataRequired("请用一句话归纳要点。"), at_most(MAX_SUMMARY_LENGTH, "归纳要点"), whole],
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
    priority = SelectField(
        "优先程度",
        coerce=str,
        default=Priority.NORMAL.value,
        choices=[SelectChoice(key.value, label) for key, label in PRIORITY_LABELS.items()],
    )
    tags = SelectMultipleField("标签", coerce=str, validate_choice=False)
    responsible_person = StringField("责任人", validators=[at_most(40, "责任人"), whole])

    def offer(self, terms: Mapping[str, Mapping[str, str]], units: list[tuple[int, str]]) -> "ClassifyForm":
        """Fill in the terms of each set and the units there are."""
        for name in CLASSIFYING_SETS:
            self[name].choices = _with_none(list(terms[name].items()))
        labelled = [(str(unit_id), label) for unit_id, label in units]
        self.responsible_unit.choices = _with_none(labelled)
        self.units.choices = [SelectChoice(value, label) for value, label in labelled]
        self.tags.choices = [SelectChoice(value, label) for value, label in terms["tag"].items()]
        return self

    def validate_units(self, field: Field) -> None:
        """Only what the page offered can come back; WTForms says so in English."""
        if not set(field.data or []) <= {choice.value for choice in field.choices}:
            raise ValidationError("请从列出的各项中选择。")

    def validate_tags(self, field: Field) -> None:
        """Only what the page offered can come back."""
        self.validate_units(field)

    def values(self) -> dict[str, Any]:
        """The columns of a submission as they are to be."""
        unit = self.responsible_unit.data
        return {
            "category": self.category.data or None,
            "task": self.task.data or None,
            "issue_nature": self.issue_nature.data or None,
            "priority": self.priority.data,
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
        validators=[DataRequired("请写明查看理由。"), at_most(MAX_REASON_LENGTH, "理由"), whole],
    )


def _with_none(choices: list[tuple[str, str]]) -> list[SelectChoice]:
    return [SelectChoice("", "未定"), *(SelectChoice(value, label) for value, label in choices)]
