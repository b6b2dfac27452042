"""Near duplicates: two opinions side by side, and what people decide of them."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from feedback.base.adapters.database import start_writing
from feedback.base.domain.permission import Permission
from feedback.base.domain.refusal import RefusalError
from feedback.base.extensions import db
from feedback.base.runtime import now
from feedback.base.web.marks import actor, requires
from feedback.cases.domain.similarity import differences
from feedback.cases.models.submission import Submission
from feedback.cases.queries.duplicate import other_of
from feedback.cases.queries.submission import get_submission, lock_to_decide
from feedback.cases.services import duplicate
from feedback.desk.queries.dossier import load_dossier, was_proposed
from feedback.desk.web.forms.moderation import DecisionForm
from feedback.desk.web.moderation import PROPOSED, decide, decision, status_of
from feedback.desk.web.queue import words_of

blueprint = Blueprint("duplicates", __name__, url_prefix="/moderation")

Act = Callable[[Submission, Submission], None]


@blueprint.get("/<number:number>/beside/<number:other>")
@requires(Permission.SUBMISSION_DECIDE)
def compare(number: str, other: str) -> ResponseReturnValue:
    """Two opinions side by side, with what differs marked."""
    return _page(number, other)


@blueprint.post("/<number:number>/beside/<number:other>/merge")
@requires(Permission.SUBMISSION_DECIDE)
def merge(number: str, other: str) -> ResponseReturnValue:
    """并单: the first is answered with the other."""
    form = DecisionForm()
    if not form.validate():
        return _page(number, other, refusal=RefusalError("页面不完整，请刷新后再试。"))

    def act(submission: Submission, into: Submission) -> None:
        duplicate.merge(db.session, submission, into, decision(form))

    return _decide(number, other, act, done=f"已并入 {other}。")


@blueprint.post("/<number:number>/beside/<number:other>/apart")
@requires(Permission.SUBMISSION_DECIDE)
def tell_apart(number: str, other: str) -> ResponseReturnValue:
    """不是重复."""

    def act(submission: Submission, beside: Submission) -> None:
        duplicate.tell_apart(db.session, submission, beside, by=actor(), now=now())

    return _decide(number, other, act, done="已记下：两件不是重复。")


@blueprint.post("/<number:number>/unmerge")
@requires(Permission.SUBMISSION_DECIDE)
def unmerge(number: str) -> ResponseReturnValue:
    """拆分: it waits again, for itself."""
    form = DecisionForm()
    other = other_of(db.session, number, actor())
    done = "已拆分，请重新办理。"
    return decide(
        number, form, lambda session, found: duplicate.unmerge(session, found, decision(form)), other=other, done=done
    )


def _decide(number: str, other: str, act: Act, *, done: str) -> ResponseReturnValue:
    start_writing(db.session)
    locked = lock_to_decide(db.session, {number, other}, actor())
    submission, before = locked[number.upper()], locked[number.upper()].version
    try:
        act(submission, locked[other.upper()])
    except RefusalError as refusal:
        db.session.rollback()
        return _page(number, other, refusal=refusal)
    is_waiting = was_proposed(db.session, submission, since=before)
    db.session.commit()
    flash(PROPOSED if is_waiting else done)
    return redirect(url_for("moderation.show", number=number))


def _page(number: str, other: str, *, refusal: RefusalError | None = None) -> ResponseReturnValue:
    decided = Permission.SUBMISSION_DECIDE
    submissions = [get_submission(db.session, one, actor(), permission=decided) for one in (number, other)]
    sides = [load_dossier(db.session, one, actor()) for one in submissions]
    page = render_template(
        "desk/duplicates/compare.html",
        sides=sides,
        differences=differences(sides[0].text or "", sides[1].text or ""),
        refusal=refusal,
        **words_of(submissions[0].campaign_id),
    )
    return page, status_of(refusal) if refusal else 200
