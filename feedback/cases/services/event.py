"""Appending a step to what happened to a submission: the one place where its version grows."""

from datetime import datetime

from sqlalchemy.orm import Session

from feedback.cases.adapters import search_index
from feedback.cases.domain.event import DETAILS, Detail, InBulk
from feedback.cases.domain.settlement import SETTLING
from feedback.cases.models.event import Event
from feedback.cases.models.settlement import Settlement
from feedback.cases.models.submission import Submission


def append(
    session: Session,
    submission: Submission,
    kind: str,
    *,
    at: datetime,
    user_id: int | None = None,
    before: str | None = None,
    reason: str | None = None,
    kept: Detail | None = None,
) -> None:
    """Record a step in the caller's transaction; without a user its sender took it, and `at` is a full hour.

    `kept` is of the class that `DETAILS` names for the kind.
    """
    if kept is not None and type(kept) is not DETAILS.get(kind):
        raise TypeError(f"{kind} keeps no {type(kept).__name__}")
    submission.version += 1
    search_index.mark(session.connection(), submission.id)
    session.add(
        Event(
            submission_id=submission.id,
            position=submission.version,
            kind=kind,
            at=at,
            user_id=user_id,
            from_status=before or submission.status,
            to_status=submission.status,
            reason=reason,
            detail=kept.to_json() if kept else None,
        )
    )
    if user_id is not None and kind in SETTLING:
        bulk_id = kept.bulk if isinstance(kept, InBulk) else None
        session.add(
            Settlement(submission_id=submission.id, position=submission.version, bulk_id=bulk_id, at=at, attempts=0)
        )
