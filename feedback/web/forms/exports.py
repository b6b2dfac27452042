"""Asking for a workbook."""

from wtforms import StringField
from wtforms.validators import DataRequired, Length

from feedback.web.forms.base import PageForm, whole


class CreateForm(PageForm):
    """What the workbook is for stands in the record beside who asked for it."""

    purpose = StringField(
        "用途",
        validators=[
            DataRequired("请写明用途，例如“某月某日会议”。"),
            Length(max=100, message="用途最多 100 字。"),
            whole,
        ],
    )
