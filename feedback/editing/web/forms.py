"""Forms for those who set campaigns up."""

import json
from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    FileField,
    IntegerField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from feedback.base.models.unit import Unit
from feedback.base.web.forms import PageForm, indented, whole
from feedback.campaigns.domain.campaign import (
    ADVISED_DAYS,
    MAX_IMPRINT_LENGTH,
    MOST_DAYS,
    MOST_MONTHS,
    PHASES,
    days_if_few,
)
from feedback.campaigns.domain.second_person import SECOND_PERSON_LABELS
from feedback.campaigns.models.campaign import Campaign
from feedback.editing.domain.campaign_edit import SET_LABELS, TEXT_LABELS, QuestionRow, SectionRow, TermRow

DEADLINE_LABELS = {
    "accept": "受理",
    "acknowledge": "签收转办",
    "dispute": "对转办提出异议",
    "handle": "办理",
    "handle_complex": "办理（复杂事项）",
}
IMPRINT_LABELS = {
    "undertaker": "承办单位",
    "phone": "联系电话",
    "hours": "电话服务时间",
    "email": "联系邮箱",
    "address": "通信地址",
    "icp": "ICP 备案号",
    "police": "公安备案号",
    "site_code": "网站标识码",
}
MAX_LINE = MAX_IMPRINT_LENGTH


def _line(label: str, *, most: int = MAX_LINE) -> StringField:
    return StringField(label, validators=[Length(max=most, message=f"{label}最多 {most} 字。"), whole])


def _text(name: str, *, most: int = 1_000) -> Any:
    label = TEXT_LABELS[name]
    kind = StringField if most <= MAX_LINE else TextAreaField
    limit = Length(max=most, message=f"{label}最多 {most} 字。")
    return kind(label, validators=[DataRequired(f"请填写{label}。"), limit, whole])


class CreateCampaignForm(PageForm):
    """A new campaign, like the pattern that ships with the project or like one there is."""

    title = _text("title", most=MAX_LINE)
    unit = SelectField("主办单位（谁的受理员来办）", coerce=int)
    pattern = SelectField("内容取自", coerce=int, default=0)

    def offer(self, units: list[Unit], campaigns: list[Campaign]) -> "CreateCampaignForm":
        """Fill in the units and the campaigns that may be copied."""
        self.unit.choices = indented(units)
        copies = [SelectChoice(one.id, f"复制“{one.title}”") for one in campaigns]
        self.pattern.choices = [SelectChoice(0, "自带的模板"), *copies]
        return self


class ImportCampaignForm(PageForm):
    """A campaign out of a file that was exported before."""

    unit = SelectField("主办单位（谁的受理员来办）", coerce=int)
    file = FileField("征集活动文件（JSON）")

    def offer(self, units: list[Unit]) -> "ImportCampaignForm":
        """Fill in the units."""
        self.unit.choices = indented(units)
        return self

    def values(self) -> Any:
        """What the file that was sent holds, or None where it is no JSON."""
        try:
            return json.loads(request.files["file"].read().decode("utf-8-sig"))
        except (KeyError, ValueError, RecursionError):
            return None


class TextsForm(PageForm):
    """The texts of the form."""

    title = _text("title", most=MAX_LINE)
    organiser = _text("organiser", most=MAX_LINE)
    intro = _text("intro")
    notice = _text("notice")
    consent = _text("consent")

    def texts(self) -> dict[str, str]:
        """By name, with LF line ends."""
        return {name: (self[name].data or "").replace("\r\n", "\n") for name in TEXT_LABELS}


_DAYS, _MONTHS = f"请填 1 到 {MOST_DAYS} 之间的天数。", f"请填 1 到 {MOST_MONTHS} 之间的月数。"


class SettingsForm(PageForm):
    """What may change about a campaign at any time."""

    phase = SelectField("阶段", choices=[SelectChoice(key, label) for key, label in PHASES.items()])
    opens_on = DateField("从哪一天开始", validators=[Optional()])
    closes_on = DateField("到哪一天结束（含当天）", validators=[Optional()])
    retention_months = IntegerField(
        "内容保存多少个月",
        validators=[
            InputRequired("请填写月数。"),
            NumberRange(1, MOST_MONTHS, f"请填 1 到 {MOST_MONTHS} 之间的月数。"),
        ],
    )
    second_person = SelectField(
        "双人确认", choices=[SelectChoice(rule.value, label) for rule, label in SECOND_PERSON_LABELS.items()]
    )
    accept, acknowledge, dispute, handle, handle_complex = (
        IntegerField(
            label,
            validators=[
                InputRequired("请填写天数。"),
                NumberRange(1, MOST_DAYS, f"请填 1 到 {MOST_DAYS} 之间的天数。"),
            ],
        )
        for label in DEADLINE_LABELS.values()
    )

    def deadlines(self) -> dict[str, int]:
        """Working days by name."""
        return {name: self[name].data for name in DEADLINE_LABELS}

    def advice(self) -> str:
        """What is said of a campaign that collects for few days; it stands in nobody's way."""
        days = days_if_few(self.opens_on.data, self.closes_on.data)
        return f"征集时间只有 {days} 天，许多人可能来不及看到，建议不少于 {ADVISED_DAYS} 天。" if days else ""


class AppearanceForm(PageForm):
    """The colour and the mark of the public pages and posters."""

    accent = StringField("主色")
    logo = FileField("标志图片")
    is_without_logo = BooleanField("不用标志，显示敞开的门")

    def upload(self) -> bytes:
        """The picture that was sent, or nothing."""
        return request.files["logo"].read() if "logo" in request.files else b""


class ImprintForm(PageForm):
    """What stands at the head and foot of the public pages."""

    undertaker = _line("承办单位")
    phone = _line("联系电话", most=40)
    hours = _line("电话服务时间", most=40)
    email = _line("联系邮箱")
    address = _line("通信地址", most=100)
    icp = _line("ICP 备案号", most=60)
    police = _line("公安备案号", most=60)
    site_code = _line("网站标识码", most=40)

    def values(self) -> dict[str, str]:
        """What was filled in."""
        return {name: value for name in IMPRINT_LABELS if (value := (self[name].data or "").strip())}


def sent_terms(sent: MultiDict[str, str]) -> list[TermRow]:
    """The lines of a set as they were on the page, in their order there."""
    columns = (sent.getlist("key"), sent.getlist("label"), sent.getlist("plain"))
    return [TermRow(*values) for values in zip(*columns, strict=False)]


def sent_questions(sent: MultiDict[str, str]) -> list[QuestionRow]:
    """The questions as they were on the page, in their order there; `row` tells whose groups are ticked."""
    names = ("key", "kind", "label", "options", "lowest", "highest")
    columns = [sent.getlist(name) for name in names]
    rows = [QuestionRow(*values) for values in zip(*columns, strict=False)]
    ticked = [tuple(sent.getlist(f"groups-{row}")) for row in sent.getlist("row")]
    return [
        QuestionRow(**{**vars(row), "groups": groups})
        for row, groups in zip(rows, ticked + [()] * len(rows), strict=False)
    ]


def sent_sections(sent: MultiDict[str, str]) -> list[SectionRow]:
    """The sections of the privacy notice as they were on the page, in their order there."""
    return [SectionRow(*values) for values in zip(sent.getlist("label"), sent.getlist("text"), strict=False)]


def sent_asked(sent: MultiDict[str, str]) -> list[str]:
    """The sets that are to be asked about, in their order on the page."""
    ticked = sent.getlist("is_asked")
    return [name for name in sent.getlist("name") if name in ticked and name in SET_LABELS]
