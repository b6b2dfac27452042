"""Times: stored in UTC, read in China, and never finer than the hour for anything a citizen causes."""

from datetime import UTC, date, datetime, time, timedelta, timezone

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")


def hour_of(now: datetime) -> datetime:
    """The full hour in UTC that a moment lies in: the finest time kept about a citizen (promise P1)."""
    return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def china_day(moment: datetime) -> date:
    """The calendar day people in China had at that moment."""
    return moment.astimezone(CHINA).date()


def start_of_china_day(day: date) -> datetime:
    """The moment, in UTC, at which a day begins in China."""
    return datetime.combine(day, time(), CHINA).astimezone(UTC)


def next_night(now: datetime) -> datetime:
    """When next nobody is likely to be about, in UTC: three o'clock in China."""
    third = start_of_china_day(china_day(now)) + timedelta(hours=3)
    return third if third > now else third + timedelta(days=1)


def chinese_date(day: date) -> str:
    """2026年11月22日, as it stands in documents."""
    return f"{day.year}年{day.month:02d}月{day.day:02d}日"


def in_days(since: datetime, now: datetime) -> str:
    """How many calendar days something has waited, for readers who may not learn the hour: 3 天, 不到 1 天."""
    days = (china_day(now) - china_day(since)).days
    return f"{days} 天" if days > 0 else "不到 1 天"


def in_words(span: timedelta) -> str:
    """How long something has waited, in the coarsest unit that says it: 3 天, 5 小时, 不到 1 小时."""
    if span >= timedelta(days=1):
        return f"{span.days} 天"
    hours = int(span / timedelta(hours=1))
    return f"{hours} 小时" if hours else "不到 1 小时"
