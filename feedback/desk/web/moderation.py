"""The moderators' desk: one submission, and what is decided about it."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from feedback.base.domain.permission import Permission
from feedback.base.extensions import db
from feedback.base.runtime import now, settings
from feedback.base.web.change import changing
from feedback.base.web.marks import actor, requires
from feedback.campaigns.queries.campaign import all_units, current_content, labels_of
from feedback.cases.domain.reply import Draft
from feedback.cases.queries.duplicate import other_of
from feedback.cases.queries.submission import get_submission
from feedback.cases.services import claim, confirmation, moderation
from feedback.cases.services.arrival import take_in
from feedback.cases.services.moderation import Classification
from feedback.desk.queries.dossier import open_case, tags_of
from feedback.desk.services import note
from feedback.desk.web.actions import BY_NAME
from feedback.desk.web.deciding import back_to, deciding, decision
from feedback.desk.web.dossier import page, terms_for, unit_choices
from feedback.desk.web.forms.moderation import (
    ClassifyForm,
    ContactForm,
    DecisionForm,
    DeclineForm,
    RejectForm,
    ReopenForm,
    ReplyForm,
)

blueprint = Blueprint("moderation", __name__, url_prefix="/moderation")


@blueprint.get("/<number:number>")
@requires(Permission.SUBMISSION_READ)
def show(number: str) -> ResponseReturnValue:
    """One submission with everything known about it; to look at it renews one's claim and answers a call."""
    case = open_case(db.session, number, actor())
    is_renewable = claim.is_renewable(case.submission, by=actor(), now=now())
    if is_renewable or case.is_called:
        with changing() as session:
            found = get_submission(session, number, actor(), to_change=True)
            if is_renewable:
                claim.renew(found, by=actor(), now=now())
            note.mark_read(session, found, by=actor(), now=now())
        return page(number)
    return page(number, case=case)


@blueprint.post("/<number:number>/draft")
@requires(Permission.SUBMISSION_READ)
def draft(number: str) -> ResponseReturnValue:
    """The page of one submission with what was typed before a session ended; nothing is saved."""
    button = BY_NAME.get(request.form.get("action", ""))
    advice = "已恢复您刚才填写的内容，还没有保存，请核对后提交。"
    return page(number, form=button.form(request.form) if button else None, advice=advice)


@blueprint.post("/<number:number>/accept")
@requires(Permission.SUBMISSION_DECIDE)
def accept(number: str) -> ResponseReturnValue:
    """受理."""
    form = DecisionForm()
    with deciding(number, form) as found:
        moderation.accept(db.session, found, decision(form))
    return back_to(found)


@blueprint.post("/<number:number>/reject")
@requires(Permission.SUBMISSION_DECIDE)
def reject(number: str) -> ResponseReturnValue:
    """不予受理, with a reason the sender reads."""
    form = RejectForm()
    form.offer(current_content(db.session, get_submission(db.session, number, actor()).campaign_id))
    with deciding(number, form) as found:
        moderation.reject(db.session, found, decision(form, form.reason.data), kind=form.kind.data or None)
    return back_to(found)


@blueprint.post("/<number:number>/reply")
@requires(Permission.SUBMISSION_DECIDE)
def reply(number: str) -> ResponseReturnValue:
    """答复; or 送签, which lets a colleague read it first."""
    form, carry_out = ReplyForm(), moderation.ask_to_sign if "sign" in request.form else moderation.reply
    form.offer(current_content(db.session, get_submission(db.session, number, actor()).campaign_id))
    with deciding(number, form) as found:
        draft = Draft(form.body.data or "", form.outcome.data or "", (form.summary.data or "").strip())
        carry_out(db.session, found, draft, decision(form))
    return back_to(found)


@blueprint.post("/<number:number>/complete")
@requires(Permission.SUBMISSION_DECIDE)
def complete(number: str) -> ResponseReturnValue:
    """办结."""
    form = DecisionForm()
    with deciding(number, form) as found:
        moderation.complete(db.session, found, decision(form))
    return back_to(found)


@blueprint.post("/<number:number>/reopen")
@requires(Permission.SUBMISSION_DECIDE)
def reopen(number: str) -> ResponseReturnValue:
    """重新办理."""
    form = ReopenForm()
    with deciding(number, form) as found:
        moderation.reopen(db.session, found, decision(form, form.reason.data))
    return back_to(found)


@blueprint.post("/<number:number>/confirm")
@requires(Permission.SUBMISSION_DECIDE)
def confirm(number: str) -> ResponseReturnValue:
    """Carry out what a colleague proposed."""
    form = DecisionForm()
    with deciding(number, form, other=other_of(db.session, number, actor())) as found:
        confirmation.confirm(db.session, found, decision(form))
    return back_to(found)


@blueprint.post("/<number:number>/decline")
@requires(Permission.SUBMISSION_DECIDE)
def decline(number: str) -> ResponseReturnValue:
    """Say no to it, or take one's own proposal back."""
    form = DeclineForm()
    with deciding(number, form) as found:
        confirmation.decline(db.session, found, decision(form, form.reason.data))
    return back_to(found)


@blueprint.post("/<number:number>/undo")
@requires(Permission.SUBMISSION_DECIDE)
def undo(number: str) -> ResponseReturnValue:
    """Take back one's own last decision; the text of a reply that was taken back is offered to be changed."""
    form = DecisionForm()
    with deciding(number, form) as found:
        draft = moderation.undo(db.session, found, decision(form), within=settings().undo)
    if draft is None or not draft.body:
        return back_to(found)
    return page(
        number, form=ReplyForm(formdata=None, obj=draft), advice="已撤销。答复的内容还在下面，改好以后请再提交。"
    )


@blueprint.post("/<number:number>/classify")
@requires(Permission.SUBMISSION_DECIDE)
def classify(number: str) -> ResponseReturnValue:
    """Category, task, nature and units, as staff see them."""
    form = ClassifyForm()
    found = get_submission(db.session, number, actor())
    content, labels = current_content(db.session, found.campaign_id), labels_of(db.session, found.campaign_id)
    form.offer(terms_for(found, tags_of(db.session, found.id), content, labels), unit_choices(all_units(db.session)))
    with deciding(number, form) as found:
        given = Classification(form.values(), form.concerned(), form.tags.data or [])
        moderation.classify(db.session, found, given, decision(form))
    return back_to(found)


@blueprint.post("/<number:number>/contact")
@requires(Permission.CONTACT_READ)
def contact(number: str) -> ResponseReturnValue:
    """Show the contact details once, after a reason was recorded."""
    form = ContactForm()
    if not form.validate():
        return page(number, form=form), 400
    with changing() as session:
        # Also what was withdrawn a moment ago, which is to be seen no more.
        get_submission(session, number, actor(), permission=Permission.CONTACT_READ)
        take_in(session, {number.upper()})
        found = get_submission(session, number, actor(), permission=Permission.CONTACT_READ)
        moderation.view_contact(session, found, reason=form.reason.data or "", by=actor(), now=now())
    return page(number, is_contact_open=True)
