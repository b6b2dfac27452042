"""Keeping the day by which a submission is due in step with its state."""

from datetime import date

from sqlalchemy.orm import Session

from feedback.campaigns.models.campaign import Campaign
from feedback.cases.domain.deadline import due_on
from feedback.cases.domain.event import Changed
from feedback.cases.domain.submission import Status
from feedback.cases.models.submission import Submission


def set_due(
    session: Session, submission: Submission, *, today: date, day: date | None = None
) -> Changed[date | None] | None:
    """Count anew for the state a submission has come to, or take the day that was given.

    Returns what its event keeps of that: the day before and the day after, where they differ.
    """
    before = submission.due_on
    deadlines = session.get_one(Campaign, submission.campaign_id).deadlines
    submission.due_on = day or due_on(Status(submission.status), deadlines, today)
    return None if submission.due_on == before else Changed(before, submission.due_on)
