"""What is on record of one submission: its events, its replies, and the contact details as far as they are kept."""

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from feedback.base.adapters.cipher import decrypt
from feedback.base.adapters.keys import Keys
from feedback.cases.domain.arrival import ActKind
from feedback.cases.domain.submission import TextKind
from feedback.cases.models.arrival import ArrivingAct
from feedback.cases.models.contact import Contact
from feedback.cases.models.event import Event
from feedback.cases.models.reply import Reply, UndoneReply
from feedback.cases.models.submission import Submission
from feedback.cases.models.text import Text
from feedback.people.models import User


def kept_contact(session: Session, submission_id: int) -> Contact | None:
    """The contact details, unless none were given or the sender withdrew them."""
    return session.scalar(select(Contact).where(Contact.submission_id == submission_id, is_kept()))


def is_kept() -> ColumnElement[bool]:
    """Whether contact details were not withdrawn, be it a moment ago: from then on nobody sees them."""
    withdrawn = exists().where(
        ArrivingAct.number == Submission.number,
        ArrivingAct.kind == ActKind.WITHDRAWAL,
        Submission.id == Contact.submission_id,
    )
    return Contact.withdrawn_on.is_(None) & ~withdrawn.correlate(Contact)


def opened_contact(contact: Contact, keys: Keys) -> dict[str, str]:
    """Name and phone in clear, as far as they were given."""
    sealed = {"name": contact.name, "phone": contact.phone}
    return {
        column: decrypt(value, place=f"contact.{column}:{contact.uuid}", keys=keys)
        for column, value in sealed.items()
        if value is not None
    }


def original_of(session: Session, submission_id: int) -> str | None:
    """What the sender wrote at first, or None where it was erased."""
    return session.scalar(select(Text.body).where(Text.submission_id == submission_id, Text.kind == TextKind.ORIGINAL))


def replies_to(session: Session, submission_id: int) -> list[tuple[Reply, str]]:
    """The replies that were not undone, with their authors' names, the newest first."""
    rows = session.execute(
        select(Reply, User.display_name)
        .join(User, User.id == Reply.user_id)
        .where(Reply.submission_id == submission_id, is_not_undone())
        .order_by(Reply.id.desc())
    )
    return [(reply, name) for reply, name in rows]


def is_not_undone() -> ColumnElement[bool]:
    """Whether a reply was not undone."""
    return ~exists().where(UndoneReply.id == Reply.id)


def events_of(session: Session, submission_id: int) -> list[Event]:
    """The events of a submission in their order."""
    return list(session.scalars(select(Event).where(Event.submission_id == submission_id).order_by(Event.position)))
