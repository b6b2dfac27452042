"""Forms of the second factor."""

from wtforms import HiddenField, StringField
from wtforms.validators import DataRequired, Length

from feedback.base.web.forms import PageForm


class CodeForm(PageForm):
    """A code of one's authenticator."""

    code = StringField(
        "验证器显示的六位数字", validators=[DataRequired("请填写六位数字。"), Length(max=40, message="应是六位数字。")]
    )


class SetUpForm(CodeForm):
    """The first code of a new authenticator; `sealed` is the secret the page showed."""

    sealed = HiddenField()
