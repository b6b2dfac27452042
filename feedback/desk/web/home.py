"""The page of a person's day: what waits, what is overdue, and who calls."""

from dataclasses import dataclass, replace

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from feedback.base.domain.moment import china_day, start_of_china_day
from feedback.base.domain.permission import ROLE_DUTIES, ROLE_LABELS, Permission
from feedback.base.extensions import db
from feedback.base.runtime import now
from feedback.base.web.marks import actor, requires
from feedback.campaigns.domain.campaign import CampaignStatus
from feedback.campaigns.models.campaign import Campaign
from feedback.campaigns.queries.campaign import campaigns_for
from feedback.cases.domain.submission import STATUS_LABELS, Status
from feedback.desk.domain.queue import MOST_COUNTED, QUEUE_LABELS, Queue, QueueFilter
from feedback.desk.queries.home import answered_since
from feedback.desk.queries.note import MOST_SHOWN, calls_to
from feedback.desk.queries.queue import counts
from feedback.desk.web.queue import picked, query_of, within

_OF_READERS = (Queue.OVERDUE,)
_OF_MODERATORS = (Queue.MINE, Queue.OVERDUE, Queue.TO_CONFIRM, Queue.TO_SIGN)

blueprint = Blueprint("home", __name__, url_prefix="/home")


@dataclass(frozen=True)
class Card:
    """How many there are of something, and the queue they stand in."""

    label: str
    count: int
    query: str
    is_urgent: bool = False


@blueprint.get("/")
@requires(Permission.ACCOUNT_OWN)
def index() -> ResponseReturnValue:
    """What awaits the actor today in one campaign, and what calls them in all campaigns."""
    campaigns = campaigns_for(db.session, actor())
    campaign = picked(campaigns, request.args.get("campaign", type=int))
    held = {grant.role for grant in actor().grants}
    return render_template(
        "desk/home/index.html",
        campaigns=campaigns,
        campaign=campaign,
        cards=_cards(campaign) if campaign else [],
        calls=calls_to(db.session, actor()),
        most_calls=MOST_SHOWN,
        most_counted=MOST_COUNTED,
        duties=[(label, ROLE_DUTIES[role]) for role, label in ROLE_LABELS.items() if role in held],
        reads=actor().may(Permission.SUBMISSION_READ),
        today=china_day(now()),
    )


def _cards(campaign: Campaign) -> list[Card]:
    """One for each queue that is the actor's business, and one for what they have answered."""
    whole = QueueFilter(campaign.id, is_trial=campaign.status == CampaignStatus.DRAFT)
    may_decide = campaign in campaigns_for(db.session, actor(), Permission.SUBMISSION_DECIDE)
    queues = _OF_MODERATORS if may_decide else _OF_READERS
    filters = [replace(whole, status=Status.RECEIVED), *(within(whole, queue) for queue in queues)]
    labels = [STATUS_LABELS[Status.RECEIVED], *(QUEUE_LABELS[queue] for queue in queues)]
    counted = [waiting.count for waiting in counts(db.session, filters, actor())]
    cards = [
        Card(label, count, query_of(wanted), is_urgent=wanted.queue is Queue.OVERDUE and count > 0)
        for label, wanted, count in zip(labels, filters, counted, strict=True)
    ]
    if may_decide:
        cards.append(_answered(campaign, replace(whole, status=Status.REPLIED)))
    return cards


def _answered(campaign: Campaign, wanted: QueueFilter) -> Card:
    since = start_of_china_day(china_day(now()))
    return Card("我今天答复的", answered_since(db.session, campaign.id, actor(), since), query_of(wanted))
