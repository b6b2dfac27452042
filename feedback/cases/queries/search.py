"""The first submissions of a list that hold the words somebody searches for."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Subquery, func, select
from sqlalchemy.orm import Session

from feedback.cases.adapters.search_index import found, holds
from feedback.cases.models.search import SearchEntry
from feedback.cases.models.submission import Submission

# So many of a list are looked through at first, then twice as many, as long as one in so many is found: a page is full
# soon then, while the index would have to fetch all the many hits to put them in order. Of the list of those who wait
# it is the end, to which no index of words knows the way.
LOOKED_THROUGH = 1_000
ONE_IN = 300

Conditions = Sequence[ColumnElement[bool]]


def holding(session: Session, words: Sequence[str]) -> ColumnElement[bool]:
    """Whether a submission holds all words, by looking, for lists that are short or soon left."""
    entry = select(SearchEntry.id).where(SearchEntry.id == Submission.id)
    return entry.where(*holds(session.get_bind().dialect.name, words)).exists()


def first_found(
    session: Session,
    words: Sequence[str],
    listed: Conditions,
    narrowed: Conditions,
    *,
    most: int,
    looked_through: int = LOOKED_THROUGH,
) -> list[int]:
    """The ids of the first that hold all words, in order, at `most` so many.

    `listed` are conditions that an index on submissions knows, `narrowed` those for which each row has to be read.
    """
    ids: list[int] = []
    behind = 0
    while True:
        looked = _first(listed, behind, looked_through)
        fresh = _look(session, words, looked, narrowed, most=most - len(ids))
        ids += fresh
        if len(ids) == most:
            return ids
        size, last = session.execute(select(func.count(), func.max(looked.c.id))).one()
        if size < looked_through:
            return ids
        behind = last or behind
        looked_through *= 2
        if ONE_IN * len(fresh) <= size:
            return ids + _by_index(session, words, [*listed, *narrowed], behind=behind, most=most - len(ids))


def _first(listed: Conditions, behind: int, most: int) -> Subquery:
    rows = select(Submission.id).where(*listed)
    if behind:
        # Not from the beginning: a lower end would tempt SQLite to walk the whole list where a queue knows its few.
        rows = rows.where(Submission.id > behind)
    return rows.order_by(Submission.id).limit(most).subquery()


def _look(session: Session, words: Sequence[str], looked: Subquery, narrowed: Conditions, *, most: int) -> list[int]:
    statement = select(looked.c.id).join(SearchEntry, SearchEntry.id == looked.c.id)
    if narrowed:
        statement = statement.join(Submission, Submission.id == looked.c.id).where(*narrowed)
    statement = statement.where(*holds(session.get_bind().dialect.name, words))
    return list(session.scalars(statement.order_by(looked.c.id).limit(most)))


def _by_index(session: Session, words: Sequence[str], conditions: Conditions, *, behind: int, most: int) -> list[int]:
    """Read along the index of words, and of each hit whether it is in the list.

    Both are set apart from the rest: where PostgreSQL's planner may begin with the list, or take the few that are
    wanted for a reason to walk, a rare word takes minutes.
    """
    hits = found(session.get_bind().dialect.name, words)
    hits = hits.where(hits.selected_columns[0] > behind)
    (hit,) = hits.cte("hits").prefix_with("MATERIALIZED", dialect="postgresql").columns
    # In order before anything is asked of them: the first that are wanted end it.
    (place,) = select(hit).order_by(hit).subquery().columns
    own = select(Submission.id).where(Submission.id == place, *conditions).scalar_subquery()
    return list(session.scalars(select(place).where(own.is_not(None)).order_by(place).limit(most)))
