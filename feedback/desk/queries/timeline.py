"""The timeline of one submission: its events, who looked at the contact details, and what its sender did just now."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.base.domain.permission import Actor
from feedback.base.models.audit import AuditEntry
from feedback.cases.domain.arrival import EVENTS, Act, ActKind
from feedback.cases.domain.event import NAMING, Detail, Rated, told
from feedback.cases.domain.submission import Status
from feedback.cases.models.event import Event
from feedback.cases.models.submission import Submission
from feedback.cases.queries.visibility import visible_to
from feedback.people.models import User


@dataclass(frozen=True)
class Step:
    """One line of the timeline. Without `by`, a citizen caused it and `at` is the hour."""

    kind: str
    at: datetime
    by: str | None
    reason: str | None
    kept: Detail
    to_status: str | None

    def told(self, rejections: Mapping[str, str]) -> list[str]:
        """Who took it and what was decided, in pieces; `rejections` are the words for kinds of refusal."""
        return [*filter(None, [self.by]), *told(self.kept, rejections)]


def step_of(act: Act) -> Step:
    """What a sender did within the hour, as the event it will be."""
    reason = None if act.kind is ActKind.SUPPLEMENT else act.words
    kept = Rated(act.value or 0) if act.kind is ActKind.RATING else Detail()
    return Step(EVENTS[act.kind], act.at, None, reason, kept, None)


def events_with_names(session: Session, submission_id: int) -> list[tuple[Event, str | None]]:
    """The events in their order, each with the name of who caused it."""
    rows = session.execute(
        select(Event, User.display_name)
        .outerjoin(User, User.id == Event.user_id)
        .where(Event.submission_id == submission_id)
        .order_by(Event.position)
    )
    return [(event, name) for event, name in rows]


def steps_of(session: Session, submission_id: int, events: list[tuple[Event, str | None]], actor: Actor) -> list[Step]:
    """Events and contact views in one order: by time, and by position where times are equal."""
    hidden = _hidden(session, [event for event, _ in events], actor)
    steps = [
        Step(event.kind, event.at, name, event.reason, _without(event.kept, hidden), event.to_status)
        for event, name in events
    ]
    looks = session.execute(
        select(AuditEntry, User.display_name)
        .outerjoin(User, User.id == AuditEntry.user_id)
        .where(AuditEntry.submission_id == submission_id)
        .order_by(AuditEntry.id)
    )
    steps += [Step(look.kind, look.at, name, look.reason, Detail(), None) for look, name in looks]
    return in_order(steps)


def _hidden(session: Session, events: list[Event], actor: Actor) -> set[str]:
    """Which numbers of other submissions, as events name them, the actor may not know, or nobody beside this one."""
    named = {one.kept.other for one in events if isinstance(one.kept, NAMING) and one.kept.other}
    if not named:
        return set()
    known = select(Submission.number).where(
        Submission.number.in_(named), visible_to(actor), Submission.status != Status.QUARANTINED
    )
    return named - set(session.scalars(known))


def _without(kept: Detail, hidden: Collection[str]) -> Detail:
    """What a step keeps, without the number of another one where that is hidden."""
    return replace(kept, other=None) if isinstance(kept, NAMING) and kept.other in hidden else kept


def in_order(steps: list[Step]) -> list[Step]:
    """By time, where a citizen's step, of which only the hour is known, stays behind the one it followed."""
    latest, known = steps[0].at, []
    for place, step in enumerate(steps):
        latest = max(latest, step.at) if step.by is None else step.at
        known.append((latest, place, step))
    return [step for _, _, step in sorted(known, key=lambda entry: entry[:2])]
