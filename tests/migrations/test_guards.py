"""What must stay can be neither changed nor deleted, on the newest migration, whoever writes the statement."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from sqlalchemy import JSON, Boolean, Column, Date, Engine, Integer, Table, select
from sqlalchemy.exc import IntegrityError

from feedback.assembly.tables import Base
from feedback.base.adapters import guards
from feedback.base.adapters.migrations import upgrade
from feedback.base.models.base import UtcTime
from tests.factories import Factory
from tests.stored import every_row, only_on_sqlite

IDENTITY = [
    "id", "number", "campaign_id", "campaign_version_id", "channel_id", "is_trial", "received_at",
    "nonce_hash", "nonce_key_id", "content_hash", "code_hash", "code_key_id", "mint_key_id",
]  # fmt: skip
APPEND_ONLY = ["text", "answer", "reply", "event", "audit_entry", "campaign_version"]
ERASABLE = [("text", ["body"]), ("answer", ["value"]), ("reply", ["body"]), ("event", ["reason", "detail"])]
# For each table the ways in which a new row can take the place of an old one.
KEYS = {
    "submission": [["id"], ["number"], ["nonce_hash"], ["code_hash"]],
    "text": [["id"], ["submission_id"]],
    "answer": [["id"], ["submission_id", "question", "position"]],
    "reply": [["id"]],
    "event": [["submission_id", "position"]],
    "audit_entry": [["id"]],
    "campaign_version": [["id"], ["campaign_id", "number"]],
}
OUTSIDE_KEYS = {"submission_id", "campaign_id"}


@pytest.fixture
def engine(make: Factory) -> Engine:
    """A database with at least one row in each guarded table."""
    make.make_replied(text="停车难", answers={"where": ("大厅", "门口")}, phone="13812341234", has_consented=True)
    make.make_replied(text="第二件")
    engine: Engine = make.sessions.kw["bind"]
    return engine


def guarded_columns() -> list[tuple[str, Column[Any]]]:
    tables = Base.metadata.tables
    fixed = [("submission", tables["submission"].c[name]) for name in IDENTITY]
    return fixed + [(name, column) for name in APPEND_ONLY for column in tables[name].columns]


def other_value(column: Column[Any]) -> str:
    """An SQL expression that differs from whatever stands in the column."""
    if isinstance(column.type, Boolean):
        return f"NOT {column.name}"
    if isinstance(column.type, Integer):
        return f"coalesce({column.name}, 0) + 1000"
    if isinstance(column.type, UtcTime | Date):
        return "'2020-01-01 00:00:00'"
    return "'{\"changed\": true}'" if isinstance(column.type, JSON) else "'x'"


def is_refused(engine: Engine, statement: str) -> bool:
    """Whether a guard stops the statement; what it would have done is taken back."""
    with engine.connect() as connection:
        try:
            connection.exec_driver_sql(statement)
        except IntegrityError as error:
            return "append-only" in str(error)
    return False


def let_through(engine: Engine, statements: list[str]) -> list[str]:
    return [statement for statement in statements if not is_refused(engine, statement)]


def quoted(name: str) -> str:
    return f'"{name}"'


@contextmanager
def unchanged(make: Factory) -> Iterator[None]:
    with make.sessions() as session:
        before = every_row(session)
    yield
    with make.sessions() as session:
        assert every_row(session) == before


def test_there_is_a_row_in_every_guarded_table_to_try_it_on(engine: Engine) -> None:
    with engine.connect() as connection:
        empty = [
            name
            for name in ["submission", *APPEND_ONLY]
            if connection.execute(select(Base.metadata.tables[name]).limit(1)).first() is None
        ]

    assert empty == []


def test_no_column_that_must_stay_can_be_changed(engine: Engine, make: Factory) -> None:
    statements = [
        f"UPDATE {quoted(table)} SET {column.name} = {other_value(column)}" for table, column in guarded_columns()
    ]

    with unchanged(make):
        assert let_through(engine, statements) == []


def test_no_row_that_must_stay_can_be_deleted(engine: Engine, make: Factory) -> None:
    tables = ["submission", *APPEND_ONLY]

    with unchanged(make):
        assert let_through(engine, [f"DELETE FROM {quoted(table)}" for table in tables]) == []


def test_staff_columns_of_a_submission_can_be_changed(engine: Engine) -> None:
    for change in ("status = 'accepted'", "version = version + 1", "summary = '要点'", "lane = 'clue'"):
        with engine.begin() as connection:
            connection.exec_driver_sql(f"UPDATE submission SET {change}")


@pytest.mark.parametrize(("table", "columns"), ERASABLE)
def test_the_one_lawful_erasure_is_allowed_and_only_once(engine: Engine, table: str, columns: list[str]) -> None:
    erasure = erasure_of(table, columns)

    with engine.begin() as connection:
        connection.exec_driver_sql(erasure)

    again = [
        erasure,
        f"UPDATE {quoted(table)} SET erased_on = '2026-11-21'",
        f"UPDATE {quoted(table)} SET erased_on = NULL",
        *(f"UPDATE {quoted(table)} SET {column} = '{{}}', erased_on = NULL" for column in columns),
        *(f"UPDATE {quoted(table)} SET {column} = '{{}}'" for column in columns),
        f"DELETE FROM {quoted(table)}",
    ]
    assert let_through(engine, again) == []


@pytest.mark.parametrize(("table", "columns"), ERASABLE)
def test_an_erasure_together_with_anything_else_is_refused(engine: Engine, table: str, columns: list[str]) -> None:
    others = [other for other in Base.metadata.tables[table].columns if other.name not in {*columns, "erased_on"}]
    statements = [f"{erasure_of(table, columns)}, {other.name} = {other_value(other)}" for other in others]

    assert let_through(engine, statements) == []
    assert let_through(engine, [f"UPDATE {quoted(table)} SET {column} = NULL" for column in columns]) == []


def erasure_of(table: str, columns: list[str]) -> str:
    emptied = ", ".join(f"{column} = NULL" for column in columns)
    return f"UPDATE {quoted(table)} SET {emptied}, erased_on = '2026-11-20'"


@pytest.mark.only_on("postgresql")
def test_tables_cannot_be_emptied_at_once(engine: Engine, make: Factory) -> None:
    tables = ["submission", *APPEND_ONLY]
    statements = [f"TRUNCATE {quoted(table)} CASCADE" for table in [*tables, "unit", "campaign", "user_account"]]

    with unchanged(make):
        assert let_through(engine, statements) == []


@pytest.mark.only_on("postgresql")
def test_a_new_row_cannot_take_the_place_of_an_old_one_by_an_upsert(engine: Engine, make: Factory) -> None:
    statement = "INSERT INTO text SELECT * FROM text WHERE id = 1 ON CONFLICT (id) DO UPDATE SET body = 'changed'"

    with unchanged(make):
        assert let_through(engine, [statement]) == []


@only_on_sqlite
@pytest.mark.parametrize("recursive_triggers", ["ON", "OFF"])
def test_no_row_can_be_replaced(engine: Engine, make: Factory, recursive_triggers: str) -> None:
    with unchanged(make), closing(raw_connection(engine, recursive_triggers)) as connection:
        replaced = [
            f"{table} by {key}"
            for table, keys in KEYS.items()
            for key in keys
            if is_replaced(connection, Base.metadata.tables[table], key)
        ]

    assert replaced == []


@only_on_sqlite
@pytest.mark.parametrize("recursive_triggers", ["ON", "OFF"])
def test_no_row_can_be_pushed_away_by_another_that_moves(
    engine: Engine, make: Factory, recursive_triggers: str
) -> None:
    statements = [
        "UPDATE OR REPLACE text SET id = 2 WHERE id = 1",
        "UPDATE OR REPLACE text SET rowid = 2 WHERE id = 1",
        "UPDATE OR REPLACE submission SET number = (SELECT number FROM submission WHERE id = 2) WHERE id = 1",
        "UPDATE OR REPLACE event SET submission_id = 2 WHERE submission_id = 1",
        "DELETE FROM text",
        "UPDATE text SET body = 'changed'",
    ]

    with unchanged(make), closing(raw_connection(engine, recursive_triggers)) as connection:
        for statement in statements:
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(statement)


def test_guards_come_back_after_a_table_was_rebuilt(engine: Engine) -> None:
    statement = "UPDATE text SET body = 'changed'"
    drop_guards(engine, "text")
    assert not is_refused(engine, statement)

    with engine.begin() as connection:
        guards.install(connection)

    assert is_refused(engine, statement)


def test_every_run_of_the_migrations_puts_the_guards_in_force(engine: Engine) -> None:
    tables = ["submission", *APPEND_ONLY]
    for table in tables:
        drop_guards(engine, table)
    statements = [f"DELETE FROM {quoted(table)}" for table in tables]
    assert 'DELETE FROM "audit_entry"' in let_through(engine, statements)

    upgrade(engine)

    assert let_through(engine, statements) == []


def test_installing_twice_is_the_same_as_once(engine: Engine) -> None:
    before = triggers(engine)

    with engine.begin() as connection:
        guards.install(connection)

    assert triggers(engine) == before
    assert len(before) == 33


def raw_connection(engine: Engine, recursive_triggers: str) -> sqlite3.Connection:
    """As any other program would open the file."""
    connection = sqlite3.connect(engine.url.database or "", isolation_level=None)
    connection.execute(f"PRAGMA recursive_triggers={recursive_triggers}")
    connection.row_factory = sqlite3.Row
    return connection


def is_replaced(connection: sqlite3.Connection, table: Table, key: list[str]) -> bool:
    """Whether INSERT OR REPLACE pushes the first row away with one that shares only this key."""
    row = dict(connection.execute(f"SELECT * FROM {table.name} LIMIT 1").fetchone())
    unique = {name for names in KEYS[table.name] for name in names} - set(key) - OUTSIDE_KEYS
    for name in unique:
        row[name] = row[name] + 1000 if isinstance(row[name], int) else f"other {name}"[:12]
    columns, places = ", ".join(row), ", ".join("?" * len(row))
    try:
        connection.execute(f"INSERT OR REPLACE INTO {table.name} ({columns}) VALUES ({places})", list(row.values()))
    except sqlite3.IntegrityError as error:
        return "append-only" not in str(error)
    return True


def drop_guards(engine: Engine, table: str) -> None:
    on_table = "" if engine.dialect.name == "sqlite" else f" ON {quoted(table)}"
    last = "insert" if engine.dialect.name == "sqlite" else "truncate"
    with engine.begin() as connection:
        for verb in ("update", "delete", last):
            connection.exec_driver_sql(f"DROP TRIGGER guard_{table}_{verb}{on_table}")


def triggers(engine: Engine) -> set[tuple[str, ...]]:
    catalogue = (
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        if engine.dialect.name == "sqlite"
        else "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"
    )
    with engine.connect() as connection:
        return {tuple(row) for row in connection.exec_driver_sql(catalogue)}
