"""What the holder of a query code reads: public states with their days, and the answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback.base.adapters.keys import Keys
from feedback.base.domain.code import keyed_hash
from feedback.base.domain.moment import china_day
from feedback.cases.domain.arrival import EVENTS, Act, ActKind, Standing
from feedback.cases.domain.event import Replied
from feedback.cases.domain.receipt import normal_code
from feedback.cases.domain.submission import (
    PUBLIC_STATES,
    PublicState,
    Status,
    TextKind,
    is_answered,
    is_open,
    may_reconsider,
)
from feedback.cases.domain.undo import told_to_sender
from feedback.cases.models.arrival import Arrival, ArrivingAct
from feedback.cases.models.event import Event
from feedback.cases.models.reply import Reply
from feedback.cases.models.submission import Submission
from feedback.cases.models.text import Text
from feedback.cases.queries.arrival import acts_on
from feedback.cases.queries.attachment import count_pictures
from feedback.cases.queries.record import events_of, kept_contact, replies_to
from feedback.cases.queries.unsettled import unsettled_of


@dataclass(frozen=True)
class Milestone:
    """One of the public states: the day it was reached, or None while it lies ahead."""

    state: PublicState
    reached_on: date | None
    is_current: bool


@dataclass(frozen=True)
class Sent:
    """The original or a supplement: the day it came, how many pictures it has, and a supplement's words."""

    day: date
    pictures: int
    words: str | None


@dataclass(frozen=True)
class Progress:
    """Days and words only: no name of staff, no hour, no internal status."""

    number: str
    received_on: date
    milestones: list[Milestone]
    rejection_reason: str | None
    rejection_kind: str | None
    answers: list[tuple[date, str]]
    outcome: str | None
    has_contact: bool
    version_id: int
    is_trial: bool
    sent: list[Sent]
    newest_reply_id: int
    has_new_answer: bool
    satisfaction: int | None
    may_supplement: bool
    may_rate: bool
    may_reconsider: bool


@dataclass(frozen=True)
class Followed:
    """What a code belongs to: an opinion in its place, or one that arrived within the hour and has no row yet."""

    number: str
    campaign_id: int
    channel_id: int
    version_id: int
    received_at: datetime
    is_trial: bool
    sending_hash: str
    submission: Submission | None
    arrived_with_contact: bool = False


def find_by_code(session: Session, typed: str, keys: Keys) -> Followed | None:
    """What a code belongs to, however it was typed, under whichever key."""
    code = normal_code(typed)
    if code is None:
        return None
    hashes = [keyed_hash(code, secret) for secret in keys.secrets("code")]
    # First where it waits: what is moved meanwhile is found in its place.
    arrival = session.scalar(select(Arrival).where(Arrival.code_hash.in_(hashes)))
    placed = session.scalar(select(Submission).where(Submission.code_hash.in_(hashes)))
    if placed is not None:
        return _followed(placed, placed)
    return _followed(arrival, None, has_contact=arrival.contact_uuid is not None) if arrival is not None else None


def _followed(found: Submission | Arrival, placed: Submission | None, *, has_contact: bool = False) -> Followed:
    return Followed(
        found.number, found.campaign_id, found.channel_id, found.campaign_version_id, found.received_at,
        found.is_trial, found.nonce_hash, placed, has_contact,
    )  # fmt: skip


def find_supplement(session: Session, hashes: Sequence[str]) -> str | None:
    """What a supplement is known by that was sent already, whether it waits or stands in its place."""
    waiting = select(ArrivingAct.sending_hash).where(ArrivingAct.sending_hash.in_(hashes))
    return session.scalar(waiting.union(select(Text.sending_hash).where(Text.sending_hash.in_(hashes))))


def standing_of(session: Session, followed: Followed) -> Standing:
    """How an opinion stands without what waits."""
    submission = followed.submission
    if submission is None:
        return Standing(Status.RECEIVED, has_contact=followed.arrived_with_contact)
    own = Event.submission_id == submission.id
    rated = select(Event.reason).where(own, Event.kind == EVENTS[ActKind.RATING])
    rows = session.scalars(rated.order_by(Event.position.desc())).all()
    texts = select(func.count()).where(Text.submission_id == submission.id, Text.kind == TextKind.SUPPLEMENT)
    return Standing(
        Status(submission.status),
        is_reconsidered=submission.is_reconsidered,
        satisfaction=submission.satisfaction,
        reason=rows[0] if rows and submission.satisfaction is not None else None,
        has_contact=kept_contact(session, submission.id) is not None,
        supplements=session.scalar(texts) or 0,
        ratings=len(rows),
        seen_reply_id=submission.seen_reply_id or 0,
    )


def progress_of(session: Session, followed: Followed, *, settled_by: datetime) -> Progress:
    """The progress of what a code was shown for, as staff had left it at `settled_by` and with what waits."""
    acts = acts_on(session, followed.number)
    standing = standing_of(session, followed).after(acts)
    sent = _sent(session, followed, acts)
    if followed.submission is None:
        return _just_received(followed, standing, sent)
    submission, waiting = followed.submission, _as_events(followed.submission, acts)
    known = _known(session, submission, settled_by)
    answered, told = known.answered, [*known.told, *waiting]
    status = Status(waiting[-1].to_status) if waiting and waiting[-1].to_status else known.status
    state = PUBLIC_STATES[status]
    is_rejected = state is PublicState.OUT_OF_SCOPE
    given = replies_to(session, answered.id)
    replies = [reply for reply, _ in given if reply.body and known.has_reply(reply, settled_by)]
    return Progress(
        number=submission.number,
        received_on=china_day(submission.received_at),
        milestones=_milestones(_days(told), state),
        rejection_reason=answered.rejection_reason if is_rejected else None,
        rejection_kind=answered.rejection_kind if is_rejected else None,
        answers=[(china_day(reply.replied_at), reply.body or "") for reply in replies],
        outcome=answered.outcome if state is PublicState.ANSWERED else None,
        has_contact=standing.has_contact,
        version_id=submission.campaign_version_id,
        is_trial=submission.is_trial,
        sent=sent,
        newest_reply_id=replies[0].id if replies else 0,
        has_new_answer=bool(replies) and standing.seen_reply_id < replies[0].id,
        satisfaction=standing.satisfaction if is_answered(status) else None,
        may_supplement=is_open(status),
        may_rate=answered is submission and is_answered(status),
        may_reconsider=answered is submission and may_reconsider(status, is_reconsidered=standing.is_reconsidered),
    )


def _just_received(followed: Followed, standing: Standing, sent: list[Sent]) -> Progress:
    """What arrived within the hour: nobody has done anything about it."""
    day = china_day(followed.received_at)
    return Progress(
        number=followed.number,
        received_on=day,
        milestones=_milestones({PublicState.UNDER_REVIEW: day}, PublicState.UNDER_REVIEW),
        rejection_reason=None,
        rejection_kind=None,
        answers=[],
        outcome=None,
        has_contact=standing.has_contact,
        version_id=followed.version_id,
        is_trial=followed.is_trial,
        sent=sent,
        newest_reply_id=0,
        has_new_answer=False,
        satisfaction=None,
        may_supplement=True,
        may_rate=False,
        may_reconsider=False,
    )


def _as_events(submission: Submission, acts: Sequence[Act]) -> list[Event]:
    """Those acts that change the state, as the events they will be."""
    return [
        Event(kind=EVENTS[act.kind], at=act.at, to_status=Standing(Status(submission.status)).after([act]).status)
        for act in acts
        if act.kind is ActKind.RECONSIDERATION
    ]


@dataclass(frozen=True)
class _Known:
    """What its sender may know of a submission: who answers it, and its events, as far as they are told."""

    answered: Submission
    told: Sequence[Event]
    untold: Sequence[Event]

    @property
    def status(self) -> Status:
        """The status after the last event that is told."""
        before = self.untold[0].from_status if self.untold else None
        return Status(before or self.answered.status)

    def has_reply(self, reply: Reply, settled_by: datetime) -> bool:
        """Whether a reply is told: it is old enough, and nothing is held back before it."""
        held = {one.kept.reply for one in self.untold if isinstance(one.kept, Replied)}
        return reply.replied_at <= settled_by and reply.id not in held


def _known(session: Session, submission: Submission, settled_by: datetime) -> _Known:
    """What becomes of the one it was merged into becomes of this one, once that has been told."""
    into = session.get(Submission, submission.merged_into_id) if submission.merged_into_id is not None else None
    own, further = (events_of(session, one.id) if one is not None else [] for one in (submission, into))
    unsettled = unsettled_of(session, [*own, *further], settled_by=settled_by)
    told = told_to_sender(own, settled_by=settled_by, unsettled=unsettled)
    known = _Known(submission, told, own[len(told) :])
    if into is None or known.status is not Status.MERGED:
        return known
    more = told_to_sender(further, settled_by=settled_by, unsettled=unsettled)
    return _Known(into, [*told, *(one for one in more if one.at >= told[-1].at)], further[len(more) :])


def _sent(session: Session, followed: Followed, acts: Sequence[Act]) -> list[Sent]:
    """What the sender sent so far; the original's words are not shown to the holder of the code."""
    sent = []
    if followed.submission is None:
        sent.append(Sent(china_day(followed.received_at), count_pictures(session, followed.sending_hash), None))
    else:
        own = followed.submission
        for text in session.scalars(select(Text).where(Text.submission_id == own.id).order_by(Text.id)):
            pictures = count_pictures(session, text.sending_hash or own.nonce_hash)
            words = text.body if text.kind == TextKind.SUPPLEMENT else None
            sent.append(Sent(china_day(text.received_at), pictures, words))
    for act in acts:
        if act.kind is ActKind.SUPPLEMENT:
            sent.append(Sent(china_day(act.at), count_pictures(session, act.sending_hash or ""), act.words))
    return sent


def _days(events: Sequence[Event]) -> dict[PublicState, date]:
    """The day each state was last entered."""
    days: dict[PublicState, date] = {}
    before: PublicState | None = None
    for event in events:
        state = PUBLIC_STATES[Status(event.to_status)] if event.to_status else before
        if state is not None and state is not before:
            days[state] = china_day(event.at)
        before = state
    return days


def _milestones(days: dict[PublicState, date], state: PublicState) -> list[Milestone]:
    """The way through the states, up to the current one with days, beyond it without."""
    if state is PublicState.OUT_OF_SCOPE:
        way = [PublicState.UNDER_REVIEW, PublicState.OUT_OF_SCOPE]
    else:
        way = [PublicState.UNDER_REVIEW, PublicState.IN_PROGRESS, PublicState.ANSWERED]
    reached = way[: way.index(state) + 1]
    # A state that was skipped, as by an answer at once, was passed on the day of the next one.
    for step, following in reversed(list(pairwise(reached))):
        days.setdefault(step, days[following])
    return [Milestone(step, days[step] if step in reached else None, step is state) for step in way]
