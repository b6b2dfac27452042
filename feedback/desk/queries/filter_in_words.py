"""A filter in words, for the workbook that must say what it contains."""

from sqlalchemy.orm import Session

from feedback.base.domain.moment import chinese_date
from feedback.base.models.unit import Unit
from feedback.campaigns.models.channel import Channel
from feedback.campaigns.queries.campaign import labels_of
from feedback.cases.domain.submission import PRIORITY_LABELS, STATUS_LABELS, Priority
from feedback.desk.domain.queue import QUEUE_LABELS, QueueFilter


def filter_in_words(session: Session, wanted: QueueFilter) -> str:
    """全部意见建议, or the conditions one after the other."""
    labels = labels_of(session, wanted.campaign_id)
    words = ["试填"] if wanted.is_trial else []
    words += [STATUS_LABELS[wanted.status]] if wanted.status else []
    for name, key in (
        ("respondent_group", wanted.group),
        ("kind", wanted.kind),
        ("category", wanted.category),
        ("tag", wanted.tag),
    ):
        words += [labels[name].get(key, key)] if key else []
    words += [QUEUE_LABELS[wanted.queue]] if wanted.queue else []
    words += [PRIORITY_LABELS[Priority(wanted.priority)]] if wanted.priority else []
    if wanted.unit_id is not None:
        unit = session.get(Unit, wanted.unit_id)
        words.append(f"责任单位为{unit.name if unit else '（不存在）'}")
    if wanted.channel_id is not None:
        channel = session.get(Channel, wanted.channel_id)
        is_own = channel is not None and channel.campaign_id == wanted.campaign_id
        words.append(f"渠道为{channel.name if channel and is_own else '（不存在）'}")
    if wanted.from_day is not None:
        words.append(f"{chinese_date(wanted.from_day)}起")
    if wanted.to_day is not None:
        words.append(f"至{chinese_date(wanted.to_day)}")
    words += [f"含“{wanted.query}”"] if wanted.words else []
    return "、".join(words) or "全部意见建议"
