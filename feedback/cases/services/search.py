"""Bringing the searched words of submissions up to date."""

from collections import defaultdict
from dataclasses import dataclass
from random import randrange

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from feedback.cases.adapters import search_index
from feedback.cases.domain.search import searched
from feedback.cases.models.reply import Reply, UndoneReply
from feedback.cases.models.search import SearchPending
from feedback.cases.models.submission import Answer, Submission
from feedback.cases.models.text import Text
from feedback.cases.services.comparison import Comparison, compare, write

# Few at a time, and no more than so many characters: what is read is worked out before anything is locked, and what
# is written in one go keeps nobody waiting.
BATCH = 20
MOST_CHARACTERS = 12_000


@dataclass(frozen=True)
class Prepared:
    """What is to be written of some submissions, each as it was at a version."""

    versions: dict[int, int]
    entries: list[search_index.Entry]
    comparison: Comparison


def prepare(session: Session) -> Prepared | None:
    """Read some that are new or have changed and work out what is to be written; None where there are none."""
    versions = _due(session)
    if not versions:
        return None
    comparison = compare(session, list(versions))
    versions = {one: version for one, version in versions.items() if one not in comparison.left}
    return Prepared(versions, _entries(session, list(versions)), comparison)


def store(session: Session, prepared: Prepared) -> int:
    """Write what was worked out of those that nobody has changed since; returns how many there were.

    The others wait for the next time, and so does what another worker has just written something like.
    """
    due = select(SearchPending.id).where(SearchPending.id.in_(prepared.versions))
    free = set(session.scalars(due.with_for_update(skip_locked=True)))
    now = select(Submission.id, Submission.version).where(Submission.id.in_(free))
    same = {one for one, version in session.execute(now) if prepared.versions[one] == version}
    search_index.write(session.connection(), [one for one in prepared.entries if one.id in same])
    done = same - write(session, prepared.comparison, same)
    session.execute(delete(SearchPending).where(SearchPending.id.in_(done)))
    return len(done)


def index(session: Session, ids: list[int]) -> None:
    """Write down what is searched of submissions, as they are now."""
    search_index.write(session.connection(), _entries(session, ids))


def _due(session: Session) -> dict[int, int]:
    """Some that are due, with their versions: in another part of the queue than other workers, if it is long."""
    waiting = session.scalars(select(SearchPending.id).order_by(SearchPending.id).limit(10 * BATCH)).all()
    start = randrange(len(waiting) - BATCH) if len(waiting) > 5 * BATCH else 0  # noqa: S311 # nosec B311
    length = func.coalesce(func.sum(func.length(Text.body)), 0)
    rows = session.execute(
        select(Submission.id, Submission.version, length)
        .join(Text, Text.submission_id == Submission.id)
        .where(Submission.id.in_(waiting[start : start + BATCH]))
        .group_by(Submission.id, Submission.version)
        .order_by(Submission.id)
    )
    chosen: dict[int, int] = {}
    room = MOST_CHARACTERS
    for submission_id, version, characters in rows:
        if chosen and characters > room:
            break
        chosen[submission_id], room = version, room - characters
    return chosen


def _entries(session: Session, ids: list[int]) -> list[search_index.Entry]:
    """What is searched of submissions: number, texts, answers, summary and replies."""
    parts = _parts(session, ids)
    before = search_index.words_of(session.connection(), ids)
    return [search_index.entry(one, before.get(one), searched(parts[one])) for one in ids]


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
