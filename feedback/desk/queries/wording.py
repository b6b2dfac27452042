"""A filter in words, for the workbook that must say what it contains."""

from sqlalchemy.orm import Session

from feedback.base.domain.moment import chinese_date
from feedback.base.models.unit import Unit
from feedback.campaigns.models.channel import Channel
from feedback.campaigns.queries.campaign import labels_of
from feedback.cases.domain.submission import PRIORITY_LABELS, STATUS_LABELS, Priority
from feedback.desk.domain.queue import QUEUE_LABELS, QueueFilter


def filter_in_words(session: Session, view: QueueFilter) -> str:
    """全部意见建议, or the conditions one after the other."""
    labels = labels_of(session, view.campaign_id)
    words = ["试填"] if view.is_trial else []
    words += [STATUS_LABELS[view.status]] if view.status else []
    for name, key in (
        ("respondent_group", view.group),
        ("kind", view.kind),
        ("category", view.category),
        ("tag", view.tag),
    ):
        words += [labels[name].get(key, key)] if key else []
    words += [QUEUE_LABELS[view.queue]] if view.queue else []
    words += [PRIORITY_LABELS[Priority(view.priority)]] if view.priority else []
    if view.unit_id is not None:
        unit = session.get(Unit, view.unit_id)
        words.append(f"责任单位为{unit.name if unit else '（不存在）'}")
    if view.channel_id is not None:
        channel = session.get(Channel, view.channel_id)
        is_own = channel is not None and channel.campaign_id == view.campaign_id
        words.append(f"渠道为{channel.name if channel and is_own else '（不存在）'}")
    if view.from_day is not None:
        words.append(f"{chinese_date(view.from_day)}起")
    if view.to_day is not None:
        words.append(f"至{chinese_date(view.to_day)}")
    words += [f"含“{view.query}”"] if view.words else []
    return "、".join(words) or "全部意见建议"
