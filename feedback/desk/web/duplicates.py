"""Near duplicates: two opinions side by side, and what people decide of them."""

from functools import partial

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from feedback.base.domain.permission import Permission
from feedback.base.domain.refusal import RefusalError
from feedback.base.extensions import db
from feedback.base.runtime import now
from feedback.base.web.change import status_of
from feedback.base.web.marks import actor, requires
from feedback.campaigns.queries.campaign import labels_of
from feedback.cases.domain.disclosure import disclosed
from feedback.cases.domain.similarity import differences
from feedback.cases.queries.duplicate import other_of
from feedback.cases.queries.record import original_of
from feedback.cases.queries.submission import UnknownSubmissionError
from feedback.cases.services import duplicate
from feedback.desk.queries.dossier import OpenCase, open_case
from feedback.desk.web.deciding import back_to, deciding, deciding_on_two, decision
from feedback.desk.web.forms.moderation import DecisionForm

blueprint = Blueprint("duplicates", __name__, url_prefix="/moderation")


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
        return _page(number, other, RefusalError("页面不完整，请刷新后再试。"))
    with deciding_on_two(number, other, partial(_page, number, other), done=f"已并入 {other}。") as (found, into):
        duplicate.merge(db.session, found, into, decision(form))
    return back_to(found)


@blueprint.post("/<number:number>/beside/<number:other>/apart")
@requires(Permission.SUBMISSION_DECIDE)
def tell_apart(number: str, other: str) -> ResponseReturnValue:
    """不是重复."""
    done = "已记下：两件不是重复。"
    with deciding_on_two(number, other, partial(_page, number, other), done=done) as (found, beside):
        duplicate.tell_apart(db.session, found, beside, by=actor(), now=now())
    return back_to(found)


@blueprint.post("/<number:number>/unmerge")
@requires(Permission.SUBMISSION_DECIDE)
def unmerge(number: str) -> ResponseReturnValue:
    """拆分: it waits again, for itself."""
    form = DecisionForm()
    with deciding(number, form, other=other_of(db.session, number, actor()), done="已拆分，请重新办理。") as found:
        duplicate.unmerge(db.session, found, decision(form))
    return back_to(found)


def _page(number: str, other: str, refusal: RefusalError | None = None) -> ResponseReturnValue:
    cases = [_decided(one) for one in (number, other)]
    shown = [disclosed(one.submission.status, reads=True, decides=True) for one in cases]
    texts = [original_of(db.session, one.submission.id) or "" for one in cases]
    left, right = (how.words(text) for how, text in zip(shown, texts, strict=True))
    page = render_template(
        "desk/duplicates/compare.html",
        sides=list(zip(cases, shown, strict=True)),
        differences=differences(left, right),
        refusal=refusal,
        labels=labels_of(db.session, cases[0].submission.campaign_id),
    )
    return page, status_of(refusal) if refusal else 200


def _decided(number: str) -> OpenCase:
    """A case the actor decides about; a mere reader must not learn more than of one that does not exist.

    What arrived within the hour was compared with nothing yet.
    """
    found = open_case(db.session, number, actor())
    if Permission.SUBMISSION_DECIDE not in found.rights or found.arrival is not None:
        raise UnknownSubmissionError(number)
    return found
