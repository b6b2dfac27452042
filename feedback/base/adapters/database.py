"""Engines for the two databases, and the difference between reading and writing on SQLite."""

import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from time import monotonic
from traceback import walk_stack
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Connection,
    Engine,
    ExceptionContext,
    FromClause,
    UniqueConstraint,
    bindparam,
    cast,
    create_engine,
    event,
    exists,
    func,
    insert,
    make_url,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.models.base import Base, table_of

_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "recursive_triggers=ON",
    "secure_delete=ON",
    "temp_store=MEMORY",
    "busy_timeout=10000",
)


# Where rows of PostgreSQL go, or are written anew, that nobody is to find any more.
_LEFT_BEHIND = (
    "group_code", "arrival", "arriving_act", "arriving_picture", "contact", "proposal", "search_pending",
)  # fmt: skip
_WITHDRAWN = "SELECT EXISTS (SELECT 1 FROM contact WHERE withdrawn_on >= CURRENT_DATE - 1)"
# For so long nobody else can write on SQLite; what takes longer is told in the log.
LONG_SECONDS = 1.0
NOWHERE = "no place of ours"


def make_engine(url: str) -> Engine:
    """An engine whose errors hide their parameters, and whose SQLite connections are durable."""
    if make_url(url).get_backend_name() == "sqlite":
        Path(make_url(url).database or "").parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(url, hide_parameters=True, connect_args={"isolation_level": None})
        event.listen(engine, "connect", _set_pragmas)
        event.listen(engine, "begin", _begin)
        _watch(engine)
        return engine
    engine = create_engine(url, hide_parameters=True, pool_pre_ping=True)
    event.listen(engine, "connect", _plan_for_pages)
    event.listen(engine, "handle_error", _hide_detail)
    _watch(engine)
    return engine


def _watch(engine: Engine) -> None:
    """Say in the log, by its place in the program, which transaction has kept others from writing for long."""

    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("feedback_writes", False):
            connection.info["feedback_began"] = monotonic()

    def end(connection: Connection) -> None:
        began = connection.info.pop("feedback_began", None)
        if began is not None and monotonic() - began > LONG_SECONDS:
            message = f"a transaction that writes took more than a second in {place_in_program()}"
            logging.getLogger(__name__).warning(message)

    event.listen(engine, "begin", begin)
    event.listen(engine, "commit", end)
    event.listen(engine, "rollback", end)


def place_in_program() -> str:
    """The first function above this module that is ours and no part of the base: its module and name."""
    for frame, _ in walk_stack(None):
        module = str(frame.f_globals.get("__name__", ""))
        if module.startswith("feedback.") and not module.startswith("feedback.base."):
            return f"{module}:{frame.f_code.co_name}"
    return NOWHERE


def make_sessions(engine: Engine) -> sessionmaker[Session]:
    """Sessions whose rows stay readable after a commit, for the page that is rendered then."""
    return sessionmaker(engine, expire_on_commit=False)


def start_writing(session: Session) -> None:
    """End what the session was reading and open a transaction that may write.

    On SQLite that is BEGIN IMMEDIATE: a deferred transaction that reads and then writes is refused at once
    when another has written meanwhile, whatever the timeout.
    """
    session.rollback()
    session.connection(execution_options={"feedback_writes": True})


@contextmanager
def writing(sessions: sessionmaker[Session]) -> Iterator[Session]:
    """A session in one write transaction, committed at the end, for commands and jobs."""
    with sessions() as session:
        start_writing(session)
        yield session
        session.commit()


def _set_pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _plan_for_pages(connection: Any, _record: Any) -> None:
    """Statements here take milliseconds: to compile them, or to start processes that share them, takes far longer."""
    with connection.cursor() as cursor:
        cursor.execute("SET jit = off")
        cursor.execute("SET max_parallel_workers_per_gather = 0")
    connection.commit()


def _hide_detail(context: ExceptionContext) -> None:
    """PostgreSQL quotes the refused row in the lines after the first; a row holds what somebody wrote."""
    first_line = str(context.original_exception).partition("\n")[0]
    context.original_exception.args = (first_line,)
    if context.sqlalchemy_exception is not None:
        context.sqlalchemy_exception.args = (first_line,)


def lock_name(within: Session | Connection, name: str, *, is_shared: bool = False) -> None:
    """Keep others who ask for the same name waiting until the transaction ends; on SQLite any writer already does.

    Who shares it keeps only those waiting who do not. Unlike the lock of a row it leaves nothing in any row.
    """
    connection = within.connection() if isinstance(within, Session) else within
    if connection.dialect.name != "sqlite":
        lock = func.pg_advisory_xact_lock_shared if is_shared else func.pg_advisory_xact_lock
        connection.execute(select(lock(func.hashtextextended(name, 0))))


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("feedback_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def bytes_of(session: Session) -> int:
    """How large the database is."""
    if session.get_bind().dialect.name != "sqlite":
        return session.scalar(text("SELECT pg_database_size(current_database())")) or 0
    pages, size = (session.scalar(text(f"PRAGMA {name}")) or 0 for name in ("page_count", "page_size"))
    return int(pages * size)


def erase_for_good(engine: Engine) -> None:
    """Leave no byte of what was erased in SQLite's files; PostgreSQL gets its VACUUM too.

    Raises RuntimeError where a reader still holds the old pages: the caller tries again later.
    """
    if engine.dialect.name != "sqlite":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(
                "VACUUM (FULL) text, attachment, contact, reply, answer, event, submission, search_entry"
            )
        return
    # On the bare connection: one of SQLAlchemy's would be in a transaction, where VACUUM is refused.
    raw = engine.raw_connection()
    try:
        cursor = raw.cursor()
        cursor.execute("VACUUM")
        (is_busy, _, _) = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        cursor.close()
    finally:
        raw.close()
    if is_busy:
        raise RuntimeError("a reader keeps the pages that were erased")


def forget_old_pages(engine: Engine) -> None:
    """Let what was overwritten or moved leave the files: SQLite's write-ahead log, and tables of PostgreSQL.

    Where somebody reads them, the next call does.
    """
    if engine.dialect.name != "sqlite":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f"VACUUM (INDEX_CLEANUP ON) {', '.join(_LEFT_BEHIND)}")
            if connection.scalar(text(_WITHDRAWN)):
                # What is vacuumed leaves its bytes where they lay: only what is written anew is gone. These are small.
                connection.exec_driver_sql("SET lock_timeout = '2s'")
                try:
                    connection.exec_driver_sql("VACUUM (FULL) contact, proposal")
                finally:
                    connection.exec_driver_sql("RESET lock_timeout")
        return
    raw = engine.raw_connection()
    try:
        cursor = raw.cursor()
        # Waiting for a reader would keep writers waiting as well.
        cursor.execute("PRAGMA busy_timeout=0")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        raw.invalidate()


def insert_if_new(connection: Connection, table: type[Base], values: dict[str, Any]) -> bool:
    """Insert one row, unless one stands that has the same in a unique key of the table; whether it was inserted.

    A key cannot be named beforehand: of two that insert the same at once PostgreSQL may meet any of its keys first.
    What something else refuses, such as the id of a sequence behind its rows, is an IntegrityError.
    """
    if connection.execute(_insert_or_nothing(connection.dialect.name, table), values).first() is not None:
        return True
    if connection.scalar(_stands(table), values):
        return False
    connection.execute(insert(table_of(table)), values)
    return True


def insert_for(dialect: str) -> Any:
    """A database's own INSERT, which knows what to do where the row is there already."""
    if dialect == "sqlite":
        return sqlite_insert
    # It brings every driver there is for it.
    from sqlalchemy.dialects.postgresql import insert

    return insert


def rows_of(dialect: str, names: Sequence[str], rows: Sequence[Sequence[int]]) -> FromClause:
    """Rows of whole numbers as a table with columns of these names, in a few parameters however many there are."""
    if dialect == "sqlite":
        each = func.json_each(json.dumps(rows)).table_valued("value")
        columns = (func.json_extract(each.c.value, f"$[{place}]").label(name) for place, name in enumerate(names))
        return select(*columns).subquery()
    arrays = (cast([row[place] for row in rows], ARRAY(BigInteger)) for place in range(len(names)))
    return func.unnest(*arrays).table_valued(*names).render_derived()


def insert_rows(within: Session, table: type[Base], names: Sequence[str], rows: Sequence[Sequence[int]]) -> None:
    """Insert rows of whole numbers by one statement: there may be hundreds, and somebody waits for the lock."""
    if rows:
        made = rows_of(within.get_bind().dialect.name, names, rows)
        within.connection().execute(insert(table_of(table)).from_select(names, select(made)))


@cache
def _insert_or_nothing(dialect: str, table: type[Base]) -> Any:
    inserted = insert_for(dialect)(table_of(table)).on_conflict_do_nothing()
    return inserted.returning(*table_of(table).primary_key)


@cache
def _stands(table: type[Base]) -> Any:
    """Whether a row has the same in a key that is unique among all rows of the table, its id left out."""
    constraints = [key.columns for key in table_of(table).constraints if isinstance(key, UniqueConstraint)]
    whole = [key for key in table_of(table).indexes if key.unique and key.dialect_options["sqlite"]["where"] is None]
    keys = sorted([column.name for column in key] for key in constraints + [key.columns for key in whole])
    columns = table_of(table).c
    same = [[columns[name] == bindparam(name) for name in key] for key in keys]
    return select(or_(*(exists().where(*columns) for columns in same)))
