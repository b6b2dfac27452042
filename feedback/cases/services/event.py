"""Appending a step to what happened to a submission: the one place where its version grows."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from feedback.cases.adapters import search_index
from feedback.cases.models.event import Event
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
    detail: dict[str, Any] | None = None,
) -> None:
    """Record a step in the caller's transaction; without a user its sender took it, and `at` is a full hour."""
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
            detail=detail,
        )
    )
