"""The queue: which opinions wait, seen through a filter that lives in the address."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from feedback.base.domain.moment import china_day
from feedback.base.domain.permission import Permission
from feedback.base.extensions import db
from feedback.base.runtime import now
from feedback.base.web.change import changing
from feedback.base.web.marks import actor, requires
from feedback.campaigns.domain.campaign import CampaignStatus
from feedback.campaigns.models.campaign import Campaign
from feedback.campaigns.queries.campaign import all_units, campaigns_for, channels_of, labels_of
from feedback.cases.domain.disclosure import Disclosure, disclosed
from feedback.cases.domain.submission import STATUS_LABELS, Priority, Status
from feedback.cases.models.submission import Submission
from feedback.cases.queries.submission import UnknownSubmissionError, get_submission
from feedback.cases.queries.visibility import visible_to
from feedback.cases.services import claim
from feedback.cases.services.arrival import take_in
from feedback.desk.domain.queue import MOST_COUNTED, QUEUE_LABELS, Queue, QueueFilter
from feedback.desk.queries.arrival import arriving
from feedback.desk.queries.queue import QueueCount, QueuePage, counts, queue_page, to_claim
from feedback.desk.queries.saved_filter import filters_for
from feedback.desk.web.forms.queue import QueueForm
from feedback.desk.web.forms.saved_filters import SavedFilterForm

MAX_QUERY_LENGTH = 200
_LISTED = (
    Status.REFERRED, Status.REPLIED, Status.COMPLETED, Status.REJECTED, Status.MERGED, Status.QUARANTINED,
)  # fmt: skip

_FOLLOWS = {"is_trial", "due_before"}

blueprint = Blueprint("queue", __name__, url_prefix="/moderation")


@blueprint.get("/")
@requires(Permission.ACCOUNT_OWN)
def index() -> ResponseReturnValue:
    """The queue of one campaign through a filter; where everybody arrives after signing in."""
    return desk()


def desk(saving: SavedFilterForm | None = None) -> ResponseReturnValue:
    """The page of the queue for the address of this request; `saving` is a form that was refused."""
    asked = QueueForm(request.args)
    campaigns = campaigns_for(db.session, actor())
    campaign = picked(campaigns, asked.campaign.data)
    if campaign is None:
        return render_template("desk/queue/nothing.html")
    wanted = queue_filter(asked, campaign)
    may_decide = _may_decide(campaign)
    page = queue_page(db.session, wanted, actor(), after=asked.after.data or None)
    queues = _queues(wanted)
    filters = [one for _, one in queues]
    waiting = dict(zip(filters, counts(db.session, filters, actor()), strict=True))
    address, is_fresh = query_of(wanted), not asked.after.data
    page_of_queue = render_template(
        "desk/queue/index.html",
        campaigns=campaigns,
        campaign=campaign,
        wanted=wanted,
        page=page,
        is_first=is_fresh,
        queues=queues,
        waiting=waiting,
        matching=_matching(wanted, page, waiting, is_fresh=is_fresh),
        fields=parse_qsl(address),
        most_counted=MOST_COUNTED,
        query_of=query_of,
        address_of=address_of,
        is_plain=wanted in waiting,
        shown_oldest=page.rows[0].received_at if is_fresh and page.rows else None,
        now=now(),
        today=china_day(now()),
        may_decide=may_decide,
        told_by_the_hour={one for one in filters if _shown(one, may_decide=may_decide).tells_hours},
        address=address,
        kept=[(name, value) for name, value in parse_qsl(address) if name != "query"],
        **_saved(wanted, saving),
        **words_of(campaign.id),
    )
    return page_of_queue, 400 if saving else 200


def _shown(wanted: QueueFilter, *, may_decide: bool) -> Disclosure:
    """How much the list of a queue shows."""
    return disclosed(wanted.status or "", reads=True, decides=may_decide)


def _may_decide(campaign: Campaign) -> bool:
    """Whether the actor, who reads a campaign, decides there as well: most do wherever they read."""
    reads, decides = (actor().paths_with(one) for one in (Permission.SUBMISSION_READ, Permission.SUBMISSION_DECIDE))
    return reads == decides or campaign in campaigns_for(db.session, actor(), Permission.SUBMISSION_DECIDE)


def _saved(wanted: QueueFilter, saving: SavedFilterForm | None) -> dict[str, Any]:
    """The filters to choose from, the actor's own that is being looked through, and the form that keeps it."""
    filters = filters_for(db.session, wanted.campaign_id, actor())
    present = next((one for one in filters if one.is_own and address_of(one.values) == query_of(wanted)), None)
    form = saving or SavedFilterForm(formdata=None, obj=present)
    return {"filters": filters, "present": present, "saving": form}


def picked(campaigns: list[Campaign], campaign_id: int | None) -> Campaign | None:
    """The campaign an address asks for, or the newest that collects, or the newest; None where there is none."""
    running = [one for one in campaigns if one.status == CampaignStatus.OPEN] or campaigns
    return next((one for one in campaigns if one.id == campaign_id), running[0] if running else None)


@blueprint.post("/next")
@requires(Permission.SUBMISSION_DECIDE)
def take_next() -> ResponseReturnValue:
    """Claim the oldest that matches the filter and that nobody works on, behind the one that is left; and show it."""
    asked = QueueForm(request.args)
    campaigns = campaigns_for(db.session, actor(), Permission.SUBMISSION_DECIDE)
    campaign = next((one for one in campaigns if one.id == asked.campaign.data), None)
    if campaign is None:
        abort(404)
    wanted = queue_filter(asked, campaign)
    to_claim_from = wanted if wanted.status or wanted.queue else replace(wanted, status=Status.RECEIVED)
    with changing() as session:
        behind = _leave(request.form.get("leaving", ""))
        conditions = to_claim(session, to_claim_from, actor())
        found = claim.claim_next(session, conditions, by=actor(), now=now(), behind=behind)
        if found is None:
            found = _claim_arriving(session, to_claim_from)
        if found is None and behind:
            others = [*conditions, Submission.id != behind]
            found = claim.claim_next(session, others, by=actor(), now=now())
    if found is None:
        flash("这个队列里没有待看的意见了。")
        return redirect(f"{url_for('queue.index')}?{query_of(wanted)}")
    return redirect(f"{url_for('moderation.show', number=found.number)}?{query_of(wanted)}")


def _claim_arriving(session: Session, wanted: QueueFilter) -> Submission | None:
    """One that arrived within the hour, where nothing older waits."""
    for arrival in arriving(session, wanted, actor(), most=1):
        take_in(session, {arrival.number})
        own = [visible_to(actor(), Permission.SUBMISSION_DECIDE), Submission.number == arrival.number]
        return claim.claim_next(session, own, by=actor(), now=now())
    return None


def _leave(number: str) -> int:
    """Let go of the submission whose page was shown; its id, or 0 where there was none."""
    try:
        left = get_submission(db.session, number, actor(), permission=Permission.SUBMISSION_DECIDE, to_change=True)
    except UnknownSubmissionError:
        return 0
    claim.release(left, by=actor())
    return left.id


def _matching(
    wanted: QueueFilter, page: QueuePage, waiting: dict[QueueFilter, QueueCount], *, is_fresh: bool
) -> int | None:
    """How many the filter shows in their places, where that is known or cheap to find out: not for searched words."""
    if is_fresh and page.next_after is None:
        return sum(not row.is_arriving for row in page.rows)
    if wanted in waiting or wanted.words:
        return waiting[wanted].placed if wanted in waiting else None
    return counts(db.session, [wanted], actor())[0].placed


def _queues(wanted: QueueFilter) -> list[tuple[str, QueueFilter]]:
    """The queues beside the list, each a filter of its own, and what they are called."""
    whole = QueueFilter(wanted.campaign_id, is_trial=wanted.is_trial)
    queues = [(STATUS_LABELS[Status.RECEIVED], replace(whole, status=Status.RECEIVED))]
    queues.append(("待转办", replace(whole, status=Status.ACCEPTED)))
    queues += [(label, within(whole, queue)) for queue, label in QUEUE_LABELS.items()]
    queues += [(STATUS_LABELS[status], replace(whole, status=status)) for status in _LISTED]
    return [*queues, ("全部", whole)]


def within(wanted: QueueFilter, queue: Queue | None) -> QueueFilter:
    """A filter narrowed to a queue; what is overdue depends on the day."""
    return replace(wanted, queue=queue, due_before=china_day(now()) if queue is Queue.OVERDUE else None)


def queue_filter(asked: QueueForm, campaign: Campaign) -> QueueFilter:
    """The filter an address asks for; what does not make sense is left out."""
    status, queue = asked.status.data or "", asked.queue.data or ""
    wanted = QueueFilter(
        campaign_id=campaign.id,
        status=Status(status) if status in set(Status) else None,
        group=asked.group.data or None,
        kind=asked.kind.data or None,
        category=asked.category.data or None,
        priority=asked.priority.data if asked.priority.data in set(Priority) else None,
        tag=asked.tag.data or None,
        unit_id=_sensible_id(asked.unit.data),
        channel_id=_sensible_id(asked.channel.data),
        from_day=_sensible_day(asked.from_day.data),
        to_day=_sensible_day(asked.to_day.data),
        query=" ".join((asked.query.data or "")[:MAX_QUERY_LENGTH].split()) or None,
        is_trial=campaign.status == CampaignStatus.DRAFT,
    )
    return within(wanted, Queue(queue) if queue in set(Queue) else None)


def _sensible_id(value: int | None) -> int | None:
    """What fits a column; no row has any other number."""
    return value if value is not None and 0 < value < 2**31 else None


def _sensible_day(value: date | None) -> date | None:
    """Days at the ends of the calendar have no moment in UTC."""
    return value if value is not None and 2000 <= value.year < 2200 else None


def query_of(wanted: QueueFilter) -> str:
    """The filter as a query string."""
    return address_of(wanted.to_json())


def address_of(values: Mapping[str, Any]) -> str:
    """The plain values of a filter as a query string, without what follows from its campaign and from the day."""
    names = {"campaign_id": "campaign", "unit_id": "unit", "channel_id": "channel"}
    return urlencode({names.get(name, name): value for name, value in values.items() if name not in _FOLLOWS})


def words_of(campaign_id: int) -> dict[str, Any]:
    """Labels of sets, channels and units, for pages and for filters in words."""
    return {
        "labels": labels_of(db.session, campaign_id),
        "channels": {channel.id: channel.name for channel in channels_of(db.session, campaign_id)},
        "units": {unit.id: unit.name for unit in all_units(db.session)},
    }
