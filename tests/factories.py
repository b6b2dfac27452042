"""Builders of valid rows, made through the services so that they are what production would hold."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from feedback.assembly.schedule import Place, settle_arrivals
from feedback.base.adapters.database import writing
from feedback.base.adapters.keys import Keys
from feedback.base.config import Settings
from feedback.base.domain.permission import Actor, Role
from feedback.base.models.unit import Unit
from feedback.campaigns.domain.group_code import new_code
from feedback.campaigns.models.campaign import Campaign, CampaignVersion
from feedback.campaigns.models.channel import Channel
from feedback.cases.domain.decision import Decision
from feedback.cases.domain.opinion import Opinion
from feedback.cases.domain.receipt import new_nonce
from feedback.cases.domain.reply import Draft
from feedback.cases.models.submission import Submission
from feedback.cases.services import moderation
from feedback.cases.services.arrival import take_in
from feedback.intake.domain.form_seal import FormSeal
from feedback.intake.services.group_code import store_codes
from feedback.intake.services.submission import Receipt, receive
from feedback.people.adapters.passwords import hash_password, new_password
from feedback.people.domain.second_factor import is_needed
from feedback.people.services import account, user
from feedback.people.services.unit import create_unit, root_unit
from tests.authenticators import give_second_factor
from tests.stored import settled

# Everybody's: to hash one takes longer than all else of a small test.
_PASSWORD = new_password()
_HASH = hash_password(_PASSWORD)
OPINION = Opinion(text="窗口只收纸质材料，希望能一次说清楚。", respondent_group="citizen", kind="suggestion")


def received(session: Session, opinion: Opinion, **how: Any) -> Receipt:
    """An opinion that was received and is in its place at once, behind those before it."""
    receipt = receive(session, opinion, **how)
    take_in(session, {receipt.number})
    return receipt


@dataclass(frozen=True)
class Factory:
    """`now` is the moment everything happens at unless a test says otherwise."""

    sessions: sessionmaker[Session]
    keys: Keys
    actor: Actor
    now: datetime

    def make_submission(self, opinion: Opinion = OPINION, *, nonce: str | None = None, **changes: object) -> Receipt:
        """A received submission in its place; `changes` replace fields of the opinion."""
        receipt = self.make_arrival(opinion, nonce=nonce, **changes)
        self.settle()
        return receipt

    def settle(self) -> None:
        """Put all that has arrived into its place, as if its hour were over."""
        with writing(self.sessions) as session:
            settled(session)

    def pass_time(self, span: timedelta = timedelta(hours=1)) -> None:
        """Let a worker do what is due about arrivals after so long."""
        place = Place(self.sessions, Settings.from_env({}), lambda: self.keys)
        while settle_arrivals(place, self.now + span):
            pass

    def make_arrival(self, opinion: Opinion = OPINION, *, nonce: str | None = None, **changes: object) -> Receipt:
        """An opinion that has just arrived."""
        with writing(self.sessions) as session:
            page = self.make_page(session)
            return receive(
                session,
                replace(opinion, **changes),  # type: ignore[arg-type]
                page=page,
                nonce=nonce or new_nonce(),
                keys=self.keys,
                now=self.now,
            )

    def make_page(self, session: Session) -> FormSeal:
        """A page of the first channel and the newest version of its campaign."""
        channel = session.scalars(select(Channel).order_by(Channel.id).limit(1)).one()
        version = session.scalars(
            select(CampaignVersion.id)
            .where(CampaignVersion.campaign_id == channel.campaign_id)
            .order_by(CampaignVersion.number.desc())
            .limit(1)
        ).one()
        return FormSeal(version, channel.id, self.now)

    def make_replied(
        self,
        opinion: Opinion = OPINION,
        *,
        body: str = "您好，已经改进。",
        summary: str = "改进窗口服务",
        **changes: object,
    ) -> Receipt:
        """A submission that was accepted and answered."""
        receipt = self.make_submission(opinion, **changes)
        with writing(self.sessions) as session:
            found = session.scalars(select(Submission).where(Submission.number == receipt.number)).one()
            moderation.accept(session, found, self.make_decision(found))
            moderation.reply(session, found, Draft(body, "adopted", summary), self.make_decision(found))
        return receipt

    def make_decision(self, submission: Submission, reason: str | None = None, **changes: Any) -> Decision:
        """The actor's decision about a submission as it stands now."""
        return replace(Decision(self.actor, submission.version, self.now, reason), **changes)

    def make_user(self, name: str, role: Role, *, unit: Unit | None = None) -> str:
        """An account after its first sign-in; returns its password."""
        with writing(self.sessions) as session:
            made = user.create_user(
                session, name=name, display_name=name, roles=[role], unit=unit or root_unit(session), now=self.now
            )
            made.password_hash, made.must_change_password = _HASH, False
            if is_needed(account.actor_of(session, made)):
                give_second_factor(session, made, keys=self.keys, now=self.now)
        return _PASSWORD

    def make_unit(self, code: str, name: str, *, level: str = "county") -> Unit:
        """A unit below the root."""
        with writing(self.sessions) as session:
            return create_unit(session, code=code, name=name, parent=root_unit(session), level=level, agency="court")

    def make_group_codes(
        self, group: str = "lawyer", *, count: int = 10, campaign_id: int = 1, by: Actor | None = None
    ) -> list[str]:
        """Codes that prove a group."""
        codes = [new_code() for _ in range(count)]
        with writing(self.sessions) as session:
            campaign = session.get_one(Campaign, campaign_id)
            store_codes(session, campaign, group, codes, keys=self.keys, now=self.now, by=by or self.actor)
        return codes

    def set_campaign(self, **columns: object) -> None:
        """Change columns of the first campaign."""
        with writing(self.sessions) as session:
            campaign = session.scalars(select(Campaign).order_by(Campaign.id).limit(1)).one()
            for name, value in columns.items():
                setattr(campaign, name, value)
