"""A text kept ready for answers or refusals."""

from wtforms import Field, HiddenField, IntegerField, RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import DataRequired, Optional, ValidationError

from feedback.base.domain.refusal import RefusalError
from feedback.base.domain.text import with_unix_line_ends
from feedback.base.web.forms import PageForm
from feedback.desk.domain.canned_answer import KIND_LABELS, CannedAnswerKind, check_body, check_title


class CannedAnswerForm(PageForm):
    """`version` is the one that was shown; a new text has none."""

    kind = RadioField(
        "用在哪里",
        choices=[SelectChoice(kind.value, label) for kind, label in KIND_LABELS.items()],
        validators=[DataRequired("请选择用在哪里。")],
    )
    title = StringField(
        "名称", filters=[lambda typed: " ".join((typed or "").split())], validators=[DataRequired("请写一个名称。")]
    )
    body = TextAreaField(
        "内容", filters=[lambda typed: with_unix_line_ends(typed or "")], validators=[DataRequired("请写内容。")]
    )
    version = IntegerField(widget=HiddenField.widget, validators=[Optional()])

    def validate_title(self, field: Field) -> None:
        """In the words of the rule."""
        try:
            check_title(field.data or "")
        except RefusalError as refusal:
            raise ValidationError(refusal.message) from None

    def validate_body(self, field: Field) -> None:
        """Likewise; how long it may be depends on what it is for."""
        kind = self.kind.data if self.kind.data in set(CannedAnswerKind) else CannedAnswerKind.REPLY
        try:
            check_body(field.data or "", CannedAnswerKind(kind))
        except RefusalError as refusal:
            raise ValidationError(refusal.message) from None
