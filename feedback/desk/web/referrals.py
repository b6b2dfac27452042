"""Referring a submission to a unit, and taking it back."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from feedback.base.domain.permission import Permission
from feedback.base.extensions import db
from feedback.base.web.marks import requires
from feedback.campaigns.queries.campaign import all_units
from feedback.cases.services import referral
from feedback.desk.web.deciding import back_to, deciding, decision
from feedback.desk.web.dossier import unit_choices
from feedback.desk.web.forms.moderation import RecallForm, ReferForm

blueprint = Blueprint("referrals", __name__, url_prefix="/moderation")


@blueprint.post("/<number:number>/refer")
@requires(Permission.SUBMISSION_DECIDE)
def refer(number: str) -> ResponseReturnValue:
    """转办: a unit, and a day."""
    form = ReferForm().offer(unit_choices(all_units(db.session)))
    with deciding(number, form) as found:
        decided = decision(form, form.instruction.data)
        referral.refer(db.session, found, decided, unit_id=int(form.unit.data), due_on=form.due_on.data)
    return back_to(found)


@blueprint.post("/<number:number>/recall")
@requires(Permission.SUBMISSION_DECIDE)
def recall(number: str) -> ResponseReturnValue:
    """收回转办."""
    form = RecallForm()
    with deciding(number, form) as found:
        referral.recall(db.session, found, decision(form, form.reason.data))
    return back_to(found)
