"""Carrying out what the sender of an opinion did, once it is put into its place."""

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.base.domain.moment import china_day
from feedback.cases.domain.action import Action
from feedback.cases.domain.arrival import EVENTS, Act, ActKind
from feedback.cases.domain.event import Decided, Rated
from feedback.cases.domain.submission import Status, TextKind, next_status
from feedback.cases.models.contact import Contact
from feedback.cases.models.submission import Submission
from feedback.cases.models.text import Text
from feedback.cases.services.deadline import set_due
from feedback.cases.services.event import append
from feedback.cases.services.proposal import clear_proposal


def carry_out(session: Session, submission: Submission, act: Act) -> None:
    """Do it in the caller's transaction, at its own hour."""
    _HOW[act.kind](session, submission, act)


def _supplement(session: Session, submission: Submission, act: Act) -> None:
    session.add(
        Text(
            submission_id=submission.id, kind=TextKind.SUPPLEMENT, body=act.words, received_at=act.at,
            sending_hash=act.sending_hash,
        )
    )  # fmt: skip
    append(session, submission, EVENTS[act.kind], at=act.at)


def _rate(session: Session, submission: Submission, act: Act) -> None:
    submission.satisfaction = act.value
    append(session, submission, EVENTS[act.kind], at=act.at, reason=act.words, kept=Rated(act.value or 0))


def _reconsider(session: Session, submission: Submission, act: Act) -> None:
    """It goes back to those that wait, without its rating; what staff had proposed about it is settled by that."""
    before = Status(submission.status)
    submission.status = next_status(before, Action.RECONSIDER)
    clear_proposal(session, submission)
    submission.is_reconsidered, submission.satisfaction = True, None
    kept = Decided(due=set_due(session, submission, today=china_day(act.at)))
    append(session, submission, EVENTS[act.kind], at=act.at, before=before, reason=act.words, kept=kept)


def _withdraw_contact(session: Session, submission: Submission, act: Act) -> None:
    contact = session.scalars(select(Contact).where(Contact.submission_id == submission.id)).one()
    contact.name, contact.phone, contact.withdrawn_on = None, None, china_day(act.at)
    append(session, submission, EVENTS[act.kind], at=act.at)


def _note_seen(_session: Session, submission: Submission, act: Act) -> None:
    """Up to which answer the sender has read; when that was, nobody keeps."""
    submission.seen_reply_id = max(submission.seen_reply_id or 0, act.value or 0)


_HOW: dict[ActKind, Callable[[Session, Submission, Act], None]] = {
    ActKind.SUPPLEMENT: _supplement,
    ActKind.RATING: _rate,
    ActKind.RECONSIDERATION: _reconsider,
    ActKind.WITHDRAWAL: _withdraw_contact,
    ActKind.SIGHT: _note_seen,
}
