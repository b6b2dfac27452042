"""Everything kept about one submission, for the page that shows it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.base.domain.permission import Actor
from feedback.base.models.audit import AuditEntry
from feedback.campaigns.models.channel import Channel
from feedback.cases.domain.action import Action
from feedback.cases.domain.claim import is_claimed
from feedback.cases.domain.event import NAMING, Detail, told
from feedback.cases.domain.undo import may_undo
from feedback.cases.models.contact import Contact
from feedback.cases.models.event import Event
from feedback.cases.models.proposal import Proposal
from feedback.cases.models.reply import Reply
from feedback.cases.models.submission import Answer, Submission, SubmissionTag, SubmissionUnit
from feedback.cases.models.text import Text
from feedback.cases.queries.attachment import pictures_of
from feedback.cases.queries.duplicate import number_of
from feedback.cases.queries.record import events_of, kept_contact, replies_to
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


@dataclass(frozen=True)
class Supplement:
    """What the sender added later; the words are None where they were erased."""

    received_at: datetime
    words: str | None
    pictures: list[str]


@dataclass(frozen=True)
class Dossier:
    """A submission (already seen to be visible) with its text, answers, replies, units and timeline."""

    submission: Submission
    text: str | None
    pictures: list[str]
    supplements: list[Supplement]
    channel: str
    answers: dict[str, list[str]]
    replies: list[tuple[Reply, str]]
    unit_ids: list[int]
    tags: list[str]
    contact: Contact | None
    steps: list[Step]


def load_dossier(session: Session, submission: Submission, actor: Actor) -> Dossier:
    """Gather what hangs on a submission that `get_submission` returned; of others, what the actor may know."""
    own = submission.id
    texts = list(session.scalars(select(Text).where(Text.submission_id == own).order_by(Text.kind, Text.id)))
    pictures = pictures_of(session, own)
    channel = session.scalar(select(Channel.name).where(Channel.id == submission.channel_id))
    units = session.scalars(select(SubmissionUnit.unit_id).where(SubmissionUnit.submission_id == own))
    return Dossier(
        submission=submission,
        text=texts[0].body,
        pictures=pictures.get(texts[0].id, []),
        supplements=[Supplement(one.received_at, one.body, pictures.get(one.id, [])) for one in texts[1:]],
        channel=channel or "",
        answers=_answers(session, own),
        replies=replies_to(session, own),
        unit_ids=sorted(units),
        tags=tags_of(session, own),
        contact=kept_contact(session, own),
        steps=_steps(session, own, actor),
    )


def tags_of(session: Session, submission_id: int) -> list[str]:
    """The keys of what staff have tagged a submission with."""
    return sorted(session.scalars(select(SubmissionTag.tag).where(SubmissionTag.submission_id == submission_id)))


def claimed_by(session: Session, submission: Submission, *, now: datetime) -> User | None:
    """Who works on a submission at the moment."""
    is_held = submission.claimed_by_id is not None and is_claimed(submission.claimed_until, now)
    return session.get(User, submission.claimed_by_id) if is_held else None


def seconds_to_undo(session: Session, submission: Submission, actor: Actor, *, now: datetime, within: timedelta) -> int:
    """How long the actor may still undo what happened last; 0 where that is over, or was never possible."""
    last = session.get(Event, (submission.id, submission.version))
    if last is None or not may_undo(last, user_id=actor.id, now=now, within=within):
        return 0
    return ceil((last.at + within - now).total_seconds())


@dataclass(frozen=True)
class Waiting:
    """A decision that waits for a second person."""

    action: Action
    by: User
    reason: str | None
    rejection_kind: str | None
    into: str | None


def waiting_for(session: Session, submission: Submission, actor: Actor) -> Waiting | None:
    """What somebody has proposed to decide, if anything."""
    found = session.get(Proposal, submission.id)
    if found is None:
        return None
    into = number_of(session, found.into_id, actor)
    return Waiting(Action(found.action), session.get_one(User, found.user_id), found.reason, found.rejection_kind, into)


def was_proposed(session: Session, submission: Submission, *, since: int) -> bool:
    """Whether what was done behind a version waits for a second person."""
    steps = select(Event.kind).where(Event.submission_id == submission.id, Event.position > since)
    return "proposed" in set(session.scalars(steps))


def _answers(session: Session, submission_id: int) -> dict[str, list[str]]:
    rows = session.execute(
        select(Answer.question, Answer.value)
        .where(Answer.submission_id == submission_id, Answer.value.is_not(None))
        .order_by(Answer.question, Answer.position)
    )
    answers: dict[str, list[str]] = {}
    for question, value in rows:
        answers.setdefault(question, []).append(value or "")
    return answers


def _steps(session: Session, submission_id: int, actor: Actor) -> list[Step]:
    """Events and contact views in one order: by time, and by position where times are equal."""
    names = {user.id: user.display_name for user in session.scalars(select(User))}
    events = events_of(session, submission_id)
    hidden = _hidden(session, events, actor)
    steps = [
        Step(
            event.kind,
            event.at,
            names.get(event.user_id or 0),
            event.reason,
            _without(event.kept, hidden),
            event.to_status,
        )
        for event in events
    ]
    views = session.scalars(select(AuditEntry).where(AuditEntry.submission_id == submission_id).order_by(AuditEntry.id))
    steps += [Step(view.kind, view.at, names.get(view.user_id or 0), view.reason, Detail(), None) for view in views]
    return _in_order(steps)


def _hidden(session: Session, events: list[Event], actor: Actor) -> set[str]:
    """Which numbers of other submissions, as events name them, the actor may not know."""
    named = {one.kept.other for one in events if isinstance(one.kept, NAMING) and one.kept.other}
    if not named:
        return set()
    known = select(Submission.number).where(Submission.number.in_(named), visible_to(actor))
    return named - set(session.scalars(known))


def _without(kept: Detail, hidden: Collection[str]) -> Detail:
    """What a step keeps, without the number of another one where that is hidden."""
    return replace(kept, other=None) if isinstance(kept, NAMING) and kept.other in hidden else kept


def _in_order(steps: list[Step]) -> list[Step]:
    """By time, where a citizen's step, of which only the hour is known, stays behind the one it followed."""
    latest, known = steps[0].at, []
    for place, step in enumerate(steps):
        latest = max(latest, step.at) if step.by is None else step.at
        known.append((latest, place, step))
    return [step for _, _, step in sorted(known, key=lambda entry: entry[:2])]
