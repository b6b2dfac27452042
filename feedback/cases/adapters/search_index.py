"""The index of grams on the two databases: the same entries are found on both.

SQLite has them in a full-text table without content of its own, from which only what was put in can be taken out:
`search_entry.words` remembers it. PostgreSQL has them in an index over `words`.
"""

from collections.abc import Sequence

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Select,
    Text,
    cast,
    column,
    delete,
    func,
    insert,
    select,
    table,
    text,
)
from sqlalchemy.orm import Session

from feedback.base.adapters.database import insert_for
from feedback.cases.domain.search import grams, query_grams
from feedback.cases.models.search import SearchEntry, SearchPending

_GRAM_TABLE = table("search_gram", column("rowid"), column("search_gram"))
_PUT_IN = text("INSERT INTO search_gram (rowid, grams) VALUES (:id, :grams)")
_MERGE = text("INSERT INTO search_gram (search_gram) VALUES ('optimize')")
_TAKE_OUT = text("INSERT INTO search_gram (search_gram, rowid, grams) VALUES ('delete', :id, :grams)")


def mark(connection: Connection, submission_id: int) -> None:
    """Let a worker bring the entry of a submission up to date once the caller's transaction is over."""
    statement = insert_for(connection.dialect.name)(SearchPending).values(id=submission_id)
    # The row is locked where it is there already: a worker must not be done with it before what changed is committed.
    connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_={"id": statement.excluded.id}))


def write(connection: Connection, submission_id: int, words: str) -> None:
    """Make the entry of a submission say these searched words; without any there is no entry."""
    place = SearchEntry.id == submission_id
    before = connection.scalar(select(SearchEntry.words).where(place))
    if words == (before or ""):
        return
    is_sqlite = connection.dialect.name == "sqlite"
    if before is not None:
        connection.execute(delete(SearchEntry).where(place))
        if is_sqlite:
            connection.execute(_TAKE_OUT, {"id": submission_id, "grams": " ".join(grams(before))})
    if words:
        connection.execute(insert(SearchEntry).values(id=submission_id, words=words))
        if is_sqlite:
            connection.execute(_PUT_IN, {"id": submission_id, "grams": " ".join(grams(words))})


def found(dialect: str, words: Sequence[str]) -> Select[int]:
    """The ids of the submissions that hold all words; the one column is the place to order and to go on by."""
    wanted = query_grams(list(words))
    # What has the pairs of a longer word need not have the word.
    longer = holds(dialect, [word for word in words if len(word) > 2])
    if dialect == "sqlite":
        place = _GRAM_TABLE.c.rowid
        statement = select(place).where(_GRAM_TABLE.c.search_gram.op("MATCH")(" ".join(wanted)))
        if longer:
            statement = statement.join(SearchEntry, SearchEntry.id == place)
        return statement.where(*longer)
    has_grams = func.feedback_grams(SearchEntry.words).op("@>")(cast(wanted, ARRAY(Text)))
    return select(SearchEntry.id).where(has_grams, *longer)


def holds(dialect: str, words: Sequence[str]) -> list[ColumnElement[bool]]:
    """The conditions of `found` without the index, for entries that are few: each is looked through."""
    place_in = func.instr if dialect == "sqlite" else func.strpos
    return [place_in(SearchEntry.words, word) > 0 for word in words]


def merge(session: Session) -> None:
    """Write SQLite's index anew in the caller's transaction, so that nothing of what was taken out stays in it."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(_MERGE)
