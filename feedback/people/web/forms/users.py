"""Forms for those who administer accounts."""

from wtforms import PasswordField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, Length

from feedback.base.domain.permission import ROLE_LABELS, Role
from feedback.base.models.unit import Unit
from feedback.base.web.forms import PageForm, indented, whole

_ROLES = [SelectChoice(role.value, label) for role, label in ROLE_LABELS.items()]


class GrantForm(PageForm):
    """A role on a unit."""

    role = SelectField(
        "角色", default=Role.MODERATOR, choices=[SelectChoice(role.value, label) for role, label in ROLE_LABELS.items()]
    )
    unit = SelectField("单位（权限及于它和它的下级）", coerce=int)

    def offer(self, units: list[Unit]) -> "GrantForm":
        """Fill in the units, indented by their depth in the tree."""
        self.unit.choices = indented(units)
        return self


class CreateUserForm(GrantForm):
    """A new account and its first role."""

    name = StringField(
        "账号（登录用，如拼音）",
        validators=[DataRequired("请填写账号。"), Length(max=40, message="账号最多 40 个字符。"), whole],
    )
    display_name = StringField(
        "姓名", validators=[DataRequired("请填写姓名。"), Length(max=40, message="姓名最多 40 个字。"), whole]
    )


class JoinForm(PageForm):
    """An invitation's code, and the password its owner chooses."""

    code = StringField("邀请码", validators=[DataRequired("请填写邀请码。"), Length(max=100, message="邀请码不对。")])
    new_password = PasswordField(
        "给自己定一个密码", validators=[DataRequired("请填写密码。"), Length(max=200, message="密码最多 200 个字符。")]
    )
    repeated = PasswordField("再输一次密码", validators=[DataRequired("请再输一次密码。")])
