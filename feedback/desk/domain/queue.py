"""The filter a queue is seen through: the same value drives the page, the counts and the workbook."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any

from feedback.cases.domain.search import words_of
from feedback.cases.domain.submission import Priority, Status

PAGE_SIZE = 30
# Beyond this a count says "999+": nobody decides anything by the difference, and it costs nothing to find out.
MOST_COUNTED = 999


class Queue(StrEnum):
    """Queues that are no status."""

    MINE = "mine"
    TO_SIGN = "to_sign"
    TO_CONFIRM = "to_confirm"
    OVERDUE = "overdue"
    DUPLICATE = "duplicate"
    SUSPICIOUS = "suspicious"


QUEUE_LABELS = {
    Queue.MINE: "我认领的",
    Queue.TO_SIGN: "待签发",
    Queue.TO_CONFIRM: "待确认",
    Queue.OVERDUE: "已逾期",
    Queue.DUPLICATE: "疑似重复",
    Queue.SUSPICIOUS: "可疑",
}


@dataclass(frozen=True)
class QueueFilter:
    """What to show of one campaign; None means all. Days are Chinese calendar days, both included.

    Trial entries of a draft and real ones never stand in one list.
    """

    campaign_id: int
    status: Status | None = None
    queue: Queue | None = None
    group: str | None = None
    kind: str | None = None
    category: str | None = None
    priority: str | None = None
    tag: str | None = None
    unit_id: int | None = None
    channel_id: int | None = None
    from_day: date | None = None
    to_day: date | None = None
    query: str | None = None
    is_trial: bool = False
    # The day that is seen as today: what was due before it is overdue.
    due_before: date | None = None

    @property
    def words(self) -> list[str]:
        """What is searched for."""
        return words_of(self.query or "")

    @property
    def asks_more_than_lists_show(self) -> bool:
        """Whether it asks for something that no list shows of what is sealed."""
        # What is sealed is due on no day.
        is_judged = self.queue in {Queue.DUPLICATE, Queue.SUSPICIOUS}
        return is_judged or any((self.group, self.kind, self.category, self.priority, self.tag, self.unit_id))

    @property
    def may_show_arrivals(self) -> bool:
        """Whether it may show what arrived within the hour, about which nobody has decided anything."""
        is_new = self.status in {None, Status.RECEIVED} and self.queue in {None, Queue.SUSPICIOUS}
        return is_new and self.priority in {None, Priority.NORMAL} and self.tag is None and self.unit_id is None

    def to_json(self) -> dict[str, Any]:
        """Plain values for a job or an export row."""
        return {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in vars(self).items()
            if value is not None
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "QueueFilter":
        """The inverse of `to_json`; unknown names are left out."""
        values = {field.name: data[field.name] for field in fields(cls) if field.name in data}
        for name in ("from_day", "to_day", "due_before"):
            if name in values:
                values[name] = date.fromisoformat(values[name])
        if "status" in values:
            values["status"] = Status(values["status"])
        if "queue" in values:
            values["queue"] = Queue(values["queue"])
        return cls(**values)
