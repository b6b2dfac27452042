"""What everybody may read: the privacy notice, the accessibility statement, and who else to turn to."""

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from feedback.base.domain.moment import china_day
from feedback.base.extensions import db
from feedback.base.runtime import now
from feedback.base.web.marks import public
from feedback.campaigns.queries.campaign import (
    open_doors,
    retention_months,
    version_content,
    version_number,
    version_of,
)
from feedback.intake.web.doors import door_lately, imprint, unknown_door

blueprint = Blueprint("notices", __name__)


@blueprint.get("/f/<code>/privacy")
@blueprint.get("/f/<code>/privacy/<int(max=100000):version>")
@public
def privacy(code: str, version: int | None = None) -> ResponseReturnValue:
    """The notice of a campaign: the present one, or the one of an earlier version."""
    door = door_lately(code)
    if door is None:
        return unknown_door()
    version_id = version_of(db.session, door.campaign_id, version) if version else door.version_id
    if version_id is None:
        abort(404)
    content = version_content(db.session, version_id)
    return render_template(
        "intake/notices/privacy.html",
        content=content,
        number=version_number(db.session, version_id),
        is_current=version_id == door.version_id,
        months=retention_months(db.session, door.campaign_id),
        **imprint(door),
    )


@blueprint.get("/accessibility")
@public
def accessibility() -> str:
    """What the pages can do for whom, what they cannot, and whom to tell."""
    contacts = [(title, dict(door.imprint)) for door, title in open_doors(db.session, china_day(now()))]
    return render_template("intake/notices/accessibility.html", contacts=contacts)


@blueprint.get("/elsewhere")
@public
def elsewhere() -> str:
    """Who takes what this place does not."""
    return render_template("intake/notices/elsewhere.html")
