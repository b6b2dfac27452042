"""The queue: which opinions wait, seen through a filter that lives in the address."""

from datetime import date
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from feedback.domain.campaign import CampaignStatus
from feedback.domain.permission import Permission
from feedback.domain.queue import QueueFilter
from feedback.domain.submission import Status
from feedback.extensions import db
from feedback.models.campaign import Campaign
from feedback.queries.campaign import all_units, campaigns_for, channels_of, labels_of
from feedback.queries.queue import counts_by_status, oldest_waiting, queue_page
from feedback.runtime import now
from feedback.web.access import actor, requires
from feedback.web.forms.queue import QueueForm

MAX_QUERY_LENGTH = 200

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
    page = queue_page(db.session, view, actor(), after=asked.after.data or None)
    waiting = QueueFilter(campaign.id, status=Status.RECEIVED)
    return render_template(
        "queue/index.html",
        campaigns=campaigns,
        campaign=campaign,
        view=view,
        page=page,
        is_first=not asked.after.data,
        counts=counts_by_status(db.session, campaign.id, actor()),
        oldest=oldest_waiting(db.session, waiting, actor()),
        shown_oldest=oldest_waiting(db.session, view, actor()),
        now=now(),
        sees_hours=campaign in campaigns_for(db.session, actor(), Permission.SUBMISSION_DECIDE),
        address=query_of(view),
        kept=[(name, value) for name, value in parse_qsl(query_of(view)) if name != "query"],
        **words_of(campaign.id),
    )


def queue_filter(asked: QueueForm, campaign: Campaign) -> QueueFilter:
    """The filter an address asks for; what does not make sense is left out."""
    status = asked.status.data or ""
    return QueueFilter(
        campaign_id=campaign.id,
        status=Status(status) if status in set(Status) else None,
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
