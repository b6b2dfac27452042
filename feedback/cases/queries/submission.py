"""One submission, for those who may know of it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.base.domain.permission import Actor, Permission
from feedback.cases.models.submission import Submission
from feedback.cases.queries.arrival import as_submission, get_arrival
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

    What arrived within the hour has no row to lock and no id; to be read it is here all the same. Raises
    UnknownSubmissionError. The lock leaves the key alone: a worker may write rows that refer to it.
    """
    statement = select(Submission).where(visible_to(actor, permission), Submission.number == number.upper())
    if to_change:
        # As it is now, also where it was read before: somebody else may have decided in between.
        locked = statement.with_for_update(of=Submission, key_share=True)
        statement = locked.execution_options(populate_existing=True)
    submission = session.scalar(statement)
    if submission is None and not to_change:
        arrival = get_arrival(session, number, actor, permission)
        submission = as_submission(arrival) if arrival is not None else None
    if submission is None:
        raise UnknownSubmissionError(number)
    return submission


def is_permitted(session: Session, submission: Submission, actor: Actor, permission: Permission) -> bool:
    """Whether the actor holds the permission on this very submission."""
    found = select(Submission.id).where(visible_to(actor, permission), Submission.id == submission.id)
    return session.scalar(found) is not None
