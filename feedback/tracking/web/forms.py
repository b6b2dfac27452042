"""Forms for the holder of a query code."""

from wtforms import HiddenField, IntegerField, StringField, TextAreaField

from feedback.base.domain.text import with_unix_line_ends
from feedback.base.web.forms import OpenForm


class TrackForm(OpenForm):
    """Asks for a query code."""

    code = StringField("查询码")


class SupplementForm(TrackForm):
    """More about the same matter."""

    nonce = HiddenField()
    supplement = TextAreaField("补充情况", filters=[lambda typed: with_unix_line_ends(typed or "")])


class RatingForm(TrackForm):
    """How satisfied the sender is, 5 to 1."""

    satisfaction = IntegerField("满意程度")
    reason = TextAreaField("想说明的", filters=[lambda typed: with_unix_line_ends(typed or "").strip()])


class ReconsiderForm(TrackForm):
    """Why the matter should be looked at again."""

    reason = TextAreaField("请写明理由", filters=[lambda typed: with_unix_line_ends(typed or "")])
