"""The moderators' desk: one submission, and what is decided about it."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from feedback.adapters.database import start_writing
from feedback.domain.campaign import CampaignContent
from feedback.domain.contact import masked_name, masked_phone
from feedback.domain.permission import Permission
from feedback.domain.queue import QueueFilter
from feedback.domain.refusal import RefusalError
from feedback.domain.submission import Status, allowed_actions
from feedback.extensions import db
from feedback.models.campaign import Campaign
from feedback.models.submission import Submission
from feedback.queries.campaign import all_units, current_content, labels_of, version_content
from feedback.queries.dossier import (
    Dossier,
    action_waits,
    claimed_by,
    load_dossier,
    opened_contact,
    seconds_to_undo,
    waiting_for,
)
from feedback.queries.duplicate import likes_of, number_of, parts_of
from feedback.queries.queue import get_submission, is_permitted
from feedback.runtime import keys, now, settings
from feedback.services import claim, confirmation, moderation
from feedback.services.moderation import StaleSubmissionError, Undone
from feedback.web.access import actor, requires
from feedback.web.forms.moderation import (
    CLASSIFYING_SETS,
    ClassifyForm,
    ContactForm,
    DecisionForm,
    DeclineForm,
    RejectForm,
    ReopenForm,
    ReplyForm,
)
from feedback.web.forms.queue import QueueForm
from feedback.web.queue import query_of, queue_filter, words_of

blueprint = Blueprint("moderation", __name__, url_prefix="/moderation")

PROPOSED = "已提出，等另一位同事确认后生效。"

_SENT: dict[str, Any] = {
    "reject": RejectForm,
    "reopen": ReopenForm,
    "decline": DeclineForm,
    "reply": ReplyForm,
    "classify": ClassifyForm,
    "contact": ContactForm,
}

Act = Callable[[Session, Submission], None]
Labels = dict[str, dict[str, str]]


@blueprint.get("/<number:number>")
@requires(Permission.SUBMISSION_READ)
def show(number: str) -> ResponseReturnValue:
    """One submission with everything known about it; to look at it renews one's claim."""
    if claim.is_renewable(get_submission(db.session, number, actor()), by=actor(), now=now()):
        start_writing(db.session)
        claim.renew(get_submission(db.session, number, actor(), to_change=True), by=actor(), now=now())
        db.session.commit()
    return _page(number)


@blueprint.post("/<number:number>/draft")
@requires(Permission.SUBMISSION_READ)
def draft(number: str) -> ResponseReturnValue:
    """The page of one submission with what was typed before a session ended; nothing is saved."""
    kind = _SENT.get(request.form.get("action", ""))
    advice = "已恢复您刚才填写的内容，还没有保存，请核对后提交。"
    return _page(number, form=kind(request.form) if kind else None, advice=advice)


@blueprint.post("/<number:number>/accept")
@requires(Permission.SUBMISSION_DECIDE)
def accept(number: str) -> ResponseReturnValue:
    """受理."""
    form = DecisionForm()
    return _decide(number, form, lambda session, found: moderation.accept(session, found, **_by(form)))


@blueprint.post("/<number:number>/reject")
@requires(Permission.SUBMISSION_DECIDE)
def reject(number: str) -> ResponseReturnValue:
    """不予受理, with a reason the sender reads."""
    form = RejectForm()
    reason = form.reason.data or ""
    return _decide(number, form, lambda session, found: moderation.reject(session, found, reason=reason, **_by(form)))


@blueprint.post("/<number:number>/reply")
@requires(Permission.SUBMISSION_DECIDE)
def reply(number: str) -> ResponseReturnValue:
    """答复."""
    form = ReplyForm()
    found = get_submission(db.session, number, actor())
    form.offer(current_content(db.session, found.campaign_id))

    def act(session: Session, submission: Submission) -> None:
        moderation.reply(
            session,
            submission,
            body=form.body.data or "",
            outcome=form.outcome.data or "",
            summary=(form.summary.data or "").strip(),
            **_by(form),
        )

    return _decide(number, form, act)


@blueprint.post("/<number:number>/complete")
@requires(Permission.SUBMISSION_DECIDE)
def complete(number: str) -> ResponseReturnValue:
    """办结."""
    form = DecisionForm()
    return _decide(number, form, lambda session, found: moderation.complete(session, found, **_by(form)))


@blueprint.post("/<number:number>/reopen")
@requires(Permission.SUBMISSION_DECIDE)
def reopen(number: str) -> ResponseReturnValue:
    """重新办理."""
    form = ReopenForm()
    reason = form.reason.data or ""
    return _decide(number, form, lambda session, found: moderation.reopen(session, found, reason=reason, **_by(form)))


@blueprint.post("/<number:number>/confirm")
@requires(Permission.SUBMISSION_DECIDE)
def confirm(number: str) -> ResponseReturnValue:
    """Carry out what a colleague proposed."""
    form = DecisionForm()
    return _decide(number, form, lambda session, found: confirmation.confirm(session, found, **_by(form)))


@blueprint.post("/<number:number>/decline")
@requires(Permission.SUBMISSION_DECIDE)
def decline(number: str) -> ResponseReturnValue:
    """Say no to it, or take one's own proposal back."""
    form = DeclineForm()
    reason = form.reason.data or ""
    return _decide(
        number, form, lambda session, found: confirmation.decline(session, found, reason=reason, **_by(form))
    )


@blueprint.post("/<number:number>/undo")
@requires(Permission.SUBMISSION_DECIDE)
def undo(number: str) -> ResponseReturnValue:
    """Take back one's own last decision; the text of a reply that was taken back is offered to be changed."""
    form = DecisionForm()
    taken_back: list[Undone] = []

    def act(session: Session, submission: Submission) -> None:
        taken_back.append(moderation.undo(session, submission, within=settings().undo, **_by(form)))

    answer = _decide(number, form, act)
    if not taken_back or taken_back[0].body is None:
        return answer
    undone = taken_back[0]
    offered = ReplyForm(formdata=None, body=undone.body, outcome=undone.outcome, summary=undone.summary)
    return _page(number, form=offered, advice="已撤销。答复的内容还在下面，改好以后请再提交。")


@blueprint.post("/<number:number>/classify")
@requires(Permission.SUBMISSION_DECIDE)
def classify(number: str) -> ResponseReturnValue:
    """Category, task, nature and units, as staff see them."""
    form = ClassifyForm()
    found = get_submission(db.session, number, actor())
    content, labels = current_content(db.session, found.campaign_id), labels_of(db.session, found.campaign_id)
    form.offer(_terms_for(found, content, labels), _unit_choices())

    def act(session: Session, submission: Submission) -> None:
        moderation.classify(session, submission, values=form.values(), units=form.concerned(), **_by(form))

    return _decide(number, form, act)


@blueprint.post("/<number:number>/contact")
@requires(Permission.CONTACT_READ)
def contact(number: str) -> ResponseReturnValue:
    """Show the contact details once, after a reason was recorded."""
    form = ContactForm()
    if not form.validate():
        return _page(number, form=form, status=400)
    start_writing(db.session)
    found = get_submission(db.session, number, actor(), permission=Permission.CONTACT_READ)
    moderation.view_contact(db.session, found, reason=form.reason.data or "", by=actor(), now=now())
    db.session.commit()
    return _page(number, is_contact_open=True)


def _by(form: DecisionForm) -> dict[str, Any]:
    return {"by": actor(), "seen": form.version.data, "now": now()}


def _decide(number: str, form: DecisionForm, act: Act) -> ResponseReturnValue:
    """Check the form, decide in one write transaction, and go back to the page; what was refused loses nothing."""
    if not form.validate():
        # The page that comes back carries the newest version: it must say so where somebody else was faster.
        is_stale = form.version.data not in {None, get_submission(db.session, number, actor()).version}
        refusal = StaleSubmissionError() if is_stale else None
        return _page(number, form=form, refusal=refusal, status=409 if refusal else 400)
    start_writing(db.session)
    submission = get_submission(db.session, number, actor(), permission=Permission.SUBMISSION_DECIDE, to_change=True)
    try:
        act(db.session, submission)
    except RefusalError as refusal:
        db.session.rollback()
        status = 409 if isinstance(refusal, StaleSubmissionError) else 400
        return _page(number, form=form, refusal=refusal, status=status)
    is_waiting = action_waits(db.session, submission, actor())
    db.session.commit()
    flash(PROPOSED if is_waiting else "已保存。")
    return redirect(url_for("moderation.show", number=number) + _carried(submission))


def _carried(submission: Submission) -> str:
    """The filter of the queue one came from, which every address of the page carries along."""
    if not request.args:
        return ""
    campaign = db.session.get_one(Campaign, submission.campaign_id)
    return f"?{query_of(queue_filter(QueueForm(request.args), campaign))}"


def _own_queue(submission: Submission) -> QueueFilter:
    """The queue a submission is in, for whoever came from none."""
    return QueueFilter(submission.campaign_id, status=Status(submission.status))


def _page(
    number: str,
    *,
    form: Any = None,
    refusal: RefusalError | None = None,
    advice: str = "",
    is_contact_open: bool = False,
    status: int = 200,
) -> ResponseReturnValue:
    submission = get_submission(db.session, number, actor())
    dossier = load_dossier(db.session, submission)
    words = words_of(submission.campaign_id)
    moment = now()
    may_read_contact = is_permitted(db.session, submission, actor(), Permission.CONTACT_READ)
    return render_template(
        "moderation/show.html",
        dossier=dossier,
        submission=submission,
        actions=allowed_actions(Status(submission.status)),
        forms=_forms(dossier, form, words["labels"]),
        sent=form,
        refusal=refusal,
        advice=advice,
        contact=_contact_shown(dossier, is_open=is_contact_open) if may_read_contact else None,
        is_contact_open=is_contact_open,
        waiting=waiting_for(db.session, submission),
        likes=likes_of(db.session, submission, actor()),
        parts=parts_of(db.session, submission, actor()),
        merged_into=number_of(db.session, submission.merged_into_id),
        carried=_carried(submission),
        behind=_carried(submission) or f"?{query_of(_own_queue(submission))}",
        claimed_by=claimed_by(db.session, submission, now=moment),
        undo_seconds=seconds_to_undo(db.session, submission, actor(), now=moment, within=settings().undo),
        content=version_content(db.session, submission.campaign_version_id),
        may_decide=is_permitted(db.session, submission, actor(), Permission.SUBMISSION_DECIDE),
        may_read_contact=may_read_contact,
        **words,
    ), status


def _forms(dossier: Dossier, sent: Any, labels: Labels) -> dict[str, Any]:
    """Every form of the page: the one just sent as it was sent, the others fresh, all on the version now shown.

    A form that was restored has no choices yet.
    """
    submission = dossier.submission
    content = current_content(db.session, submission.campaign_id)
    terms, units = _terms_for(submission, content, labels), _unit_choices()
    forms: dict[str, Any] = {
        "decision": DecisionForm(formdata=None),
        "reject": RejectForm(formdata=None),
        "reopen": ReopenForm(formdata=None),
        "decline": DeclineForm(formdata=None),
        "reply": ReplyForm(formdata=None, summary=submission.summary).offer(content),
        "classify": ClassifyForm(formdata=None, **_classified(dossier)).offer(terms, units),
        "contact": ContactForm(formdata=None),
    }
    for name, form in forms.items():
        if type(form) is type(sent):
            if isinstance(sent, ReplyForm):
                sent.offer(content)
            if isinstance(sent, ClassifyForm):
                sent.offer(terms, units)
            forms[name] = sent
    for form in forms.values():
        if "version" in form:
            form.version.data, form.version.raw_data = submission.version, None
    return forms


def _terms_for(submission: Submission, content: CampaignContent, known: Labels) -> Labels:
    """The terms asked for now, and the one the submission has, which a newer version may have dropped."""
    terms = {}
    for name in CLASSIFYING_SETS:
        present = getattr(submission, name)
        kept = {present: known[name].get(present, present)} if present else {}
        terms[name] = {**kept, **content.labels(name)}
    return terms


def _classified(dossier: Dossier) -> dict[str, Any]:
    submission = dossier.submission
    return {
        "category": submission.category or "",
        "task": submission.task or "",
        "issue_nature": submission.issue_nature or "",
        "responsible_unit": str(submission.responsible_unit_id or ""),
        "units": [str(unit_id) for unit_id in dossier.unit_ids],
        "responsible_person": submission.responsible_person or "",
    }


def _unit_choices() -> list[tuple[int, str]]:
    """Units indented by their depth in the tree."""
    return [(unit.id, "　" * (unit.path.count("/") - 2) + unit.name) for unit in all_units(db.session)]


def _contact_shown(dossier: Dossier, *, is_open: bool) -> dict[str, str] | None:
    """Name and phone, masked until somebody gave a reason for seeing them."""
    if dossier.contact is None:
        return None
    clear = opened_contact(dossier.contact, keys())
    masks = {"name": masked_name, "phone": masked_phone}
    return clear if is_open else {column: masks[column](value) for column, value in clear.items()}
