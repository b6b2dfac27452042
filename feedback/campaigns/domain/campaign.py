"""What a campaign asks: texts, sets of terms and extra questions, read strictly from plain JSON values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from feedback.base.domain.colour import checked_accent
from feedback.base.domain.refusal import RefusalError
from feedback.campaigns.domain.question import Question, read_questions
from feedback.campaigns.domain.term import CampaignContentError, Term, read_terms, read_text

CHANNEL_CODE_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
CHANNEL_CODE_LENGTH = 5
CITIZEN_SETS = ("respondent_group", "kind", "agency", "category")
STAFF_SETS = ("task", "issue_nature", "outcome")
# Versions made before these existed do without.
LATER_SETS = ("rejection", "tag")
PHASES = {"study": "学习教育", "rectify": "查纠整改", "consolidate": "总结提升"}
LOGO_PREFIX = "data:image/png;base64,"
# With it the page of the form still fits the ten segments a server sends before it waits for an answer (RFC 6928).
MAX_LOGO_LENGTH = 2_000
MAX_IMPRINT_LENGTH, MAX_IMPRINT_ENTRIES = 100, 30
# Of working days in which something is due, and of months for which it is kept.
MOST_DAYS, MOST_MONTHS = 250, 600
TEXTS = ("title", "organiser", "intro", "notice", "consent")
MAX_SECTION_LENGTH = 2_000
# In fewer days many who would have written do not hear of it.
ADVISED_DAYS = 30
_LOGO = re.compile(re.escape(LOGO_PREFIX) + "[A-Za-z0-9+/]+={0,2}")


class CampaignStatus(StrEnum):
    """A draft takes trial entries, an open campaign real ones, a closed one none."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"
    ARCHIVED = "archived"


CAMPAIGN_STATUS_LABELS = {
    CampaignStatus.DRAFT: "草稿（试填）",
    CampaignStatus.OPEN: "征集中",
    CampaignStatus.CLOSED: "已结束",
    CampaignStatus.ARCHIVED: "已归档",
}


class Doorway(StrEnum):
    """What somebody finds who opens a campaign's form."""

    TRIAL = "trial"
    TAKING = "taking"
    NOT_YET = "not_yet"
    CLOSED = "closed"


def doorway(status: CampaignStatus, *, opens_on: date | None, closes_on: date | None, today: date) -> Doorway:
    """An open campaign collects from its first to its last day, both included, as far as they are set."""
    if status is CampaignStatus.DRAFT:
        return Doorway.TRIAL
    if status is not CampaignStatus.OPEN or (closes_on is not None and today > closes_on):
        return Doorway.CLOSED
    return Doorway.NOT_YET if opens_on is not None and today < opens_on else Doorway.TAKING


def days_if_few(opens_on: date | None, closes_on: date | None) -> int | None:
    """How many days a campaign collects, the first and the last included, where both are set and they are few."""
    days = (closes_on - opens_on).days + 1 if opens_on and closes_on else ADVISED_DAYS
    return days if 0 < days < ADVISED_DAYS else None


@dataclass(frozen=True)
class Section:
    """A heading and its words in the privacy notice."""

    title: str
    text: str


# The notice of versions that bring none of their own.
STANDARD_PRIVACY = (
    Section("为什么收集", "听取对政法工作的意见建议，核实、办理和答复您提交的这件意见，并据此改进工作。不作其他用途。"),
    Section(
        "收集什么",
        "只收集您填写的内容和您添加的图片。姓名、电话可以不填，不填不影响受理；填写需要您另行同意，加密保存。"
        "图片只保留画面，拍摄时间、地点和手机型号都会去掉。收到的时间只记到小时。",
    ),
    Section("不收集什么", "系统不记录您的网络地址、手机型号和浏览记录，不使用 Cookie，不要求登录或身份证号。"),
    Section(
        "谁能看到",
        "主办单位指定的受理人员。被反映的单位在意见转办以前看不到；转办时不含您的联系方式。"
        "涉及违纪违法的线索依法移交，不转给被反映的人和单位。",
    ),
    Section(
        "您的权利",
        "凭查询码可以看进度和答复、补充情况、评价、申请一次复核，也可以随时删除联系方式。"
        "需要更正或删除其他内容，或者对个人信息的处理有意见，请联系主办单位，也可以向网信部门投诉。",
    ),
    Section(
        "网络运营者可能记录什么",
        "手机运营商、微信和网站所在的网络会依法留存上网日志（网络安全法第二十一条），可能记录您访问过本网站。"
        "本系统不保存这些日志，也不把它们和意见对应。",
    ),
    Section(
        "我们不能保证什么",
        "您写的内容如果只有您知道，熟悉情况的人可能猜到是您。使用单位的网络或电脑，可能被单位的设备记录。"
        "对此有顾虑，请用自己的手机流量提交，不写能认出您的细节。",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class CampaignContent:
    """Everything an immutable campaign version holds."""

    title: str
    organiser: str
    intro: str
    notice: str
    consent: str
    sets: Mapping[str, tuple[Term, ...]]
    questions: tuple[Question, ...]
    # The sets the form asks about, in their order.
    asked: tuple[str, ...] = CITIZEN_SETS
    privacy: tuple[Section, ...] = STANDARD_PRIVACY

    def labels(self, name: str) -> dict[str, str]:
        """Key to label of one set, in its order."""
        return {term.key: term.label for term in self.sets[name]}

    def group_names(self, question: Question) -> str:
        """律师代表、人大代表: whom a question is meant for, or nothing where it is everybody."""
        labels = self.labels("respondent_group")
        return "、".join(labels[group] for group in question.groups)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "CampaignContent":
        """Read plain values; CampaignContentError names the first place that is wrong."""
        if not isinstance(data, Mapping) or not isinstance(data.get("sets"), Mapping):
            raise CampaignContentError("征集内容应是一个对象，并含有 sets。")
        sets = _sets(data["sets"])
        return cls(
            **{name: read_text(data, name) for name in TEXTS},
            sets=sets,
            questions=read_questions(data.get("questions", []), {term.key for term in sets["respondent_group"]}),
            asked=_asked(data.get("asked", list(CITIZEN_SETS))),
            privacy=_sections(data["privacy"]) if "privacy" in data else STANDARD_PRIVACY,
        )


@dataclass(frozen=True)
class CampaignSettings:
    """What may change about a campaign without a new version."""

    phase: str
    deadlines: dict[str, int]
    retention_months: int
    imprint: dict[str, str]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "CampaignSettings":
        """Read plain values, with defaults; CampaignContentError names the one that is wrong."""
        phase, deadlines = data.get("phase", "study"), data.get("deadlines", {})
        months, imprint = data.get("retention_months", 36), data.get("imprint", data.get("furniture", {}))
        if not isinstance(phase, str) or phase not in PHASES:
            raise CampaignContentError(f"phase 应是 {'、'.join(PHASES)} 之一。")
        if not isinstance(deadlines, dict) or not all(_is_within(days, MOST_DAYS) for days in deadlines.values()):
            raise CampaignContentError(f"deadlines 应是一个对象，每一项是工作日的天数，1 到 {MOST_DAYS}。")
        if not _is_within(months, MOST_MONTHS):
            raise CampaignContentError(f"retention_months 应是月数，1 到 {MOST_MONTHS}。")
        return cls(phase, deadlines, months, _imprint(imprint))


def _is_within(value: Any, most: int) -> bool:
    return type(value) is int and 0 < value <= most


def _imprint(values: Any) -> dict[str, str]:
    """What stands at the head and foot of pages. A colour and a picture stand there as they are: nothing else may."""
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        raise CampaignContentError("imprint 应是一个对象，每一项是文字。")
    if len(values) > MAX_IMPRINT_ENTRIES or any(len(name) > MAX_IMPRINT_LENGTH for name in values):
        raise CampaignContentError(f"imprint 最多 {MAX_IMPRINT_ENTRIES} 项。")
    imprint = {name: value.strip() for name, value in values.items()}
    if any(len(value) > MAX_IMPRINT_LENGTH for name, value in imprint.items() if name != "logo"):
        raise CampaignContentError(f"imprint 的每一项最多 {MAX_IMPRINT_LENGTH} 字。")
    logo = imprint.get("logo", "")
    is_picture = len(logo) <= MAX_LOGO_LENGTH and _LOGO.fullmatch(logo) is not None
    if logo and not is_picture:
        raise CampaignContentError(f"imprint.logo 应是 PNG 图片的 data URI，不超过 {MAX_LOGO_LENGTH} 个字符。")
    try:
        return {**imprint, "accent": checked_accent(imprint["accent"])} if "accent" in imprint else imprint
    except RefusalError as refusal:
        raise CampaignContentError(f"imprint.accent：{refusal.message}") from None


def _sets(values: Mapping[str, Any]) -> dict[str, tuple[Term, ...]]:
    sets = {name: read_terms(values.get(name), f"sets.{name}") for name in CITIZEN_SETS + STAFF_SETS}
    later = {name: read_terms(values[name], f"sets.{name}") if name in values else () for name in LATER_SETS}
    return {**sets, **later}


def _asked(names: Any) -> tuple[str, ...]:
    is_known = isinstance(names, list) and all(isinstance(name, str) and name in CITIZEN_SETS for name in names)
    if not is_known or len(set(names)) != len(names):
        raise CampaignContentError(f"asked 应是一个列表，每一项是 {'、'.join(CITIZEN_SETS)} 之一，不重复。")
    return tuple(names)


def _sections(values: Any) -> tuple[Section, ...]:
    if not isinstance(values, list) or not values or not all(isinstance(value, Mapping) for value in values):
        raise CampaignContentError("privacy 应是至少有一项的列表，每一项有 title 和 text。")
    return tuple(Section(read_text(one, "title"), read_text(one, "text", most=MAX_SECTION_LENGTH)) for one in values)
