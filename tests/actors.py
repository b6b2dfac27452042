"""Actors of every kind, and many rows at once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.database import writing
from feedback.base.domain.permission import Actor, Role
from feedback.base.models.unit import Unit
from feedback.campaigns.models.campaign import Campaign
from feedback.cases.domain.bulk import BulkOrder, Candidate
from feedback.cases.domain.receipt import new_nonce
from feedback.cases.models.submission import Submission
from feedback.cases.services import search
from feedback.desk.domain.queue import QueueFilter
from feedback.desk.queries.queue import queue_page
from feedback.desk.services import bulk
from feedback.intake.services.submission import Receipt
from feedback.people.services import account
from tests.factories import OPINION, Factory, received


def make_actor(make: Factory, name: str, role: Role, *, unit: Unit | None = None) -> Actor:
    make.make_user(name, role, unit=unit)
    with make.sessions() as session:
        return account.actor_of(session, account.get_user(session, name))


def make_many(make: Factory, count: int, *, now: datetime | None = None) -> list[Receipt]:
    """So many opinions, in one transaction."""
    with writing(make.sessions) as session:
        page = make.make_page(session)
        return [
            received(
                session,
                replace(OPINION, text=f"第 {place} 件"),
                page=page,
                nonce=new_nonce(),
                keys=make.keys,
                now=now or make.now,
            )
            for place in range(count)
        ]


def change(make: Factory, receipt: Receipt, **columns: Any) -> None:
    """Set columns of a submission that no service sets yet."""
    with writing(make.sessions) as session:
        found = session.scalars(select(Submission).where(Submission.number == receipt.number)).one()
        for name, value in columns.items():
            setattr(found, name, value)


def first_campaign_id(make: Factory) -> int:
    with make.sessions() as session:
        return session.scalars(select(Campaign.id).order_by(Campaign.id).limit(1)).one()


def seen_by(make: Factory, actor: Actor, *, after: str | None = None, **conditions: Any) -> list[str]:
    """The numbers on the first page of the actor's queue."""
    with make.sessions() as session:
        wanted = QueueFilter(**{"campaign_id": first_campaign_id(make), **conditions})
        return [row.number for row in queue_page(session, wanted, actor, after=after).rows]


def index_words(sessions: sessionmaker[Session]) -> int:
    """What a worker does until everything can be found and is compared; how many there were."""
    total = 0
    while True:
        with sessions() as session:
            prepared = search.prepare(session)
        if prepared is None:
            return total
        with writing(sessions) as session:
            count = search.store(session, prepared)
        if not count:
            return total
        total += count


def carry_out(
    sessions: sessionmaker[Session], order: BulkOrder, found: Sequence[Candidate], *, by: Actor, now: datetime
) -> int:
    """Decide about many as the page does, at once where they are few; the bulk's id."""
    with writing(sessions) as session:
        started = bulk.start(session, order, found, by=by, now=now)
    bulk.do_few(sessions, started.job_id, clock=lambda: now)
    return started.id
