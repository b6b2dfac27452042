"""Forms for channels."""

from collections.abc import Mapping

from flask import request
from wtforms import BooleanField, DateField, FileField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional, ValidationError

from feedback.base.adapters.sent_workbook import sent_rows
from feedback.base.models.unit import Unit
from feedback.base.web.forms import PageForm, indented, whole
from feedback.campaigns.domain.channel import (
    HEADINGS_WITHIN,
    MAX_NAME_LENGTH,
    MAX_PLACE_LENGTH,
    MOST_AT_ONCE,
    MOST_COLUMNS,
    ChannelRow,
    checked,
    read_list,
    read_rows,
)
from feedback.campaigns.services.channel import ChannelDetails


class ChannelForm(PageForm):
    """One channel."""

    name = StringField(
        "名称，如“城东派出所大厅”",
        validators=[
            DataRequired("请填写名称。"),
            Length(max=MAX_NAME_LENGTH, message=f"名称最多 {MAX_NAME_LENGTH} 字。"),
            whole,
        ],
    )
    place = StringField(
        "张贴的地点", validators=[Length(max=MAX_PLACE_LENGTH, message=f"地点最多 {MAX_PLACE_LENGTH} 字。"), whole]
    )
    unit_id = SelectField("所在单位", coerce=int, default=0)
    respondent_group = SelectField("打开表单时先选好的对象类别", default="")
    preset_unit_id = SelectField("多半涉及的单位", coerce=int, default=0)
    opens_on = DateField("从哪一天开始", validators=[Optional()])
    closes_on = DateField("到哪一天结束（含当天）", validators=[Optional()])
    is_kiosk = BooleanField("大家共用的平板或电脑：页面不留草稿")

    def offer(self, units: list[Unit], groups: Mapping[str, str]) -> "ChannelForm":
        """Fill in what can be chosen; what a version has lost stays where it was chosen."""
        self.unit_id.choices = [SelectChoice(0, "（不限）"), *indented(units)]
        self.preset_unit_id.choices = [SelectChoice(0, "（不预设）"), *indented(units)]
        known = dict(groups)
        if self.respondent_group.object_data:
            known.setdefault(self.respondent_group.object_data, self.respondent_group.object_data)
        self.respondent_group.choices = [SelectChoice("", "（不预选）"), *(SelectChoice(*one) for one in known.items())]
        return self

    def details(self) -> ChannelDetails:
        """The values as the service takes them."""
        return ChannelDetails(
            name=(self.name.data or "").strip(),
            place=(self.place.data or "").strip() or None,
            unit_id=self.unit_id.data or None,
            respondent_group=self.respondent_group.data or None,
            preset_unit_id=self.preset_unit_id.data or None,
            opens_on=self.opens_on.data,
            closes_on=self.closes_on.data,
            is_kiosk=bool(self.is_kiosk.data),
        )


class ChannelListForm(PageForm):
    """Many channels, one a line of a list, or one a row of a workbook."""

    rows = TextAreaField("每行一个渠道：名称、地点、所在单位", validators=[whole])
    file = FileField("或者选一个 Excel 文件（.xlsx，最多 2 MB）")

    def validate_rows(self, field: TextAreaField) -> None:
        """One of the two is enough."""
        if not (field.data or "").strip() and not request.files.get("file"):
            raise ValidationError("请贴入渠道名单，或者选一个 Excel 文件。")

    def channels(self) -> list[ChannelRow]:
        """The channels of the list and those of the workbook; RefusalError says which of them cannot be."""
        typed, sent = self.rows.data or "", request.files.get("file")
        rows = read_list(typed) if typed.strip() else []
        if sent:
            # One row more than may be, and one of headings.
            rows += read_rows(sent_rows(sent.read(), columns=MOST_COLUMNS, most=MOST_AT_ONCE + HEADINGS_WITHIN + 1))
        return checked(rows)
