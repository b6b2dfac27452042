"""Asking for a workbook."""

from wtforms import Field, StringField
from wtforms.validators import DataRequired, Length, ValidationError

from feedback.base.domain.text import is_blank
from feedback.base.web.forms import PageForm, whole


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

    def validate_purpose(self, field: Field) -> None:
        """Something that can be read."""
        if is_blank(field.data or ""):
            raise ValidationError("请写明用途，例如“某月某日会议”。")
