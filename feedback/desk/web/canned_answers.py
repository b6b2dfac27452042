"""Texts kept ready: a page for each campaign where its moderators keep them, and the list beside an answer."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from feedback.base.domain.moment import china_day
from feedback.base.domain.permission import Permission
from feedback.base.domain.refusal import RefusalError
from feedback.base.extensions import db
from feedback.base.runtime import now
from feedback.base.web.change import changing, status_of
from feedback.base.web.marks import actor, requires
from feedback.campaigns.models.campaign import Campaign
from feedback.campaigns.queries.campaign import campaigns_for
from feedback.cases.models.submission import Submission
from feedback.desk.domain.canned_answer import (
    KIND_LABELS,
    MAX_BODY_LENGTHS,
    CannedAnswerKind,
    filled,
    in_braces,
    values_of,
)
from feedback.desk.models.canned_answer import CannedAnswer
from feedback.desk.queries.canned_answer import canned_answers_of, find_canned_answer
from feedback.desk.services import canned_answer
from feedback.desk.web.forms.canned_answers import CannedAnswerForm
from feedback.desk.web.forms.queue import QueueForm
from feedback.desk.web.queue import picked

blueprint = Blueprint("canned_answers", __name__, url_prefix="/canned-answers")


@dataclass(frozen=True)
class ReadyText:
    """A text as it goes into the box of one submission."""

    kind: str
    title: str
    text: str


def ready_texts(submission: Submission, *, units: dict[int, str], organiser: str) -> list[ReadyText]:
    """The texts of a submission's campaign with their variables replaced; none for those who may not decide."""
    values = values_of(
        number=submission.number,
        received_on=china_day(submission.received_at),
        unit=units.get(submission.responsible_unit_id or 0),
        organiser=organiser,
        today=china_day(now()),
    )
    kept = canned_answers_of(db.session, submission.campaign_id, actor())
    return [ReadyText(one.kind, one.title, filled(one.body, values)) for one, _ in kept]


@blueprint.get("/")
@requires(Permission.SUBMISSION_DECIDE)
def index() -> ResponseReturnValue:
    """The texts of one campaign."""
    campaigns = campaigns_for(db.session, actor(), Permission.SUBMISSION_DECIDE)
    campaign = picked(campaigns, QueueForm(request.args).campaign.data)
    if campaign is None:
        return render_template("desk/queue/nothing.html")
    return render_template(
        "desk/canned_answers/index.html",
        campaigns=campaigns,
        campaign=campaign,
        kinds=KIND_LABELS,
        answers=canned_answers_of(db.session, campaign.id, actor()),
    )


@blueprint.route("/create", methods=["GET", "POST"])
@requires(Permission.SUBMISSION_DECIDE)
def create() -> ResponseReturnValue:
    """Keep one more text."""
    form, campaign = CannedAnswerForm(), _campaign()
    if not form.validate_on_submit():
        return _page(form, campaign)
    with changing(lambda refusal: _page(form, campaign, refusal=refusal)) as session:
        canned_answer.create(session, campaign.id, **_written(form))
    return _done(campaign.id, "已保存。")


@blueprint.route("/<id:answer_id>/edit", methods=["GET", "POST"])
@requires(Permission.SUBMISSION_DECIDE)
def edit(answer_id: int) -> ResponseReturnValue:
    """Write a text anew."""
    answer = _found(answer_id)
    campaign = db.session.get_one(Campaign, answer.campaign_id)
    form = CannedAnswerForm(obj=answer)
    if not form.validate_on_submit():
        return _page(form, campaign, answer=answer)
    with changing(lambda refusal: _page(form, campaign, answer=_found(answer_id), refusal=refusal)):
        found = _found(answer_id, to_change=True)
        canned_answer.change(found, seen_version=form.version.data or 0, **_written(form))
    return _done(campaign.id, "已保存。")


@blueprint.post("/<id:answer_id>/delete")
@requires(Permission.SUBMISSION_DECIDE)
def delete(answer_id: int) -> ResponseReturnValue:
    """Keep a text no longer."""
    with changing() as session:
        answer = _found(answer_id, to_change=True)
        campaign_id = answer.campaign_id
        canned_answer.delete(session, answer)
    return _done(campaign_id, "已删除。")


def _campaign() -> Campaign:
    wanted = QueueForm(request.args).campaign.data
    campaigns = campaigns_for(db.session, actor(), Permission.SUBMISSION_DECIDE)
    found = next((one for one in campaigns if one.id == wanted), None)
    return found or abort(404)


def _found(answer_id: int, *, to_change: bool = False) -> CannedAnswer:
    found = find_canned_answer(db.session, answer_id, actor(), to_change=to_change)
    return found or abort(404)


def _written(form: CannedAnswerForm) -> dict[str, Any]:
    return {
        "kind": CannedAnswerKind(form.kind.data),
        "title": form.title.data,
        "body": form.body.data,
        "by": actor(),
        "now": now(),
    }


def _page(
    form: CannedAnswerForm,
    campaign: Campaign,
    *,
    answer: CannedAnswer | None = None,
    refusal: RefusalError | None = None,
) -> ResponseReturnValue:
    if answer is not None:
        form.version.data, form.version.raw_data = answer.version, None
    page = render_template(
        "desk/canned_answers/edit.html",
        form=form,
        campaign=campaign,
        answer=answer,
        refusal=refusal,
        variables=in_braces(),
        most=max(MAX_BODY_LENGTHS.values()),
    )
    return page, status_of(refusal) if refusal else 400 if form.errors else 200


def _done(campaign_id: int, said: str) -> ResponseReturnValue:
    flash(said)
    return redirect(url_for("canned_answers.index", campaign=campaign_id))
