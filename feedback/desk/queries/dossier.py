"""Everything kept about one submission, for the page that shows it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import String, cast, exists, null, select, union_all
from sqlalchemy import literal as said
from sqlalchemy.orm import Session, aliased

from feedback.base.domain.permission import Actor, Permission
from feedback.campaigns.models.campaign import Campaign
from feedback.campaigns.models.channel import Channel
from feedback.cases.domain.action import Action
from feedback.cases.domain.arrival import EVENTS, ActKind
from feedback.cases.domain.claim import is_claimed
from feedback.cases.domain.event import Received
from feedback.cases.domain.submission import Status
from feedback.cases.domain.undo import may_undo
from feedback.cases.models.arrival import Arrival
from feedback.cases.models.contact import Contact
from feedback.cases.models.event import Event
from feedback.cases.models.proposal import Proposal
from feedback.cases.models.reply import Reply
from feedback.cases.models.submission import Answer, Submission, SubmissionTag, SubmissionUnit
from feedback.cases.models.text import Text
from feedback.cases.queries.arrival import (
    acts_on,
    as_submission,
    get_arrival,
    pictures_arriving,
    version_of,
)
from feedback.cases.queries.attachment import pictures_of
from feedback.cases.queries.duplicate import number_of
from feedback.cases.queries.record import is_kept, replies_to
from feedback.cases.queries.submission import UnknownSubmissionError
from feedback.cases.queries.visibility import among_visible, visible_to
from feedback.desk.models.note import Mention
from feedback.desk.queries.timeline import Step, events_with_names, in_order, step_of, steps_of
from feedback.people.models import User


@dataclass(frozen=True)
class OpenCase:
    """A submission as an actor finds it, with all that there is one of, and what the actor may do with it."""

    submission: Submission
    campaign: Campaign
    channel: str
    contact: Contact | None
    claimer: User | None
    proposal: Proposal | None
    proposer: User | None
    is_called: bool
    rights: frozenset[Permission]
    # Where it arrived within the hour and has no row yet.
    arrival: Arrival | None = None

    def claimed_by(self, now: datetime) -> User | None:
        """Who works on it at the moment."""
        return self.claimer if is_claimed(self.submission.claimed_until, now) else None


# What is asked of somebody who has opened a case, beside that they may read it.
_ASKED = (Permission.SUBMISSION_DECIDE, Permission.CONTACT_READ)


def open_case(session: Session, number: str, actor: Actor) -> OpenCase:
    """One submission that the actor may read, in one statement; UnknownSubmissionError where there is none."""
    claimer, proposer = aliased(User), aliased(User)
    unread = (Mention.submission_id == Submission.id) & (Mention.user_id == actor.id) & Mention.read_at.is_(None)
    row = session.execute(
        select(
            Submission, Campaign, Channel.name, Contact, claimer, Proposal, proposer, exists().where(unread),
            *(among_visible(actor, one) for one in _ASKED),
        )
        .join(Campaign, Campaign.id == Submission.campaign_id)
        .join(Channel, Channel.id == Submission.channel_id)
        .outerjoin(Contact, (Contact.submission_id == Submission.id) & is_kept())
        .outerjoin(claimer, claimer.id == Submission.claimed_by_id)
        .outerjoin(Proposal, Proposal.submission_id == Submission.id)
        .outerjoin(proposer, proposer.id == Proposal.user_id)
        .where(visible_to(actor), Submission.number == number.upper())
    ).first()  # fmt: skip
    if row is None:
        return _open_arrival(session, number, actor)
    submission, campaign, channel, contact, working, proposal, proposing, is_called, *held = row
    rights = frozenset(one for one, is_held in zip(_ASKED, held, strict=True) if is_held)
    return OpenCase(submission, campaign, channel, contact, working, proposal, proposing, bool(is_called), rights)


def _open_arrival(session: Session, number: str, actor: Actor) -> OpenCase:
    """What arrived within the hour, as it will be: to whom decides there is no difference."""
    arrival = get_arrival(session, number, actor)
    if arrival is None:
        raise UnknownSubmissionError(number)
    contact = None
    is_withdrawn = any(act.kind is ActKind.WITHDRAWAL for act in acts_on(session, arrival.number))
    if arrival.contact_uuid is not None and not is_withdrawn:
        contact = Contact(uuid=arrival.contact_uuid, name=arrival.contact_name, phone=arrival.contact_phone)
    channel, campaign = session.get_one(Channel, arrival.channel_id), session.get_one(Campaign, arrival.campaign_id)
    held = (one for one in _ASKED if get_arrival(session, number, actor, one) is not None)
    return OpenCase(
        as_submission(arrival), campaign, channel.name, contact, None, None, None, False, frozenset(held), arrival
    )


@dataclass(frozen=True)
class Supplement:
    """What the sender added later; the words are None where they were erased."""

    received_at: datetime
    words: str | None
    pictures: list[str]
    sending_hash: str | None


@dataclass(frozen=True)
class Dossier:
    """An open case with what hangs on it: its texts, answers, replies, units, tags and timeline."""

    case: OpenCase
    text: str | None
    pictures: list[str]
    supplements: list[Supplement]
    answers: dict[str, list[str]]
    replies: list[tuple[Reply, str]]
    unit_ids: list[int]
    tags: list[str]
    steps: list[Step]
    last: Event | None
    version: int

    def seconds_to_undo(self, actor: Actor, *, now: datetime, within: timedelta) -> int:
        """How long the actor may still undo what happened last; 0 where that is over, or was never possible."""
        if self.last is None or not may_undo(self.last, user_id=actor.id, now=now, within=within):
            return 0
        return ceil((self.last.at + within - now).total_seconds())


def load_dossier(session: Session, case: OpenCase, actor: Actor) -> Dossier:
    """Gather what hangs on a case that the actor has opened; of others, what the actor may know.

    Who decides sees what its sender did within the hour, which is in no table of the case yet.
    """
    found = _arrived(case, case.arrival) if case.arrival is not None else _placed(session, case, actor)
    if Permission.SUBMISSION_DECIDE not in case.rights:
        return found
    acts, pictures = acts_on(session, case.submission.number), pictures_arriving(session, case.submission)
    if not acts and not pictures:
        return found
    added = [Supplement(act.at, act.words, [], act.sending_hash) for act in acts if act.kind is ActKind.SUPPLEMENT]
    return replace(
        found,
        pictures=found.pictures + pictures.get(case.submission.nonce_hash, []),
        supplements=[
            replace(one, pictures=one.pictures + pictures.get(one.sending_hash or "", []))
            for one in [*found.supplements, *added]
        ],
        steps=in_order(found.steps + [step_of(act) for act in acts if act.kind in EVENTS]),
        last=None if acts else found.last,
        version=version_of(case.submission, acts),
    )


def _arrived(case: OpenCase, arrival: Arrival) -> Dossier:
    answers: dict[str, list[str]] = {}
    for question, _, value in arrival.answers:
        answers.setdefault(question, []).append(value)
    first = Step("received", arrival.received_at, None, None, Received(arrival.unit_id), Status.RECEIVED)
    units = [arrival.unit_id] if arrival.unit_id is not None else []
    return Dossier(case, arrival.body, [], [], answers, [], units, [], [first], None, 1)


def _placed(session: Session, case: OpenCase, actor: Actor) -> Dossier:
    own = case.submission.id
    texts = list(session.scalars(select(Text).where(Text.submission_id == own).order_by(Text.kind, Text.id)))
    pictures = pictures_of(session, own)
    events = events_with_names(session, own)
    answers, unit_ids, tags = _lists(session, own)
    return Dossier(
        case=case,
        text=texts[0].body,
        pictures=pictures.get(texts[0].id, []),
        supplements=[
            Supplement(one.received_at, one.body, pictures.get(one.id, []), one.sending_hash) for one in texts[1:]
        ],
        answers=answers,
        replies=replies_to(session, own),
        unit_ids=unit_ids,
        tags=tags,
        steps=steps_of(session, own, events, actor),
        last=events[-1][0],
        version=case.submission.version,
    )


def tags_of(session: Session, submission_id: int) -> list[str]:
    """The keys of what staff have tagged a submission with."""
    return sorted(session.scalars(select(SubmissionTag.tag).where(SubmissionTag.submission_id == submission_id)))


@dataclass(frozen=True)
class PendingProposal:
    """A decision that waits for a second person."""

    action: Action
    by: User
    words: str | None
    rejection_kind: str | None
    into: str | None


def waiting_for(session: Session, case: OpenCase, actor: Actor) -> PendingProposal | None:
    """What somebody has proposed to decide, if anything."""
    found = case.proposal
    if found is None or case.proposer is None:
        return None
    into = number_of(session, found.into_id, actor)
    return PendingProposal(Action(found.action), case.proposer, found.body or found.reason, found.rejection_kind, into)


def was_proposed(session: Session, submission: Submission, *, since: int) -> bool:
    """Whether what was done behind a version waits for a second person."""
    steps = select(Event.kind).where(Event.submission_id == submission.id, Event.position > since)
    return "proposed" in set(session.scalars(steps))


def _lists(session: Session, submission_id: int) -> tuple[dict[str, list[str]], list[int], list[str]]:
    """The answers by question, the units concerned and the tags: three short lists in one statement."""
    answers: dict[str, list[str]] = {}
    unit_ids: list[int] = []
    tags: list[str] = []
    parts = union_all(
        select(said("answer").label("kind"), Answer.question.label("name"), Answer.value, Answer.position)
        .where(Answer.submission_id == submission_id, Answer.value.is_not(None)),
        select(said("unit"), cast(SubmissionUnit.unit_id, String), null(), said(0))
        .where(SubmissionUnit.submission_id == submission_id),
        select(said("tag"), SubmissionTag.tag, null(), said(0)).where(SubmissionTag.submission_id == submission_id),
    ).subquery()  # fmt: skip
    for kind, name, value, _ in session.execute(select(parts).order_by(parts.c.name, parts.c.position)):
        match kind:
            case "answer":
                answers.setdefault(name, []).append(value)
            case "unit":
                unit_ids.append(int(name))
            case _:
                tags.append(name)
    return answers, sorted(unit_ids), sorted(tags)
