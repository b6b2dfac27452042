"""Posters: which there are, and what stands on one; the code leads to the channel's address and to nothing else."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from feedback.base.domain.moment import chinese_date

PROMISE = "不需要登录，不收集身份证号"
CALL = "请扫码，写下您的意见建议"


class PosterSize(StrEnum):
    """On paper, or for a screen."""

    A4 = "a4"
    A5 = "a5"
    TENT = "tent"
    SLIDE = "slide"
    PICTURE = "picture"


SIZE_LABELS = {
    PosterSize.A4: "A4 海报",
    PosterSize.A5: "A5 海报",
    PosterSize.TENT: "桌面立牌（A4 纸折成）",
    PosterSize.SLIDE: "会场大屏（PNG，16:9）",
    PosterSize.PICTURE: "文章配图（PNG）",
}
ON_PAPER = (PosterSize.A4, PosterSize.A5, PosterSize.TENT)


class PosterDesign(StrEnum):
    """Three ways to look."""

    DOOR = "door"
    BAND = "band"
    PLAIN = "plain"


DESIGN_LABELS = {
    PosterDesign.DOOR: "开门",
    PosterDesign.BAND: "色带",
    PosterDesign.PLAIN: "素框（省墨）",
}


@dataclass(frozen=True)
class Poster:
    """Everything that stands on the poster of one channel."""

    title: str
    organiser: str
    channel: str
    address: str
    accent: str
    undertaker: str = ""
    days: str = ""
    phone: str = ""
    hours: str = ""
    postal: str = ""

    @property
    def short_address(self) -> str:
        """As people type it."""
        return self.address.partition("://")[2]

    @property
    def details(self) -> list[tuple[str, str]]:
        """When, by whom, and how to take part without a telephone that scans."""
        hours = f"（{self.hours}）" if self.hours else ""
        found = {
            "征集时间": self.days,
            "主办单位": self.organiser,
            "承办单位": self.undertaker,
            "联系电话": f"{self.phone}{hours}" if self.phone else "",
            "来信地址": self.postal,
        }
        return [(name, value) for name, value in found.items() if value]


def days_in_words(opens_on: date | None, closes_on: date | None) -> str:
    """2026年11月1日至12月15日, as far as the days are set."""
    if opens_on is None:
        return f"截至{chinese_date(closes_on)}" if closes_on else ""
    if closes_on is None:
        return f"{chinese_date(opens_on)}起"
    end = chinese_date(closes_on)
    return f"{chinese_date(opens_on)}至{end.partition('年')[2] if opens_on.year == closes_on.year else end}"


def file_name(name: str) -> str:
    """What a channel is called, as any system takes it for a file."""
    return "".join("_" if symbol in '/\\:*?"<>|' or not symbol.isprintable() else symbol for symbol in name)[:60]
