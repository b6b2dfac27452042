"""Signing in and changing a password."""

from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import DataRequired, Length

from feedback.base.web.forms import PageForm, whole


class SignInForm(PageForm):
    """`next` is where the visitor was going; `kept` is what an ended session would have lost."""

    name = StringField(
        "账号", validators=[DataRequired("请填写账号。"), Length(max=40, message="账号最多 40 个字符。"), whole]
    )
    password = PasswordField("密码", validators=[DataRequired("请填写密码。"), Length(max=200, message="密码太长。")])
    code = StringField(
        "动态口令（首次登录还没有设置时不填）", validators=[Length(max=40, message="动态口令应是六位数字。")]
    )
    next = HiddenField()
    kept = HiddenField()


class EmailForm(PageForm):
    """Where the daily digest goes; empty for none."""

    email = StringField("电子邮箱", validators=[Length(max=200, message="电子邮箱最多 200 个字符。"), whole])


class ChangePasswordForm(PageForm):
    """The old password once, the new one twice."""

    old_password = PasswordField("原密码", validators=[DataRequired("请填写原密码。")])
    new_password = PasswordField(
        "新密码", validators=[DataRequired("请填写新密码。"), Length(max=200, message="密码最多 200 个字符。")]
    )
    repeated = PasswordField("再输一次新密码", validators=[DataRequired("请再输一次新密码。")])
