"""Notes among colleagues about a submission, which its sender never sees, and who is called to it."""

from datetime import datetime

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from feedback.base.domain.permission import Actor
from feedback.base.domain.text import MAX_REASON_LENGTH
from feedback.cases.domain.event import Decided
from feedback.cases.domain.opinion import check_text
from feedback.cases.models.event import Event
from feedback.cases.models.submission import Submission
from feedback.cases.services.event import append
from feedback.desk.domain.note import mentioned
from feedback.desk.models.note import Mention
from feedback.desk.queries.note import readers_of


def add(session: Session, submission: Submission, *, body: str, by: Actor, now: datetime) -> None:
    """Note something; readers of the submission who are named behind an @ are called.

    It needs no version: a note changes nothing that somebody else might be changing.
    """
    check_text(body, most=MAX_REASON_LENGTH, field="body")
    append(session, submission, "noted", at=now, user_id=by.id, reason=body)
    session.flush()
    called = mentioned(body, readers_of(session, submission)) - {by.id}
    rows = [{"submission_id": submission.id, "position": submission.version, "user_id": one} for one in called]
    if rows:
        session.execute(insert(Mention), rows)


def call_proposer(session: Session, _submission: Submission, event: Event) -> None:
    """Let somebody know that a colleague has confirmed what they proposed, once that can no longer be taken back."""
    proposer_id = event.kept.proposed_by if isinstance(event.kept, Decided) else None
    if proposer_id is None or session.get(Mention, (event.submission_id, event.position, proposer_id)) is not None:
        return
    session.add(Mention(submission_id=event.submission_id, position=event.position, user_id=proposer_id))


def mark_read(session: Session, submission: Submission, *, by: Actor, now: datetime) -> None:
    """The one who was called has opened it."""
    own = (Mention.submission_id == submission.id) & (Mention.user_id == by.id) & Mention.read_at.is_(None)
    session.execute(update(Mention).where(own).values(read_at=now))
