"""Notes among colleagues."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from feedback.base.domain.permission import Permission
from feedback.base.runtime import now
from feedback.base.web.marks import actor, requires
from feedback.desk.services import note
from feedback.desk.web.forms.moderation import NoteForm
from feedback.desk.web.moderation import decide

blueprint = Blueprint("notes", __name__, url_prefix="/moderation")


@blueprint.post("/<number:number>/note")
@requires(Permission.SUBMISSION_DECIDE)
def add(number: str) -> ResponseReturnValue:
    """Note something, and call colleagues by @."""
    form = NoteForm()
    body = form.body.data or ""
    return decide(
        number,
        form,
        lambda session, found: note.add(session, found, body=body, by=actor(), now=now()),
        done="备注已保存。",
    )
