"""What awaits somebody today, beside the counts of the queues."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback.base.domain.permission import Actor
from feedback.cases.models.reply import Reply, UndoneReply
from feedback.cases.models.submission import Submission
from feedback.cases.queries.visibility import visible_to
from feedback.desk.domain.queue import MOST_COUNTED


def answered_since(session: Session, campaign_id: int, actor: Actor, since: datetime) -> int:
    """How many answers the actor gave in a campaign since a moment and did not take back, bounded as all counts are."""
    own = (
        select(Reply.id)
        .join(Submission, Submission.id == Reply.submission_id)
        .where(
            Reply.user_id == actor.id,
            Reply.replied_at >= since,
            Reply.id.not_in(select(UndoneReply.id)),
            Submission.campaign_id == campaign_id,
            visible_to(actor),
        )
        .limit(MOST_COUNTED + 1)
        .subquery()
    )
    return session.scalar(select(func.count()).select_from(own)) or 0
