"""What a call of the matrix is about: made when it is first named, by the name it has between braces in the file."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from uuid import uuid4

import pyotp
from sqlalchemy import select

from feedback.assembly import worker
from feedback.base.adapters import jobs
from feedback.base.adapters.database import writing
from feedback.base.adapters.files import default_campaign
from feedback.base.domain.permission import Role
from feedback.base.models.unit import Unit
from feedback.base.web.assets import ASSETS
from feedback.campaigns.models.campaign import Campaign
from feedback.campaigns.models.channel import Channel
from feedback.campaigns.models.group_code import GroupCodeBatch
from feedback.cases.domain.action import Action
from feedback.cases.domain.bulk import BulkOrder
from feedback.cases.domain.receipt import new_nonce
from feedback.cases.models.arrival import ArrivingPicture
from feedback.cases.services.attachment import copy_files, store_files
from feedback.desk.domain.queue import QueueFilter
from feedback.desk.models.canned_answer import CannedAnswer
from feedback.desk.models.saved_filter import SavedFilter
from feedback.desk.queries.bulk import candidates
from feedback.desk.services import saved_filter
from feedback.editing.services.campaign import create_campaign
from feedback.intake.services.submission import Receipt
from feedback.outreach.domain.poster import PosterDesign, PosterSize
from feedback.outreach.services.poster import request_posters
from feedback.people.services import account, user
from feedback.workbooks.services.export import request_export
from tests.access.office import PASSWORD, Office, Person
from tests.access.standing import find
from tests.actors import carry_out
from tests.authenticators import fresh_code
from tests.stored import settled
from tests.uploads import photo
from tests.web import forms_on

_ABSENT = {"number": "Z9-99999", "other": "Z9-99998", "code": "zzzzz", "picture": "none", "asset": "none"}


class Absent(dict[str, str]):
    """For each name something that does not exist."""

    def __missing__(self, name: str) -> str:
        return _ABSENT.get(name, "2147483647")


@dataclass
class Subjects:
    """`owner` is the moderator whose things they are; `caller` calls `address`, None where nothing is read from it."""

    office: Office
    owner: Person
    states: dict[str, str]
    caller: Person | None = None
    address: str = ""
    known: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        if name not in self.known:
            self.known[name] = self._make(name)
        return self.known[name]

    def _make(self, name: str) -> str:
        if name.startswith("page_"):
            return self._field_of_page(name.removeprefix("page_"))
        makers: dict[str, Callable[[], str]] = {
            # Submissions, and what is known of them.
            "number": lambda: self.receipt.number,
            "query_code": lambda: self.receipt.code,
            "version": self._version,
            "other": lambda: self.office.make.make_submission().number,
            "picture": self._picture,
            # What a campaign has, and its moderator keeps.
            "campaign": lambda: str(self._campaign().id),
            "campaign_id": lambda: str(self._campaign().id),
            "draft_id": lambda: self._made_campaign("draft"),
            "open_id": lambda: self._made_campaign("open"),
            "closed_id": lambda: self._made_campaign("closed"),
            "setup": self._setup,
            "channel_id": self._channel_id,
            "code": self._channel,
            "unit": lambda: str(self._unit().id),
            "answer_id": self._canned_answer,
            "filter_id": self._saved_filter,
            "bulk_id": self._bulk,
            "export_id": self._export,
            "print_id": self._print,
            "batch_id": self._batch,
            # People, and what they type.
            "user_id": self._user,
            "newcomer": lambda: self.office.make_account(Role.COLLECTOR),
            "invitation": self._invitation,
            "password": lambda: PASSWORD,
            "new_password": lambda: "seven grey herons at dawn",
            "one_time_code": self._one_time_code,
            "new_name": lambda: uuid4().hex[:12],
            "nonce": new_nonce,
            "accent": lambda: "#1d5c86",
            "next_week": lambda: (datetime.now(UTC) + timedelta(days=7)).date().isoformat(),
            "asset": lambda: ASSETS["staff.css"].hashed_name,
        }
        if name not in makers:
            raise AssertionError(f"say in tests/access/subjects.py what {{{name}}} is")
        return makers[name]()

    @cached_property
    def receipt(self) -> Receipt:
        """The submission that is called, in its state."""
        desk = self.office.desk(self._proposer, self.office.colleague)
        return desk.stand(self.states.get("number", "received"), at=datetime.now(UTC))

    @property
    def _proposer(self) -> Person:
        """What waits for a second person was proposed by somebody else."""
        return self.office.moderator if "," in self.states.get("number", "") else self.owner

    def _version(self) -> str:
        with self.office.sessions() as session:
            return str(find(session, self.receipt.number).version)

    def _picture(self) -> str:
        nonce = new_nonce()
        copied = copy_files([photo()], known=set(), nonce=nonce, keys=self.office.make.keys)
        with writing(self.office.sessions) as session:
            assert store_files(session, self.receipt.sending_hash, copied, now=self.office.make.now) == []
            arriving = select(ArrivingPicture.name).where(ArrivingPicture.sending_hash == self.receipt.sending_hash)
            name = session.scalars(arriving).one()
            settled(session)
            return name

    def _campaign(self) -> Campaign:
        with self.office.sessions() as session:
            return session.scalars(select(Campaign).order_by(Campaign.id).limit(1)).one()

    def _channel(self) -> str:
        with self.office.sessions() as session:
            return session.scalars(select(Channel.code).order_by(Channel.id).limit(1)).one()

    def _channel_id(self) -> str:
        with self.office.sessions() as session:
            return str(session.scalars(select(Channel.id).order_by(Channel.id).limit(1)).one())

    def _made_campaign(self, status: str) -> str:
        """A campaign of the county's in a status, with nothing in it."""
        made, now = default_campaign(), datetime.now(UTC)
        with writing(self.office.sessions) as session:
            unit = session.get_one(Unit, self._campaign().unit_id)
            campaign = create_campaign(session, made, code=uuid4().hex[:12], unit=unit, now=now)
            campaign.status = status
            return str(campaign.id)

    def _setup(self) -> str:
        """A campaign as a file."""
        return json.dumps(default_campaign())

    def _unit(self) -> Unit:
        with self.office.sessions() as session:
            return session.get_one(Unit, self._campaign().unit_id)

    def _canned_answer(self) -> str:
        with self.office.sessions() as session:
            return str(session.scalars(select(CannedAnswer.id).order_by(CannedAnswer.id.desc()).limit(1)).one())

    def _saved_filter(self) -> str:
        name, wanted = self["new_name"][::-1], QueueFilter(self._campaign().id)
        with writing(self.office.sessions) as session:
            saved_filter.save(session, wanted, name=name, is_shared=True, by=self.office.actor(self.owner.name))
            return str(session.scalars(select(SavedFilter.id).where(SavedFilter.name == name)).one())

    def _bulk(self) -> str:
        actor, now, wanted = self.office.actor(self.owner.name), datetime.now(UTC), QueueFilter(self._campaign().id)
        number = self.receipt.number
        with self.office.sessions() as session:
            found = candidates(session, wanted, actor, numbers=[number], now=now)
        order = BulkOrder(wanted.campaign_id, Action.ACCEPT)
        return str(carry_out(self.office.sessions, order, found, by=actor, now=now))

    def _export(self) -> str:
        actor, now, wanted = self.office.actor(self.owner.name), datetime.now(UTC), QueueFilter(self._campaign().id)
        with writing(self.office.sessions) as session:
            export_id = request_export(session, wanted, purpose="会议", described="全部", by=actor, now=now).id
        self._work(now)
        return str(export_id)

    def _print(self) -> str:
        """The posters of a campaign, made once: nobody changes them, and to draw them takes long."""
        office, now = self.office, datetime.now(UTC)
        if office.print_id:
            return office.print_id
        with writing(office.sessions) as session:
            campaign, by = session.get_one(Campaign, self._campaign().id), office.actor(office.moderator.name)
            asked = request_posters(
                session,
                campaign,
                PosterSize.A5,
                PosterDesign.PLAIN,
                is_zip=False,
                base="https://x.cn",
                by=by,
                now=now,
            )
            print_id = asked.id
        self._work(now)
        office.print_id = str(print_id)
        return office.print_id

    def _batch(self) -> str:
        self.office.make.make_group_codes(by=self.office.actor(self.office.moderator.name))
        with self.office.sessions() as session:
            return str(session.scalars(select(GroupCodeBatch.id).order_by(GroupCodeBatch.id.desc()).limit(1)).one())

    def _work(self, now: datetime) -> None:
        while (lease := jobs.lease_next(self.office.sessions, now=now)) is not None:
            worker.run(worker.Bench(self.office.sessions, self.office.make.keys, self.office.settings.exports), lease)

    def _user(self) -> str:
        return str(self.office.actor(self.office.make_account(Role.UNIT_HANDLER)).id)

    def _invitation(self) -> str:
        name = self["newcomer"]
        with writing(self.office.sessions) as session:
            return user.invite(session, account.get_user(session, name), now=datetime.now(UTC))

    @cached_property
    def _page(self) -> str:
        return self.caller.browser.get(self.address).text if self.caller else ""

    def _field_of_page(self, name: str) -> str:
        """A hidden field of the page at the same address; nothing where there is none."""
        found = [form.value(name) for form in forms_on(self._page) if name in form.fields]
        return found[-1] if found else ""

    def _one_time_code(self) -> str:
        """Of the secret the page shows, or of one's authenticator."""
        if self.caller is None:
            return "000000"
        shown = re.search(r'密钥 <span class="hash">([A-Z2-7 ]+)</span>', self._page)
        if shown is None:
            return fresh_code(self.office.sessions, self.caller.name)
        return pyotp.TOTP(shown[1].replace(" ", "")).at(datetime.now(UTC))
