"""The daily digest by e-mail: when it goes out and what it says, which is numbers and the address of the desk."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from feedback.base.domain.moment import CHINA
from feedback.cases.domain.deadline import add_working_days
from feedback.desk.domain.queue import MOST_COUNTED

FIRST_HOUR = 8
SUBJECT = "意见建议征集：今日待办"


@dataclass(frozen=True)
class Backlog:
    """How many of each kind wait for one person; one more than MOST_COUNTED stands for more."""

    received: int = 0
    to_confirm: int = 0
    to_sign: int = 0
    overdue: int = 0
    calls: int = 0


def is_time(now: datetime) -> bool:
    """Whether digests may go out: on a working day, from eight in the morning on in China."""
    here = now.astimezone(CHINA)
    return here.hour >= FIRST_HOUR and _is_working_day(here.date())


def in_words(waiting: Backlog) -> str:
    """待受理 12 件、已逾期 3 件、给您的提醒 1 条; empty where nothing waits."""
    numbers = (
        ("待受理", waiting.received, "件"),
        ("待确认", waiting.to_confirm, "件"),
        ("待签发", waiting.to_sign, "件"),
        ("已逾期", waiting.overdue, "件"),
        ("给您的提醒", waiting.calls, "条"),
    )
    return "、".join(f"{label} {_number(count)} {unit}" for label, count, unit in numbers if count)


def body(waiting: Backlog, desk: str) -> str:
    """The text of a digest; `desk` is an address to open."""
    return (
        f"您好，意见建议征集里等您看的有：{in_words(waiting)}。\n\n请打开受理台：{desk}\n\n"
        "这封邮件由系统在工作日早上自动发出，只有件数。不想再收，请在受理台右上角自己的名字下面打开“邮件提醒”，删去邮箱。\n"
    )


def _number(count: int) -> str:
    return str(count) if count <= MOST_COUNTED else f"{MOST_COUNTED}+"


def _is_working_day(day: date) -> bool:
    return add_working_days(day - timedelta(days=1), 1) == day
