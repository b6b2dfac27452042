"""Who is like whom, for those who may see both."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback.base.domain.permission import Actor
from feedback.cases.domain.disclosure import is_sealed
from feedback.cases.domain.duplicate import Verdict
from feedback.cases.domain.submission import Status
from feedback.cases.models.duplicate import Likeness
from feedback.cases.models.proposal import Proposal
from feedback.cases.models.submission import Submission
from feedback.cases.models.text import Text
from feedback.cases.queries.arrival import supplements_to
from feedback.cases.queries.visibility import visible_to


@dataclass(frozen=True)
class Like:
    """An opinion that nearly says the same as another."""

    number: str
    status: Status
    percent: int | None


@dataclass(frozen=True)
class Part:
    """An opinion that was merged into another: its words and what its sender added, None where they were erased."""

    number: str
    texts: list[str | None]


def likes_of(session: Session, submission: Submission, actor: Actor) -> list[Like]:
    """The suspected ones, the nearest first; of one that is sealed not how near, which would tell what it says."""
    rows = session.execute(
        select(Submission.number, Submission.status, Likeness.percent)
        .join(Likeness, Likeness.other_id == Submission.id)
        .where(
            Likeness.submission_id == submission.id, Likeness.verdict == Verdict.SUSPECTED, visible_to(actor),
        )
        .order_by(Likeness.percent.desc(), Submission.id)
    )  # fmt: skip
    return [Like(number, Status(status), None if is_sealed(status) else percent) for number, status, percent in rows]


def parts_of(session: Session, submission: Submission, actor: Actor, *, decides: bool) -> list[Part]:
    """What was merged into a submission; to who `decides` about it, with what their senders added within the hour."""
    rows = session.execute(
        select(Submission.number, Text.body)
        .join(Text, Text.submission_id == Submission.id)
        .where(Submission.merged_into_id == submission.id, visible_to(actor))
        .order_by(Submission.id, Text.kind, Text.id)
    )
    texts: dict[str, list[str | None]] = {}
    for number, body in rows:
        texts.setdefault(number, []).append(body)
    if decides:
        for number, words in supplements_to(session, list(texts)):
            texts[number].append(words)
    return [Part(number, own) for number, own in texts.items()]


def other_of(session: Session, number: str, actor: Actor) -> str | None:
    """The number of what a submission is merged into, or is proposed to be."""
    bound = (
        select(func.coalesce(Submission.merged_into_id, Proposal.into_id))
        .outerjoin(Proposal, Proposal.submission_id == Submission.id)
        .where(visible_to(actor), Submission.number == number.upper())
    )
    return session.scalar(select(Submission.number).where(visible_to(actor), Submission.id == bound.scalar_subquery()))


def number_of(session: Session, submission_id: int | None, actor: Actor) -> str | None:
    """The number of what a submission was merged into, where the actor may know of that.

    Of what is sealed nobody is told it: they say the same, and the one that was merged is not sealed.
    """
    if submission_id is None:
        return None
    known = (visible_to(actor), Submission.status != Status.QUARANTINED)
    return session.scalar(select(Submission.number).where(Submission.id == submission_id, *known))
