"""The index of grams on the two databases: the same entries are found on both.

SQLite has them in a full-text table without content of its own, from which only what was put in can be taken out:
`search_entry.words` remembers it. PostgreSQL has them in an index over `words`.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

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
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.database import insert_for, writing
from feedback.cases.domain.search import grams, query_grams
from feedback.cases.models.search import SearchEntry, SearchPending

_GRAM_TABLE = table("search_gram", column("rowid"), column("search_gram"))
_PUT_IN = text("INSERT INTO search_gram (rowid, grams) VALUES (:id, :grams)")
_MERGE = text("INSERT INTO search_gram (search_gram, rank) VALUES ('merge', :pages)")
# So many pages are merged while others wait to write.
_PAGES = 100
_TAKE_OUT = text("INSERT INTO search_gram (search_gram, rowid, grams) VALUES ('delete', :id, :grams)")


def mark(connection: Connection, submission_id: int) -> None:
    """Let a worker bring the entry of a submission up to date once the caller's transaction is over."""
    statement = insert_for(connection.dialect.name)(SearchPending).values(id=submission_id)
    # The row is locked where it is there already: a worker must not be done with it before what changed is committed.
    connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_={"id": statement.excluded.id}))


@dataclass(frozen=True)
class Entry:
    """The searched words of a submission as they are to be, and as they were found; None where there was no entry."""

    id: int
    before: str | None
    words: str
    grams_before: str
    grams: str


def words_of(connection: Connection, ids: Sequence[int]) -> dict[int, str]:
    """The entries there are, by submission."""
    rows = connection.execute(select(SearchEntry.id, SearchEntry.words).where(SearchEntry.id.in_(ids)))
    return {submission_id: words for submission_id, words in rows}  # noqa: C416 - rows are no pairs to mypy


def entry(submission_id: int, before: str | None, words: str) -> Entry:
    """What makes the entry of a submission say these words, worked out."""
    taken_out = " ".join(grams(before)) if before else ""
    return Entry(submission_id, before, words, taken_out, " ".join(grams(words)) if words else "")


def write(connection: Connection, entries: Sequence[Entry]) -> None:
    """Make entries say their words; without any there is none. One that was written otherwise is worked out anew."""
    present = words_of(connection, [one.id for one in entries])
    fresh = [
        one if present.get(one.id) == one.before else entry(one.id, present.get(one.id), one.words) for one in entries
    ]
    changed = [one for one in fresh if one.words != (one.before or "")]
    is_sqlite = connection.dialect.name == "sqlite"
    if old := [one for one in changed if one.before is not None]:
        connection.execute(delete(SearchEntry).where(SearchEntry.id.in_([one.id for one in old])))
        if is_sqlite:
            connection.execute(_TAKE_OUT, [{"id": one.id, "grams": one.grams_before} for one in old])
    if new := [one for one in changed if one.words]:
        connection.execute(insert(SearchEntry), [{"id": one.id, "words": one.words} for one in new])
        if is_sqlite:
            connection.execute(_PUT_IN, [{"id": one.id, "grams": one.grams} for one in new])


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


def merge(sessions: sessionmaker[Session]) -> None:
    """Write SQLite's index anew, little by little, so that nothing of what was taken out stays in it."""
    with sessions() as session:
        if session.get_bind().dialect.name != "sqlite":
            return
    # Less than none begins with all there is, and a merge that had nothing to do makes one change at most: see
    # https://sqlite.org/fts5.html#the_merge_command
    pages, changes = -_PAGES, 2
    while changes > 1:
        with writing(sessions) as session:
            began = time.monotonic()
            before = _changes(session)
            session.execute(_MERGE, {"pages": pages})
            changes = _changes(session) - before
        pages = _PAGES
        time.sleep(time.monotonic() - began)


def _changes(session: Session) -> int:
    return session.scalar(text("SELECT total_changes()")) or 0
