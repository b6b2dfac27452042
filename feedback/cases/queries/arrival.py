"""What waits for the end of its hour, for those who may see it at once: moderators, and senders with their code."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from feedback.base.domain.permission import Actor, Permission
from feedback.campaigns.models.campaign import Campaign
from feedback.campaigns.queries.reach import run_by
from feedback.cases.domain.arrival import EVENTS, Act, ActKind
from feedback.cases.domain.submission import Lane, Priority, Status
from feedback.cases.models.arrival import MOVED, Arrival, ArrivingAct, ArrivingPicture
from feedback.cases.models.submission import Submission
from feedback.cases.models.text import Text


def arriving_for(actor: Actor, permission: Permission = Permission.SUBMISSION_DECIDE) -> ColumnElement[bool]:
    """The arrivals on which a member of staff holds a permission: who decides about them, and so may see hours."""
    decided, asked = (
        select(Campaign.id).where(run_by(actor.paths_with(one))) for one in (Permission.SUBMISSION_DECIDE, permission)
    )
    return Arrival.campaign_id.in_(decided) & Arrival.campaign_id.in_(asked)


def get_arrival(
    session: Session, number: str, actor: Actor, permission: Permission = Permission.SUBMISSION_READ
) -> Arrival | None:
    """One arrival on which the actor holds the permission."""
    return session.scalar(select(Arrival).where(arriving_for(actor, permission), Arrival.number == number.upper()))


def arrived_since(session: Session, hour: datetime) -> int:
    """How many opinions have arrived since an hour began: who asks twice sees whether they come in just now."""
    return session.scalar(select(func.count()).select_from(Arrival).where(Arrival.received_at >= hour)) or 0


def as_submission(arrival: Arrival) -> Submission:
    """What an arrival will be once it is in its place: an object that belongs to no session.

    It has the id of none: with none at all, who asks for what hangs on it would get what hangs on nothing.
    """
    moved = {name: getattr(arrival, name) for name in MOVED}
    return Submission(
        id=0, **moved, lane=Lane.OPINION, status=Status.RECEIVED, version=1, priority=Priority.NORMAL,
        has_lookalike=False, is_reconsidered=False,
    )  # fmt: skip


def version_of(submission: Submission, acts: Sequence[Act]) -> int:
    """The version a submission will have with what waits: each act that becomes an event counts as one."""
    return submission.version + sum(act.kind in EVENTS for act in acts)


def acts_on(session: Session, number: str) -> list[Act]:
    """What the sender of an opinion has done within the hour, in order."""
    rows = session.scalars(select(ArrivingAct).where(ArrivingAct.number == number).order_by(ArrivingAct.position))
    return [act_of(row) for row in rows]


def act_of(waiting: ArrivingAct) -> Act:
    """A row as a value."""
    return Act(ActKind(waiting.kind), waiting.at, waiting.words, waiting.value, waiting.sending_hash)


def supplements_to(session: Session, numbers: Sequence[str]) -> list[tuple[str, str | None]]:
    """What senders have added to some opinions within the hour: each with its number, in order."""
    if not numbers:
        return []
    own = select(ArrivingAct.number, ArrivingAct.words).where(
        ArrivingAct.number.in_(numbers), ArrivingAct.kind == ActKind.SUPPLEMENT
    )
    rows = session.execute(own.order_by(ArrivingAct.number, ArrivingAct.position))
    return [(number, words) for number, words in rows]


def numbers_with_acts(session: Session, ids: Sequence[int]) -> list[str]:
    """Those of some submissions whose senders have done something within the hour."""
    own = select(Submission.number).join(ArrivingAct, ArrivingAct.number == Submission.number)
    return list(session.scalars(own.where(Submission.id.in_(ids)).distinct()))


def waiting_trials(session: Session, campaign_id: int) -> list[str]:
    """The numbers of a campaign's trial entries of which something waits."""
    came = select(Arrival.number).where(Arrival.campaign_id == campaign_id, Arrival.is_trial)
    own = select(Submission.number).join(ArrivingAct, ArrivingAct.number == Submission.number)
    done = own.where(Submission.campaign_id == campaign_id, Submission.is_trial)
    return list(session.scalars(came.union(done)))


def pictures_arriving(session: Session, submission: Submission) -> dict[str, list[str]]:
    """The names of the pictures that came for an opinion within the hour, by their sending, as the sender sent them."""
    rows = session.execute(
        select(ArrivingPicture.sending_hash, ArrivingPicture.name)
        .where(_came_for(submission))
        .order_by(ArrivingPicture.position, ArrivingPicture.page)
    )
    names: dict[str, list[str]] = {}
    for sending_hash, name in rows:
        names.setdefault(sending_hash, []).append(name)
    return names


def picture_arriving(session: Session, submission: Submission, name: str) -> bytes | None:
    """One of them."""
    return session.scalar(select(ArrivingPicture.content).where(ArrivingPicture.name == name, _came_for(submission)))


def _came_for(submission: Submission) -> ColumnElement[bool]:
    """Whether a picture came with the first words of an opinion or with a supplement, in their places or not."""
    placed = select(Text.sending_hash).where(Text.submission_id == submission.id)
    waiting = select(ArrivingAct.sending_hash).where(ArrivingAct.number == submission.number)
    sending = ArrivingPicture.sending_hash
    return (sending == submission.nonce_hash) | sending.in_(placed) | sending.in_(waiting)
