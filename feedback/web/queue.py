"""The queue: which opinions wait, seen through a filter that lives in the address."""

from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from feedback.adapters.database import start_writing
from feedback.domain.campaign import CampaignStatus
from feedback.domain.permission import Permission
from feedback.domain.queue import MOST_COUNTED, QUEUE_LABELS, Queue, QueueFilter
from feedback.domain.submission import STATUS_LABELS, Status
from feedback.extensions import db
from feedback.models.campaign import Campaign
from feedback.models.submission import Submission
from feedback.queries.campaign import all_units, campaigns_for, channels_of, labels_of
from feedback.queries.queue import UnknownSubmissionError, counts, get_submission, matching, oldest_waiting, queue_page
from feedback.runtime import now
from feedback.services import claim
from feedback.web.access import actor, requires
from feedback.web.forms.queue import QueueForm

MAX_QUERY_LENGTH = 200
_LISTED = {Status.ACCEPTED, Status.REPLIED, Status.COMPLETED, Status.REJECTED, Status.MERGED}

blueprint = Blueprint("queue", __name__, url_prefix="/moderation")


@blueprint.get("/")
@requires(Permission.ACCOUNT_OWN)
def index() -> ResponseReturnValue:
    """The queue of one campaign through a filter; where everybody arrives after signing in."""
    asked = QueueForm(request.args)
    campaigns = campaigns_for(db.session, actor())
    running = [one for one in campaigns if one.status == CampaignStatus.OPEN] or campaigns
    campaign = next((one for one in campaigns if one.id == asked.campaign.data), running[0] if running else None)
    if campaign is None:
        return render_template("queue/nothing.html")
    view = queue_filter(asked, campaign)
    may_decide = campaign in campaigns_for(db.session, actor(), Permission.SUBMISSION_DECIDE)
    page = queue_page(db.session, view, actor(), after=asked.after.data or None, is_redacted=not may_decide)
    queues = _queues(view)
    is_fresh = not asked.after.data
    return render_template(
        "queue/index.html",
        campaigns=campaigns,
        campaign=campaign,
        view=view,
        page=page,
        is_first=is_fresh,
        queues=list(zip(queues, counts(db.session, [one for _, one in queues], actor()), strict=True)),
        most_counted=MOST_COUNTED,
        query_of=query_of,
        shown_oldest=oldest_waiting(db.session, view, actor()),
        now=now(),
        may_decide=may_decide,
        address=query_of(view),
        kept=[(name, value) for name, value in parse_qsl(query_of(view)) if name != "query"],
        **words_of(campaign.id),
    )


@blueprint.post("/next")
@requires(Permission.SUBMISSION_DECIDE)
def take_next() -> ResponseReturnValue:
    """Claim the oldest that matches the filter and that nobody works on, behind the one that is left; and show it."""
    asked = QueueForm(request.args)
    campaigns = campaigns_for(db.session, actor(), Permission.SUBMISSION_DECIDE)
    campaign = next((one for one in campaigns if one.id == asked.campaign.data), None)
    if campaign is None:
        abort(404)
    view = queue_filter(asked, campaign)
    wanted = view if view.status or view.queue else replace(view, status=Status.RECEIVED)
    start_writing(db.session)
    behind = _leave(request.form.get("leaving", ""))
    conditions = matching(db.session, wanted, actor(), Permission.SUBMISSION_DECIDE)
    found = claim.claim_next(db.session, conditions, by=actor(), now=now(), behind=behind)
    if found is None and behind:
        others = [*conditions, Submission.id != behind]
        found = claim.claim_next(db.session, others, by=actor(), now=now())
    db.session.commit()
    if found is None:
        flash("这个队列里没有待看的意见了。")
        return redirect(f"{url_for('queue.index')}?{query_of(view)}")
    return redirect(f"{url_for('moderation.show', number=found.number)}?{query_of(view)}")


def _leave(number: str) -> int:
    """Let go of the submission whose page was shown; its id, or 0 where there was none."""
    try:
        left = get_submission(db.session, number, actor(), permission=Permission.SUBMISSION_DECIDE, to_change=True)
    except UnknownSubmissionError:
        return 0
    claim.release(left, by=actor())
    return left.id


def _queues(view: QueueFilter) -> list[tuple[str, QueueFilter]]:
    """The queues beside the list, each a filter of its own, and what they are called."""
    whole = QueueFilter(view.campaign_id, is_trial=view.is_trial)
    queues = [(STATUS_LABELS[Status.RECEIVED], replace(whole, status=Status.RECEIVED))]
    queues += [(label, replace(whole, queue=queue)) for queue, label in QUEUE_LABELS.items()]
    queues += [(STATUS_LABELS[status], replace(whole, status=status)) for status in Status if status in _LISTED]
    return [*queues, ("全部", whole)]


def queue_filter(asked: QueueForm, campaign: Campaign) -> QueueFilter:
    """The filter an address asks for; what does not make sense is left out."""
    status, queue = asked.status.data or "", asked.queue.data or ""
    return QueueFilter(
        campaign_id=campaign.id,
        status=Status(status) if status in set(Status) else None,
        queue=Queue(queue) if queue in set(Queue) else None,
        group=asked.group.data or None,
        kind=asked.kind.data or None,
        category=asked.category.data or None,
        unit_id=_sensible_id(asked.unit.data),
        channel_id=_sensible_id(asked.channel.data),
        from_day=_sensible_day(asked.from_day.data),
        to_day=_sensible_day(asked.to_day.data),
        query=" ".join((asked.query.data or "")[:MAX_QUERY_LENGTH].split()) or None,
        is_trial=campaign.status == CampaignStatus.DRAFT,
    )


def _sensible_id(value: int | None) -> int | None:
    """What fits a column; no row has any other number."""
    return value if value is not None and 0 < value < 2**31 else None


def _sensible_day(value: date | None) -> date | None:
    """Days at the ends of the calendar have no moment in UTC."""
    return value if value is not None and 2000 <= value.year < 2200 else None


def query_of(view: QueueFilter) -> str:
    """The filter as a query string."""
    names = {"campaign_id": "campaign", "unit_id": "unit", "channel_id": "channel"}
    values = view.to_json()
    values.pop("is_trial", None)
    return urlencode({names.get(name, name): value for name, value in values.items()})


def words_of(campaign_id: int) -> dict[str, Any]:
    """Labels of sets, channels and units, for pages and for filters in words."""
    return {
        "labels": labels_of(db.session, campaign_id),
        "channels": {channel.id: channel.name for channel in channels_of(db.session, campaign_id)},
        "units": {unit.id: unit.name for unit in all_units(db.session)},
    }
