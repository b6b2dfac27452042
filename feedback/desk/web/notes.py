"""Notes among colleagues."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from feedback.base.domain.permission import Permission
from feedback.base.extensions import db
from feedback.base.runtime import now
from feedback.base.web.marks import actor, requires
from feedback.desk.services import note as service
from feedback.desk.web.deciding import back_to, deciding
from feedback.desk.web.forms.moderation import NoteForm

blueprint = Blueprint("notes", __name__, url_prefix="/moderation")


@blueprint.post("/<number:number>/note")
@requires(Permission.SUBMISSION_DECIDE)
def note(number: str) -> ResponseReturnValue:
    """Note something, and call colleagues by @."""
    form = NoteForm()
    with deciding(number, form, done="备注已保存。") as found:
        service.add(db.session, found, body=form.body.data or "", by=actor(), now=now())
    return back_to(found)
