"""One submission, for those who may know of it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.base.domain.permission import Actor, Permission
from feedback.cases.models.submission import Submission
from feedback.cases.queries.visibility import visible_to


class UnknownSubmissionError(LookupError):
    """There is no such submission, or the reader may not know of it: the two cannot be told apart."""


def get_submission(
    session: Session,
    number: str,
    actor: Actor,
    *,
    permission: Permission = Permission.SUBMISSION_READ,
    to_change: bool = False,
) -> Submission:
    """One submission on which the actor holds the permission, locked if it is `to_change`.

    Raises UnknownSubmissionError. The lock leaves the key alone: a worker may write rows that refer to it.
    """
    statement = select(Submission).where(visible_to(actor, permission), Submission.number == number.upper())
    if to_change:
        statement = statement.with_for_update(of=Submission, key_share=True)
    submission = session.scalar(statement)
    if submission is None:
        raise UnknownSubmissionError(number)
    return submission


def lock_to_decide(session: Session, numbers: set[str], actor: Actor) -> dict[str, Submission]:
    """Submissions to decide on together, by number; always in one order, so that nobody waits in a circle.

    Raises UnknownSubmissionError.
    """
    decided = Permission.SUBMISSION_DECIDE
    wanted = sorted({number.upper() for number in numbers})
    return {one: get_submission(session, one, actor, permission=decided, to_change=True) for one in wanted}


def is_permitted(session: Session, submission: Submission, actor: Actor, permission: Permission) -> bool:
    """Whether the actor holds the permission on this very submission."""
    found = select(Submission.id).where(visible_to(actor, permission), Submission.id == submission.id)
    return session.scalar(found) is not None
