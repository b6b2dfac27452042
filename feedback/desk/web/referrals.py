"""Referring a submission to a unit, and taking it back."""

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from feedback.base.domain.permission import Permission
from feedback.base.web.marks import requires
from feedback.cases.models.submission import Submission
from feedback.cases.services import referral
from feedback.desk.web.dossier import unit_choices
from feedback.desk.web.forms.moderation import RecallForm, ReferForm
from feedback.desk.web.moderation import decide, decision

blueprint = Blueprint("referrals", __name__, url_prefix="/moderation")


@blueprint.post("/<number:number>/refer")
@requires(Permission.SUBMISSION_DECIDE)
def refer(number: str) -> ResponseReturnValue:
    """转办: a unit, and a day."""
    form = ReferForm().offer(unit_choices())

    def act(session: Session, found: Submission) -> None:
        decided = decision(form, form.instruction.data)
        referral.refer(session, found, decided, unit_id=int(form.unit.data), due_on=form.due_on.data)

    return decide(number, form, act)


@blueprint.post("/<number:number>/recall")
@requires(Permission.SUBMISSION_DECIDE)
def recall(number: str) -> ResponseReturnValue:
    """收回转办."""
    form = RecallForm()
    reason = form.reason.data
    return decide(number, form, lambda session, found: referral.recall(session, found, decision(form, reason)))
