"""An instance in which everything has already happened, for people who only look."""

from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from csv import DictReader
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

from playwright.sync_api import Page
from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.base.adapters.database import writing
from feedback.base.adapters.files import default_campaign
from feedback.base.domain.permission import Actor, Role
from feedback.base.domain.refusal import RefusalError
from feedback.base.models.job import Job
from feedback.campaigns.models.campaign import Campaign
from feedback.campaigns.queries.campaign import channels_of
from feedback.campaigns.services.channel import ChannelDetails, create_channel
from feedback.cases.domain.action import Action
from feedback.cases.domain.bulk import BulkOrder
from feedback.cases.domain.decision import Decision
from feedback.cases.domain.opinion import Opinion
from feedback.cases.domain.reply import Draft
from feedback.cases.models.bulk import Bulk
from feedback.cases.models.submission import Submission
from feedback.cases.services import moderation
from feedback.desk.domain.queue import QueueFilter
from feedback.desk.queries.bulk import candidates
from feedback.desk.services import saved_filter
from feedback.editing.adapters.logo import logo_of
from feedback.editing.services.campaign import close_campaign, create_campaign, open_campaign
from feedback.intake.services.submission import Receipt
from feedback.outreach.adapters.poster import write_posters
from feedback.outreach.domain.poster import PosterDesign, PosterSize
from feedback.outreach.services.poster import posters_of, request_posters
from feedback.people.services import account
from feedback.people.services.unit import root_unit
from feedback.workbooks.models import Export
from feedback.workbooks.services.export import request_export
from tests.actors import carry_out, index_words
from tests.e2e.instance import Instance
from tests.e2e.steps import enter
from tests.uploads import photo

OPINIONS = Path(__file__).resolve().parents[1] / "data" / "opinions.csv"
QUEUE_LENGTH = 55
PASSWORD = "correct horse battery"
IMPRINT = {
    "phone": "000-12345678",
    "hours": "工作日 9:00–17:00",
    "icp": "江ICP备12345678号",
    "police": "江公网安备 12345678901234号",
}
QUESTIONS = [
    {"key": "where", "kind": "short_text", "label": "事情发生在哪个乡镇（街道）"},
    {"key": "how", "kind": "long_text", "label": "您觉得应当怎样改"},
    {
        "key": "often",
        "kind": "single_choice",
        "label": "多久遇到一次",
        "options": [{"key": "once", "label": "头一回"}, {"key": "monthly", "label": "每个月都有，而且越来越多"}],
    },
    {
        "key": "places",
        "kind": "multiple_choice",
        "label": "在哪些地方遇到过",
        "options": [
            {"key": "hall", "label": "办事大厅"},
            {"key": "web", "label": "网上"},
            {"key": "phone", "label": "电话里"},
        ],
    },
]

Decide = Callable[[Session, Submission, Decision], None]


class Stage:
    """Campaigns in every status, submissions in every state, and the accounts to see them with."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.now = datetime.now(UTC)
        self._fill_the_queue()
        look = {"accent": "#1d5c86", "logo": logo_of(photo("navy", size=(96, 96)))}
        self.trial_form = self._make_form("trial", questions=QUESTIONS, imprint={**IMPRINT, **look})
        for group in ("lawyer", "cppcc_member"):
            instance.make.make_group_codes(group, campaign_id=self._campaign_id("trial"))
        self.closed_form = self._make_form("closed", is_open=True, is_closed=True)
        self.later_form = self._make_form("later", is_open=True, opens_on=date(2099, 12, 1))
        self._accounts: dict[str, str] = {}
        self._at_work: dict[Page, tuple[str, str]] = {}

    @cached_property
    def received(self) -> Receipt:
        return self.instance.make.make_submission()

    @cached_property
    def accepted(self) -> Receipt:
        return self._decided(_accept)

    @cached_property
    def replied(self) -> Receipt:
        """Answered a second time after it was taken up again."""
        return self._decided(_accept, _reply, _reopen, _reply)

    @cached_property
    def completed(self) -> Receipt:
        return self._decided(_accept, _reply, _complete)

    @cached_property
    def rejected(self) -> Receipt:
        return self._decided(_reject)

    @cached_property
    def copies(self) -> tuple[Receipt, Receipt]:
        """Two opinions of which a worker suspects that they are one."""
        words = "派出所办居住证要跑三趟，窗口说的材料和网上写的不一样，电话 13800138000 也打不通。希望一次说清楚。"
        make = self.instance.make
        both = make.make_submission(text=words), make.make_submission(text=words.replace("三趟", "四趟") + "谢谢！")
        index_words(self.instance.sessions)
        return both

    @cached_property
    def proposed(self) -> Receipt:
        """Refused by one person, and waiting for another."""
        make = self.instance.make
        make.set_campaign(second_person="on")
        receipt = self._decided(_reject)
        make.set_campaign(second_person="off")
        return receipt

    def with_contact(self) -> Receipt:
        """A submission whose sender left name and phone."""
        return self.instance.make.make_submission(name="李小红", phone="13800138000", has_consented=True)

    def go(self, page: Page, path: str, *, role: Role = Role.MODERATOR) -> None:
        """Open a staff page as somebody with a role, signing in where that has not been done yet."""
        self.go_as(page, path, self.account(role))

    def go_as(self, page: Page, path: str, person: tuple[str, str]) -> None:
        """Open a staff page as a certain person."""
        if self._at_work.get(page) != person:
            page.context.clear_cookies()
            self._at_work[page] = person
        page.goto(self.instance.address(path))
        if "/accounts/sign-in" in page.url:
            enter(page, *person)

    def account(self, role: Role) -> tuple[str, str]:
        """Name and password of somebody with a role; always the same person for a role."""
        # The first start has made an account called admin.
        name = "head" if role is Role.ADMIN else role.value
        if name not in self._accounts:
            self._accounts[name] = self.instance.make.make_user(name, role)
        return name, self._accounts[name]

    def new_account(self, *, has_first_password: bool = False) -> tuple[str, str]:
        """Somebody nobody else signs in as."""
        name = f"user{uuid4().hex[:6]}"
        password = self.instance.make.make_user(name, Role.MODERATOR)
        if has_first_password:
            with writing(self.instance.sessions) as session:
                account.get_user(session, name).must_change_password = True
        return name, password

    def account_without_campaign(self) -> tuple[str, str]:
        """A moderator of a unit that runs none."""
        unit = self.instance.make.make_unit(f"unit{uuid4().hex[:6]}", "城东区人民法院")
        name = f"user{uuid4().hex[:6]}"
        return name, self.instance.make.make_user(name, Role.MODERATOR, unit=unit)

    def try_to_sign_in(self, name: str, *, times: int) -> None:
        """What somebody who guesses passwords leaves behind, without the time each guess takes."""
        make, now = self.instance.make, datetime.now(UTC)
        with writing(self.instance.sessions) as session:
            for _ in range(times):
                account.record_try(session, name, keys=make.keys, now=now)

    def accept(self, receipt: Receipt) -> None:
        """What a colleague does in the meantime."""
        self._decide(receipt, _accept)

    def mark_as_suspicious(self, receipt: Receipt) -> None:
        """What a program does that fills in everything, from a network that sends very much."""
        with writing(self.instance.sessions) as session:
            found = session.scalars(select(Submission).where(Submission.number == receipt.number)).one()
            found.suspicion = "trap"

    def export(self, **columns: Any) -> int:
        """A workbook of the moderator's whose job is in some state; the running worker never sees it queued."""
        self.account(Role.MODERATOR)
        job_columns = {name: columns.pop(name) for name in ("status", "done_count", "total_count") if name in columns}
        with writing(self.instance.sessions) as session:
            by = account.actor_of(session, account.get_user(session, Role.MODERATOR.value))
            wanted = QueueFilter(self._default_campaign(session).id)
            export = request_export(session, wanted, purpose="第三次工作会议", described="全部", by=by, now=self.now)
            job = session.get_one(Job, export.job_id)
            job.leased_until = self.now + timedelta(hours=1)
            for row, values in ((job, job_columns), (export, columns)):
                for name, value in values.items():
                    setattr(row, name, value)
            return export.id

    def save_filter(self, name: str, called: str) -> None:
        """A filter that the person of a role keeps and shares, if that was not done yet."""
        self.account(Role(name))
        with writing(self.instance.sessions) as session:
            by = account.actor_of(session, account.get_user(session, name))
            wanted = QueueFilter(self._default_campaign(session).id, group="lawyer", query="停车")
            with suppress(RefusalError):
                saved_filter.save(session, wanted, name=called, is_shared=True, by=by)

    def bulk(self, *, is_running: bool = False) -> int:
        """Many the moderator refused at once, some of which could not be; where it runs, no worker takes the job."""
        self.account(Role.MODERATOR)
        make = self.instance.make
        receipts = [make.make_submission() for _ in range(6)] + [make.make_replied() for _ in range(3)]
        with self.instance.sessions() as session:
            by = account.actor_of(session, account.get_user(session, Role.MODERATOR.value))
            wanted, numbers = QueueFilter(self._default_campaign(session).id), [one.number for one in receipts]
            found = candidates(session, wanted, by, numbers=numbers, now=self.now)
        order = BulkOrder(wanted.campaign_id, Action.REJECT, "供水问题不归政法机关管，请拨打 12345。")
        bulk_id = carry_out(self.instance.sessions, order, found, by=by, now=datetime.now(UTC))
        if is_running:
            with writing(self.instance.sessions) as session:
                running = session.get_one(Bulk, bulk_id)
                job = session.get_one(Job, running.job_id)
                job.status, job.leased_until = "running", self.now + timedelta(hours=1)
                job.done_count, job.total_count, job.finished_at = 400, 1_000, None
                running.finished_at = None
        return bulk_id

    def remove_exports_from_view(self) -> None:
        """Give the moderator's workbooks to the administrator."""
        with writing(self.instance.sessions) as session:
            admin = account.get_user(session, "admin")
            for export in session.scalars(select(Export)):
                export.user_id = admin.id

    def _fill_the_queue(self) -> None:
        with open(OPINIONS, encoding="utf-8", newline="") as file:
            rows = [row for _, row in zip(range(QUEUE_LENGTH), DictReader(file), strict=False)]
        for place, row in enumerate(rows):
            receipt = self.instance.make.make_submission(
                Opinion(
                    text=row["text"],
                    respondent_group=row["group"] or None,
                    kind=row["kind"] or None,
                    agency=row["agency"] or None,
                    category=row["category"] or None,
                )
            )
            if place % 3 == 0:
                self._decide(receipt, _accept)

    def _make_form(self, code: str, *, is_open: bool = False, is_closed: bool = False, **changes: Any) -> str:
        data = deepcopy(default_campaign())
        data["imprint"] = changes.get("imprint", {})
        data["content"]["questions"] = changes.get("questions", [])
        data["content"]["title"] = f"江城市政法队伍教育整顿第二阶段意见建议征集（{code}）"
        with writing(self.instance.sessions) as session:
            campaign = create_campaign(session, data, code=code, unit=root_unit(session), now=self.now)
            if is_open:
                open_campaign(session, campaign, now=self.now)
            campaign.opens_on = changes.get("opens_on")
            if is_closed:
                close_campaign(session, campaign, now=self.now)
            return f"/f/{create_channel(session, campaign, ChannelDetails('城东派出所大厅'), now=self.now)}"

    @cached_property
    def printed(self) -> int:
        """The posters of all channels, made."""
        campaign_id, exports = self._campaign_id("trial"), self.instance.server.settings.exports
        size, design = PosterSize.A5, PosterDesign.DOOR
        with writing(self.instance.sessions) as session:
            campaign = session.get_one(Campaign, campaign_id)
            asked = request_posters(
                session, campaign, size, design, base="http://127.0.0.1", by=self._actor, now=self.now
            )
            posters = posters_of(session, campaign, base="http://127.0.0.1")
            exports.mkdir(parents=True, exist_ok=True)
            path = write_posters(posters, size, design, is_zip=False, folder=exports, progress=lambda _done, _of: None)
            asked.file_name = path.name
            job = session.get_one(Job, asked.job_id)
            job.status, job.finished_at = "done", self.now
            # And that of one channel, which no worker has come to yet.
            (first, *_) = channels_of(session, campaign.id)
            request_posters(
                session, campaign, size, design, channel=first, base="http://127.0.0.1", by=self._actor, now=self.now
            )
            return asked.id

    def _campaign_id(self, code: str) -> int:
        with self.instance.sessions() as session:
            return session.scalars(select(Campaign.id).where(Campaign.code == code)).one()

    def _decided(self, *steps: Decide) -> Receipt:
        receipt = self.instance.make.make_submission(
            _WORDS, respondent_group="cppcc_member", kind="problem", agency="police", category="efficiency"
        )
        for step in steps:
            self._decide(receipt, step)
        return receipt

    def _decide(self, receipt: Receipt, decide: Decide) -> None:
        with writing(self.instance.sessions) as session:
            found = session.scalars(select(Submission).where(Submission.number == receipt.number)).one()
            decide(session, found, Decision(self._actor, found.version, self.now))

    @property
    def _actor(self) -> Actor:
        return self.instance.make.actor

    @staticmethod
    def _default_campaign(session: Session) -> Campaign:
        return session.scalars(select(Campaign).order_by(Campaign.id).limit(1)).one()


_WORDS = Opinion(
    text="派出所办居住证要跑三趟，窗口说的材料和网上写的不一样。\n\n希望能一次说清楚，周末也能办。"
    "网址 https://zwfw.example.gov.cn/residence/permit/application/form/2026/11/very-long-address 打不开。"
)


def _accept(session: Session, submission: Submission, decision: Decision) -> None:
    moderation.accept(session, submission, decision)


def _reply(session: Session, submission: Submission, decision: Decision) -> None:
    body = "您好，感谢您的建议。\n\n居住证窗口自十二月一日起周六上午开放；网上的材料清单已与窗口核对一致。"
    draft = Draft(body, "partly_adopted", "居住证材料一次告知，周六开放窗口。")
    moderation.reply(session, submission, draft, decision)


def _complete(session: Session, submission: Submission, decision: Decision) -> None:
    moderation.complete(session, submission, decision)


def _reopen(session: Session, submission: Submission, decision: Decision) -> None:
    moderation.reopen(session, submission, replace(decision, reason="提出人来电补充了情况。"))


def _reject(session: Session, submission: Submission, decision: Decision) -> None:
    refused = replace(decision, reason="供水问题不归政法机关管，请拨打 12345。")
    moderation.reject(session, submission, refused, kind="out_of_scope")
