"""Pictures of a submission, given to staff as downloads."""

from flask import Blueprint, Response, abort

from feedback.domain.permission import Permission
from feedback.extensions import db
from feedback.queries.attachment import picture_content
from feedback.queries.submission import get_submission
from feedback.web.headers import DOWNLOAD_POLICY
from feedback.web.marks import actor, requires

blueprint = Blueprint("attachments", __name__, url_prefix="/moderation")


@blueprint.get("/<number:number>/attachments/<name>.jpg")
@requires(Permission.SUBMISSION_READ)
def show(number: str, name: str) -> Response:
    """One picture, for whoever may read the submission it belongs to."""
    content = picture_content(db.session, get_submission(db.session, number, actor()).id, name)
    if content is None:
        abort(404)
    response = Response(content, mimetype="image/jpeg")
    response.headers["Content-Disposition"] = f'attachment; filename="{number}-{name[:6]}.jpg"'
    response.headers["Content-Security-Policy"] = DOWNLOAD_POLICY
    return response
