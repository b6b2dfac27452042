"""Pictures of a submission, given to staff as downloads."""

from flask import Blueprint, Response, abort

from feedback.base.domain.permission import Permission
from feedback.base.extensions import db
from feedback.base.web.headers import DOWNLOAD_POLICY
from feedback.base.web.marks import actor, requires
from feedback.cases.queries.arrival import picture_arriving
from feedback.cases.queries.attachment import picture_content
from feedback.cases.queries.submission import get_submission

blueprint = Blueprint("attachments", __name__, url_prefix="/moderation")


@blueprint.get("/<number:number>/attachments/<name>.jpg")
@requires(Permission.SUBMISSION_READ)
def show(number: str, name: str) -> Response:
    """One picture, for staff who may read the submission it belongs to."""
    content = picture_content(db.session, get_submission(db.session, number, actor()).id, name)
    if content is None:
        # Who decides sees at once what came within the hour.
        decided = get_submission(db.session, number, actor(), permission=Permission.SUBMISSION_DECIDE)
        content = picture_arriving(db.session, decided, name)
    if content is None:
        abort(404)
    response = Response(content, mimetype="image/jpeg")
    response.headers["Content-Disposition"] = f'attachment; filename="{number}-{name[:6]}.jpg"'
    response.headers["Content-Security-Policy"] = DOWNLOAD_POLICY
    return response
