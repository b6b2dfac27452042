"""Sealing what may hold a state secret, and unsealing it."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from feedback.base.domain.permission import Permission
from feedback.base.extensions import db
from feedback.base.web.marks import requires
from feedback.cases.services import quarantine as service
from feedback.desk.web.deciding import back_to, deciding, decision
from feedback.desk.web.forms.moderation import QuarantineForm, UnsealForm

blueprint = Blueprint("quarantines", __name__, url_prefix="/moderation")


@blueprint.post("/<number:number>/quarantine")
@requires(Permission.SUBMISSION_DECIDE)
def quarantine(number: str) -> ResponseReturnValue:
    """涉密封存."""
    form = QuarantineForm()
    with deciding(number, form) as found:
        service.quarantine(db.session, found, decision(form, form.reason.data))
    return back_to(found)


@blueprint.post("/<number:number>/unseal")
@requires(Permission.SUBMISSION_DECIDE)
def unseal(number: str) -> ResponseReturnValue:
    """解除封存."""
    form = UnsealForm()
    with deciding(number, form) as found:
        service.unseal(db.session, found, decision(form, form.reason.data))
    return back_to(found)
