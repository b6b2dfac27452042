"""A name for a filter."""

from wtforms import BooleanField, Field, StringField
from wtforms.validators import DataRequired, ValidationError

from feedback.base.domain.refusal import RefusalError
from feedback.base.web.forms import PageForm
from feedback.desk.domain.saved_filter import check_name


class SavedFilterForm(PageForm):
    """What a filter is called, and whether colleagues see it."""

    name = StringField(
        "名称",
        id="filter-name",
        filters=[lambda typed: " ".join((typed or "").split())],
        validators=[DataRequired("请写一个名称。")],
    )
    is_shared = BooleanField("共享给同事")

    def validate_name(self, field: Field) -> None:
        """In the words of the rule; whether the name is taken is known when it is kept."""
        try:
            check_name(field.data or "")
        except RefusalError as refusal:
            raise ValidationError(refusal.message) from None
