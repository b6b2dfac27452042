"""Sealing what may hold a state secret, and unsealing it."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from feedback.base.domain.permission import Permission
from feedback.base.web.marks import requires
from feedback.cases.services import quarantine as service
from feedback.desk.web.forms.moderation import QuarantineForm, UnsealForm
from feedback.desk.web.moderation import decide, decision

blueprint = Blueprint("quarantines", __name__, url_prefix="/moderation")


@blueprint.post("/<number:number>/quarantine")
@requires(Permission.SUBMISSION_DECIDE)
def quarantine(number: str) -> ResponseReturnValue:
    """涉密封存."""
    form = QuarantineForm()
    reason = form.reason.data
    return decide(number, form, lambda session, found: service.quarantine(session, found, decision(form, reason)))


@blueprint.post("/<number:number>/unseal")
@requires(Permission.SUBMISSION_DECIDE)
def unseal(number: str) -> ResponseReturnValue:
    """解除封存."""
    form = UnsealForm()
    reason = form.reason.data
    return decide(number, form, lambda session, found: service.unseal(session, found, decision(form, reason)))
