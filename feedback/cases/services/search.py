"""Bringing the searched words of submissions up to date."""

from collections import defaultdict

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from feedback.cases.adapters import search_index
from feedback.cases.domain.search import searched
from feedback.cases.models.reply import Reply, UndoneReply
from feedback.cases.models.search import SearchPending
from feedback.cases.models.submission import Answer, Submission
from feedback.cases.models.text import Text
from feedback.cases.services import duplicate

# Few at a time: meanwhile nobody else writes on SQLite.
BATCH = 20


def is_pending(session: Session) -> bool:
    """Whether anything is new or has changed."""
    return session.scalar(select(SearchPending.id).limit(1)) is not None


def index_pending(session: Session) -> int:
    """Bring some submissions that are new or have changed up to date; returns how many there were."""
    due = select(SearchPending.id).order_by(SearchPending.id).limit(BATCH).with_for_update(skip_locked=True)
    ids = list(session.scalars(due))
    index(session, ids)
    later = duplicate.compare(session, ids)
    session.execute(delete(SearchPending).where(SearchPending.id.in_(set(ids) - later)))
    for submission_id in later:
        search_index.mark(session.connection(), submission_id)
    return len(ids)


def index(session: Session, ids: list[int]) -> None:
    """Write down what is searched of submissions: number, texts, answers, summary and replies, as they are now."""
    parts = _parts(session, ids)
    for submission_id in ids:
        search_index.write(session.connection(), submission_id, searched(parts[submission_id]))


def _parts(session: Session, ids: list[int]) -> dict[int, list[str]]:
    parts: dict[int, list[str]] = defaultdict(list)
    identity = select(Submission.id, Submission.number, Submission.summary).where(Submission.id.in_(ids))
    for submission_id, number, summary in session.execute(identity):
        parts[submission_id] += [number, summary or ""]
    for table, column in ((Text, Text.body), (Answer, Answer.value), (Reply, Reply.body)):
        rows = select(table.submission_id, column).where(table.submission_id.in_(ids), column.is_not(None))
        if table is Reply:
            rows = rows.where(Reply.id.not_in(select(UndoneReply.id)))
        for submission_id, words in session.execute(rows.order_by(table.id)):
            parts[submission_id].append(words or "")
    return parts
