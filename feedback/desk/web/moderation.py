"""The moderators' desk: one submission, and what is decided about it."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from feedback.base.adapters.database import start_writing
from feedback.base.domain.permission import Permission
from feedback.base.domain.refusal import RefusalError
from feedback.base.extensions import db
from feedback.base.runtime import now, settings
from feedback.base.web.forms import PageForm
from feedback.base.web.marks import actor, requires
from feedback.campaigns.queries.campaign import current_content, labels_of
from feedback.cases.domain.decision import Decision
from feedback.cases.domain.reply import Draft
from feedback.cases.models.submission import Submission
from feedback.cases.queries.duplicate import other_of
from feedback.cases.queries.submission import get_submission, lock_to_decide
from feedback.cases.services import claim, confirmation, moderation
from feedback.cases.services.moderation import Classification, StaleSubmissionError
from feedback.desk.queries.dossier import tags_of, was_proposed
from feedback.desk.queries.note import has_unread
from feedback.desk.services import note
from feedback.desk.web.dossier import carried, page, terms_for, unit_choices
from feedback.desk.web.forms.moderation import (
    ClassifyForm,
    ContactForm,
    DecisionForm,
    DeclineForm,
    NoteForm,
    QuarantineForm,
    RecallForm,
    ReferForm,
    RejectForm,
    ReopenForm,
    ReplyForm,
    UnsealForm,
)

blueprint = Blueprint("moderation", __name__, url_prefix="/moderation")

PROPOSED = "已提出，等另一位同事确认后生效。"

_SENT: dict[str, type[PageForm]] = {
    "reject": RejectForm,
    "reopen": ReopenForm,
    "recall": RecallForm,
    "quarantine": QuarantineForm,
    "unseal": UnsealForm,
    "refer": ReferForm,
    "note": NoteForm,
    "decline": DeclineForm,
    "reply": ReplyForm,
    "classify": ClassifyForm,
    "contact": ContactForm,
}

Act = Callable[[Session, Submission], None]


@blueprint.get("/<number:number>")
@requires(Permission.SUBMISSION_READ)
def show(number: str) -> ResponseReturnValue:
    """One submission with everything known about it; to look at it renews one's claim and answers a call."""
    found = get_submission(db.session, number, actor())
    is_renewable, is_called = claim.is_renewable(found, by=actor(), now=now()), has_unread(db.session, found, actor())
    if is_renewable or is_called:
        start_writing(db.session)
        found = get_submission(db.session, number, actor(), to_change=True)
        if is_renewable:
            claim.renew(found, by=actor(), now=now())
        note.mark_read(db.session, found, by=actor(), now=now())
        db.session.commit()
    return page(number)


@blueprint.post("/<number:number>/draft")
@requires(Permission.SUBMISSION_READ)
def draft(number: str) -> ResponseReturnValue:
    """The page of one submission with what was typed before a session ended; nothing is saved."""
    kind = _SENT.get(request.form.get("action", ""))
    advice = "已恢复您刚才填写的内容，还没有保存，请核对后提交。"
    return page(number, form=kind(request.form) if kind else None, advice=advice)


@blueprint.post("/<number:number>/accept")
@requires(Permission.SUBMISSION_DECIDE)
def accept(number: str) -> ResponseReturnValue:
    """受理."""
    form = DecisionForm()
    return decide(number, form, lambda session, found: moderation.accept(session, found, decision(form)))


@blueprint.post("/<number:number>/reject")
@requires(Permission.SUBMISSION_DECIDE)
def reject(number: str) -> ResponseReturnValue:
    """不予受理, with a reason the sender reads."""
    form = RejectForm()
    form.offer(current_content(db.session, get_submission(db.session, number, actor()).campaign_id))

    def act(session: Session, submission: Submission) -> None:
        moderation.reject(session, submission, decision(form, form.reason.data), kind=form.kind.data or None)

    return decide(number, form, act)


@blueprint.post("/<number:number>/reply")
@requires(Permission.SUBMISSION_DECIDE)
def reply(number: str) -> ResponseReturnValue:
    """答复; or 送签, which lets a colleague read it first."""
    form, carry_out = ReplyForm(), moderation.ask_to_sign if "sign" in request.form else moderation.reply
    found = get_submission(db.session, number, actor())
    form.offer(current_content(db.session, found.campaign_id))

    def act(session: Session, submission: Submission) -> None:
        draft = Draft(form.body.data or "", form.outcome.data or "", (form.summary.data or "").strip())
        carry_out(session, submission, draft, decision(form))

    return decide(number, form, act)


@blueprint.post("/<number:number>/complete")
@requires(Permission.SUBMISSION_DECIDE)
def complete(number: str) -> ResponseReturnValue:
    """办结."""
    form = DecisionForm()
    return decide(number, form, lambda session, found: moderation.complete(session, found, decision(form)))


@blueprint.post("/<number:number>/reopen")
@requires(Permission.SUBMISSION_DECIDE)
def reopen(number: str) -> ResponseReturnValue:
    """重新办理."""
    form = ReopenForm()

    def act(session: Session, submission: Submission) -> None:
        moderation.reopen(session, submission, decision(form, form.reason.data))

    return decide(number, form, act)


@blueprint.post("/<number:number>/confirm")
@requires(Permission.SUBMISSION_DECIDE)
def confirm(number: str) -> ResponseReturnValue:
    """Carry out what a colleague proposed."""
    form = DecisionForm()
    other = other_of(db.session, number, actor())

    def act(session: Session, submission: Submission) -> None:
        confirmation.confirm(session, submission, decision(form))

    return decide(number, form, act, other=other)


@blueprint.post("/<number:number>/decline")
@requires(Permission.SUBMISSION_DECIDE)
def decline(number: str) -> ResponseReturnValue:
    """Say no to it, or take one's own proposal back."""
    form = DeclineForm()

    def act(session: Session, submission: Submission) -> None:
        confirmation.decline(session, submission, decision(form, form.reason.data))

    return decide(number, form, act)


@blueprint.post("/<number:number>/undo")
@requires(Permission.SUBMISSION_DECIDE)
def undo(number: str) -> ResponseReturnValue:
    """Take back one's own last decision; the text of a reply that was taken back is offered to be changed."""
    form = DecisionForm()
    taken_back: list[Draft | None] = []

    def act(session: Session, submission: Submission) -> None:
        taken_back.append(moderation.undo(session, submission, decision(form), within=settings().undo))

    answer = decide(number, form, act)
    draft = next(iter(taken_back), None)
    if draft is None or not draft.body:
        return answer
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
    form.offer(terms_for(found, tags_of(db.session, found.id), content, labels), unit_choices())

    def act(session: Session, submission: Submission) -> None:
        given = Classification(form.values(), form.concerned(), form.tags.data or [])
        moderation.classify(session, submission, given, decision(form))

    return decide(number, form, act)


@blueprint.post("/<number:number>/contact")
@requires(Permission.CONTACT_READ)
def contact(number: str) -> ResponseReturnValue:
    """Show the contact details once, after a reason was recorded."""
    form = ContactForm()
    if not form.validate():
        return page(number, form=form, status=400)
    start_writing(db.session)
    found = get_submission(db.session, number, actor(), permission=Permission.CONTACT_READ)
    moderation.view_contact(db.session, found, reason=form.reason.data or "", by=actor(), now=now())
    db.session.commit()
    return page(number, is_contact_open=True)


def decision(form: DecisionForm, reason: str | None = None) -> Decision:
    """Who decides on which version of a page, when, and why."""
    return Decision(actor(), form.version.data or 0, now(), reason)


def decide(
    number: str, form: PageForm, act: Act, *, other: str | None = None, done: str = "已保存。"
) -> ResponseReturnValue:
    """Check the form, decide in one write transaction, and go back to the page; what was refused loses nothing.

    `other` is a second submission that changes with the first; `done` is what the page says then.
    """
    if not form.validate():
        # The page that comes back carries the newest version: it must say so where somebody else was faster.
        seen = form.version.data if "version" in form else None
        is_stale = seen not in {None, get_submission(db.session, number, actor()).version}
        refusal = StaleSubmissionError() if is_stale else None
        return page(number, form=form, refusal=refusal, status=409 if refusal else 400)
    start_writing(db.session)
    submission = lock_to_decide(db.session, {number, other or number}, actor())[number.upper()]
    try:
        act(db.session, submission)
    except RefusalError as refusal:
        db.session.rollback()
        return page(number, form=form, refusal=refusal, status=status_of(refusal))
    is_waiting = "version" in form and was_proposed(db.session, submission, since=form.version.data or 0)
    db.session.commit()
    flash(PROPOSED if is_waiting else done)
    return redirect(url_for("moderation.show", number=number) + carried(submission))


def status_of(refusal: RefusalError) -> int:
    """A page that is no longer true is a conflict; everything else can be put right where it was typed."""
    return 409 if isinstance(refusal, StaleSubmissionError) else 400
