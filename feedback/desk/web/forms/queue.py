"""The filter of the queue."""

from wtforms import DateField, IntegerField, StringField
from wtforms.validators import Optional

from feedback.base.web.forms import OpenForm


class QueueForm(OpenForm):
    """The filter in the address bar; a value that makes no sense is left out."""

    campaign = IntegerField(validators=[Optional()])
    status = StringField()
    queue = StringField()
    group = StringField()
    kind = StringField()
    category = StringField()
    priority = StringField()
    tag = StringField()
    unit = IntegerField(validators=[Optional()])
    channel = IntegerField(validators=[Optional()])
    from_day = DateField(validators=[Optional()])
    to_day = DateField(validators=[Optional()])
    query = StringField()
    after = StringField()
