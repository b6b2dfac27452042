"""The daily digest: whose turn it is, and the letter to one person."""

from datetime import date

from sqlalchemy import update
from sqlalchemy.orm import Session

from feedback.base.adapters.mail import Letter
from feedback.digests.domain import SUBJECT, body, in_words
from feedback.digests.queries import is_due, waiting_for
from feedback.people.models import User
from feedback.people.services.account import actor_of


def take_turns(session: Session, *, today: date) -> list[int]:
    """The ids of those whose turn it is, who have had it from now on: whatever happens next, nobody gets two letters.

    Also for those for whom nothing waits: a letter in the afternoon would tell when an opinion came (promise P1).
    """
    turns = update(User).where(is_due(today)).values(digested_on=today).returning(User.id)
    return sorted(session.scalars(turns.execution_options(synchronize_session=False)))


def letter_to(session: Session, user_id: int, *, desk: str, today: date) -> Letter | None:
    """What one person is told, or None where nothing waits for them; `desk` is the address it leads to."""
    user = session.get_one(User, user_id)
    waiting = waiting_for(session, actor_of(session, user), today)
    if user.email is None or not in_words(waiting):
        return None
    return Letter(to=user.email, subject=SUBJECT, body=body(waiting, desk))
