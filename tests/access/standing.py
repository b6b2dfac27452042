"""Submissions in every state: brought there by the services, and placed there where no action leads yet."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.base.adapters.database import writing
from feedback.base.domain.moment import china_day
from feedback.base.domain.permission import Actor
from feedback.campaigns.models.campaign import Campaign
from feedback.cases.domain.decision import Decision
from feedback.cases.domain.reply import Draft
from feedback.cases.domain.submission import Status
from feedback.cases.models.submission import Submission
from feedback.cases.services import duplicate, moderation, quarantine, referral
from feedback.cases.services.event import append
from feedback.intake.services.submission import Receipt
from tests.factories import Factory

REPLY = Draft("您好，已经改进。", "adopted", "改进窗口")
_WAYS: dict[str, tuple[str, ...]] = {
    "received": (),
    "accepted": ("accept",),
    "referred": ("accept", "refer"),
    "replied": ("accept", "reply"),
    "completed": ("accept", "reply", "complete"),
    "rejected": ("reject",),
    "merged": ("merge",),
    "quarantined": ("quarantine",),
    # No action leads there yet.
    "handling": ("accept", "refer", "handling"),
    "returned": ("accept", "refer", "returned"),
    "transferred": ("accept", "transferred"),
    "closed_out": ("accept", "reply", "complete", "closed_out"),
}


@dataclass(frozen=True)
class Desk:
    """Who decides, and who confirms what needs a second person."""

    make: Factory
    by: Actor
    colleague: Actor

    def stand(self, state: str, *, at: datetime) -> Receipt:
        """A submission in a state, decided by `by` at a moment; behind a comma, what he has proposed besides."""
        status, _, proposed = state.partition(",")
        made = replace(self.make, now=at).make_submission(name="王小明", phone="13800138000", has_consented=True)
        for step in _WAYS[status]:
            self._take(made, step, at=at)
        if proposed:
            self._take(made, proposed, at=at, is_alone=True)
        return made

    def _take(self, receipt: Receipt, step: str, *, at: datetime, is_alone: bool = False) -> None:
        into = replace(self.make, now=at).make_submission().number if step == "merge" else ""
        with writing(self.make.sessions) as session:
            found = find(session, receipt.number)
            decision = Decision(self.by, found.version, at)
            second = decision if is_alone else replace(decision, proposed_by=self.colleague.id)
            unit_id = session.get_one(Campaign, found.campaign_id).unit_id
            steps: dict[str, Callable[[], None]] = {
                "accept": lambda: moderation.accept(session, found, decision),
                "refer": lambda: referral.refer(session, found, decision, unit_id=unit_id, due_on=_soon(at)),
                "reply": lambda: moderation.reply(session, found, REPLY, decision),
                "sign": lambda: moderation.ask_to_sign(session, found, REPLY, decision),
                "reject": lambda: moderation.reject(session, found, replace(second, reason="不归我们管。")),
                "complete": lambda: moderation.complete(session, found, second),
                "merge": lambda: duplicate.merge(session, found, find(session, into), second),
                "quarantine": lambda: quarantine.quarantine(session, found, replace(second, reason="可能涉密。")),
                "unseal": lambda: quarantine.unseal(session, found, replace(second, reason="已经核实。")),
            }
            if step in steps:
                steps[step]()
            else:
                self._place(session, found, Status(step), at=at)

    def _place(self, session: Session, found: Submission, status: Status, *, at: datetime) -> None:
        before, found.status = found.status, status
        append(session, found, "noted", at=at, user_id=self.colleague.id, before=before)


def _soon(at: datetime) -> date:
    return china_day(at) + timedelta(days=7)


def find(session: Session, number: str) -> Submission:
    """The row of a public number."""
    return session.scalars(select(Submission).where(Submission.number == number)).one()
