"""What the holder of a query code may do."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.adapters.keys import Keys
from feedback.domain.moment import china_day, hour_of
from feedback.domain.receipt import keyed_hash, normal_code
from feedback.models.contact import Contact
from feedback.models.event import Event
from feedback.models.submission import Submission


def find_by_code(session: Session, typed: str, keys: Keys, *, to_change: bool = False) -> Submission | None:
    """The submission a code belongs to, however it was typed, under whichever key. `to_change` locks it."""
    code = normal_code(typed)
    if code is None:
        return None
    hashes = [keyed_hash(code, secret) for secret in keys.secrets("code")]
    statement = select(Submission).where(Submission.code_hash.in_(hashes))
    return session.scalar(statement.with_for_update(of=Submission) if to_change else statement)


def withdraw_contact(session: Session, submission: Submission, *, now: datetime) -> None:
    """Empty the contact details for good; doing it twice changes nothing more."""
    contact = session.scalar(select(Contact).where(Contact.submission_id == submission.id))
    if contact is None or contact.withdrawn_on is not None:
        return
    contact.name, contact.phone, contact.withdrawn_on = None, None, china_day(now)
    submission.version += 1
    session.add(
        Event(
            submission_id=submission.id,
            position=submission.version,
            kind="contact_withdrawn",
            at=hour_of(now),
            from_status=submission.status,
            to_status=submission.status,
        )
    )
