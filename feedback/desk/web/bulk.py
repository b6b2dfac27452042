"""Deciding about many at once: looked at beforehand, watched while it is done, and undone as a whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, Response, abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from feedback.base.domain.code import is_number
from feedback.base.domain.job import JobStatus
from feedback.base.domain.permission import Permission
from feedback.base.domain.refusal import ConflictError, RefusalError
from feedback.base.extensions import db
from feedback.base.runtime import now, settings
from feedback.base.web.change import changing
from feedback.base.web.marks import actor, requires
from feedback.campaigns.models.campaign import Campaign
from feedback.campaigns.queries.campaign import campaigns_for, current_content
from feedback.cases.domain.action import ACTION_LABELS, BULK_ACTIONS, Action
from feedback.cases.domain.bulk import (
    CLASS_LABELS,
    MOST_ITEMS,
    OUTCOME_LABELS,
    WHY_LABELS,
    BulkOrder,
    Candidate,
    Outcome,
    fingerprint,
    preview,
    seconds_to_undo,
)
from feedback.cases.services import proposal
from feedback.desk.domain.queue import QueueFilter
from feedback.desk.queries.bulk import MOST_NAMED, BulkProgress, bulks_of, candidates, named_items, outcomes, own_bulk
from feedback.desk.queries.filter_in_words import filter_in_words
from feedback.desk.services import bulk
from feedback.desk.web.forms.bulk import ChooseForm, CreateForm, CreateRejectForm, UndoForm
from feedback.desk.web.forms.moderation import CLASSIFYING_SETS
from feedback.desk.web.forms.queue import QueueForm
from feedback.desk.web.queue import query_of, queue_filter, words_of

MOST_PICKED = 100

blueprint = Blueprint("bulk", __name__, url_prefix="/moderation/bulk")


@dataclass(frozen=True)
class Asked:
    """What the address asks for: all that match a filter, or those of its campaign with these numbers."""

    campaign: Campaign
    wanted: QueueFilter
    numbers: tuple[str, ...] | None
    choice: ChooseForm

    @property
    def fields(self) -> list[tuple[str, str]]:
        """Who is asked for, as the fields of a form."""
        named = [("all", "1")] if self.numbers is None else [("number", number) for number in self.numbers]
        return [*parse_qsl(query_of(self.wanted)), *named]

    @property
    def picked(self) -> str:
        """Who is asked for, as a query string."""
        return urlencode(self.fields)

    @property
    def address(self) -> str:
        """Who is asked for and what is to be done, as a query string."""
        chosen = {f"set_{name}": value for name, value in self.choice.chosen_classes().items()}
        return f"{self.picked}&{urlencode({'action': self.choice.chosen_action() or '', **chosen})}"

    def find(self) -> list[Candidate]:
        """Everybody asked for, as they stand now."""
        return candidates(db.session, self.wanted, actor(), numbers=self.numbers, now=now())


@blueprint.get("/")
@requires(Permission.SUBMISSION_DECIDE)
def index() -> str:
    """What one has done in bulk."""
    return render_template("desk/bulk/index.html", bulks=bulks_of(db.session, actor()), actions=ACTION_LABELS)


@blueprint.route("/create", methods=["GET", "POST"])
@requires(Permission.SUBMISSION_DECIDE)
def create() -> ResponseReturnValue:
    """Say beforehand what will be done with how many; then have it done, if they are still the same."""
    asked = _asked()
    if asked.numbers == ():
        flash("请先勾选要处理的意见。")
        return redirect(f"{url_for('queue.index')}?{query_of(asked.wanted)}")
    action = asked.choice.chosen_action()
    form = _form(asked, action)
    if request.method == "GET":
        return _preview(asked, form)
    if action is None or not form.validate():
        return _preview(asked, form), 400
    why = (form.reason.data, form.kind.data or None) if isinstance(form, CreateRejectForm) else (None, None)
    order = BulkOrder(asked.campaign.id, action, why[0], why[1], asked.choice.chosen_classes())
    with changing(lambda refusal: _preview(asked, form, refusal=refusal)) as session:
        found = asked.find()
        if fingerprint(found) != form.seen.data:
            raise _changed((form.seen.data or "").partition("-")[0], len(found))
        started = bulk.start(session, order, found, by=actor(), now=now())
    bulk.do_few(db.sessions, started.job_id, clock=now)
    return redirect(url_for("bulk.show", bulk_id=started.id))


@blueprint.get("/<id:bulk_id>")
@requires(Permission.SUBMISSION_DECIDE)
def show(bulk_id: int) -> ResponseReturnValue:
    """How far it is, and afterwards what became of it."""
    return _result(_own(bulk_id))


@blueprint.get("/<id:bulk_id>/progress")
@requires(Permission.SUBMISSION_DECIDE)
def progress(bulk_id: int) -> Response:
    """How far a bulk is in numbers, for its page to ask again and again."""
    job = _own(bulk_id).running
    if job is None:
        return jsonify(status=JobStatus.DONE, done=0, total=0)
    return jsonify(status=job.status, done=job.done_count, total=job.total_count)


@blueprint.post("/<id:bulk_id>/undo")
@requires(Permission.SUBMISSION_DECIDE)
def undo(bulk_id: int) -> ResponseReturnValue:
    """Put back all that still stands as it was left."""
    with changing(lambda refusal: _result(_own(bulk_id), refusal)) as session:
        progress = _own(bulk_id, to_change=True)
        bulk.undo(session, progress, now=now(), within=settings().undo)
    bulk.do_few(db.sessions, progress.bulk.undo_job_id, clock=now)
    return redirect(url_for("bulk.show", bulk_id=bulk_id))


def _asked() -> Asked:
    """Read the address; 404 where it names no campaign about whose opinions one may decide."""
    filtered = QueueForm(request.args)
    campaigns = campaigns_for(db.session, actor(), Permission.SUBMISSION_DECIDE)
    campaign = next((one for one in campaigns if one.id == filtered.campaign.data), None)
    if campaign is None:
        abort(404)
    typed = (number for number in request.args.getlist("number") if is_number(number))
    numbers = tuple(dict.fromkeys(number.upper() for number in typed))[:MOST_PICKED]
    content = current_content(db.session, campaign.id)
    terms = {name: content.labels(name) for name in CLASSIFYING_SETS}
    choice = ChooseForm(request.args).offer(terms, words_of(campaign.id)["units"])
    return Asked(campaign, queue_filter(filtered, campaign), None if "all" in request.args else numbers, choice)


def _form(asked: Asked, action: Action | None) -> CreateForm:
    if action is not Action.REJECT:
        return CreateForm()
    return CreateRejectForm().offer(current_content(db.session, asked.campaign.id))


def _changed(before: str, after: int) -> ConflictError:
    if before == str(after):
        return ConflictError(f"您查看期间，这 {after} 件里有的有了新的办理。下面是现在的情况，请核对后再执行。")
    return ConflictError(f"您查看期间，件数有了变化：原来 {before} 件，现在 {after} 件。请核对后再执行。")


def _preview(asked: Asked, form: CreateForm, *, refusal: RefusalError | None = None) -> str:
    found, chosen, action = asked.find(), asked.choice.chosen_classes(), asked.choice.chosen_action()
    missing = 0 if asked.numbers is None else len(asked.numbers) - len(found)
    previews = {one: preview(one, found, chosen, missing=missing) for one in BULK_ACTIONS}
    form.seen.data, form.seen.raw_data = fingerprint(found), None
    return render_template(
        "desk/bulk/create.html",
        asked=asked,
        described="勾选的意见" if asked.numbers is not None else filter_in_words(db.session, asked.wanted),
        total=len(found) + missing,
        most=MOST_ITEMS,
        actions={one: ACTION_LABELS[one] for one in BULK_ACTIONS},
        action=action,
        chosen=_in_words(asked.campaign.id, chosen),
        classes=[asked.choice[f"set_{name}"] for name in CLASS_LABELS],
        previews=previews,
        why_labels=WHY_LABELS,
        is_held=_is_held(asked.campaign, action),
        form=form,
        refusal=refusal,
        back=query_of(asked.wanted),
    )


def _is_held(campaign: Campaign, action: Action | None) -> bool:
    """Whether it would wait for a second person."""
    return action is not None and proposal.is_needed(db.session, campaign.id, action)


def _in_words(campaign_id: int, chosen: dict[str, Any]) -> Sequence[tuple[str, str]]:
    """What was chosen, with the labels of columns and terms."""
    if not chosen:
        return []
    words = words_of(campaign_id)
    known = {**words["labels"], "responsible_unit_id": words["units"]}
    return [(CLASS_LABELS[name], known[name].get(value, value)) for name, value in chosen.items()]


def _result(progress: BulkProgress, refusal: RefusalError | None = None) -> str:
    counts = outcomes(db.session, progress.bulk, actor())
    return render_template(
        "desk/bulk/show.html",
        progress=progress,
        label=ACTION_LABELS[Action(progress.bulk.action)],
        chosen=_in_words(progress.bulk.campaign_id, progress.bulk.chosen),
        campaign=db.session.get_one(Campaign, progress.bulk.campaign_id),
        counts={one: sum(n for (outcome, _), n in counts.items() if outcome is one) for one in Outcome},
        reasons={why: n for (_, why), n in counts.items() if why},
        named=[] if progress.running else named_items(db.session, progress.bulk, actor()),
        most_named=MOST_NAMED,
        outcome_labels=OUTCOME_LABELS,
        why_labels=WHY_LABELS,
        seconds=0 if progress.is_undone else seconds_to_undo(progress.ended_at, now=now(), within=settings().undo),
        form=UndoForm(formdata=None),
        refusal=refusal,
    )


def _own(bulk_id: int, *, to_change: bool = False) -> BulkProgress:
    found = own_bulk(db.session, bulk_id, actor(), to_change=to_change)
    if found is None:
        abort(404)
    return found
