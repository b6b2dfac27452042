"""Forms for codes that prove a group."""

from collections.abc import Mapping, Sequence

from wtforms import IntegerField, SelectChoice, SelectField
from wtforms.validators import InputRequired, NumberRange

from feedback.base.web.forms import PageForm
from feedback.campaigns.domain.group_code import FEWEST_AT_ONCE, MOST_AT_ONCE
from feedback.campaigns.models.channel import Channel


class GroupCodesForm(PageForm):
    """A batch of cards."""

    group = SelectField("发给谁")
    channel = SelectField("卡片打开哪个渠道的表单", coerce=int)
    count = IntegerField(
        "多少张",
        default=50,
        validators=[
            InputRequired("请填写张数。"),
            NumberRange(
                FEWEST_AT_ONCE,
                MOST_AT_ONCE,
                f"一次请生成 {FEWEST_AT_ONCE} 到 {MOST_AT_ONCE} 张：太少会猜得出是谁写的，多的请分几次。",
            ),
        ],
    )

    def offer(self, groups: Mapping[str, str], channels: Sequence[Channel]) -> "GroupCodesForm":
        """Fill in the groups and the doors."""
        self.group.choices = [SelectChoice(*one) for one in groups.items()]
        self.channel.choices = [SelectChoice(one.id, one.name) for one in channels]
        return self
