"""运行状态: how the service is doing, for administrators."""

from flask import Blueprint, render_template

from feedback.base.domain.permission import Permission
from feedback.base.extensions import db
from feedback.base.runtime import now
from feedback.base.web.marks import requires
from feedback.operations.queries import HOURS_SHOWN, status_of

blueprint = Blueprint("status", __name__, url_prefix="/status")


@blueprint.get("/")
@requires(Permission.STATUS_READ)
def index() -> str:
    """Numbers of hours; what needs somebody stands first."""
    return render_template(
        "operations/status/index.html", status=status_of(db.session, now=now()), days=HOURS_SHOWN // 24
    )
