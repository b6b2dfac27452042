"""Bringing a database to the newest migration, safely from several processes at once.

Alembic is loaded where it is used: the processes that serve visitors never migrate.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, inspect, text

if TYPE_CHECKING:
    from alembic.config import Config

_FOLDER = Path(__file__).resolve().parents[3] / "migrations"
_SEQUENCE = text("SELECT pg_get_serial_sequence(:table, 'id')")
_ADVISORY_LOCK = 73_041_962


def make_config(engine: Engine) -> "Config":
    """An Alembic configuration without an ini file."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["engine"] = engine
    return config


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Run what is missing; a second process waits and finds nothing left to do."""
    from alembic import command

    with _alone(engine):
        command.upgrade(make_config(engine), revision)
        if engine.dialect.name != "sqlite":
            _move_sequences_on(engine)


def _move_sequences_on(engine: Engine) -> None:
    """Let no sequence of PostgreSQL stand behind its rows: after some copies nothing could be added."""
    with engine.begin() as connection:
        for table in inspect(connection).get_table_names():
            columns = {column["name"] for column in inspect(connection).get_columns(table)}
            name = connection.scalar(_SEQUENCE, {"table": table}) if "id" in columns else None
            if name is not None:
                behind = f"FROM {table} HAVING max(id) >= (SELECT last_value FROM {name})"  # noqa: S608 # nosec B608
                last = text(f"SELECT setval(:name, max(id)) {behind}")
                connection.execute(last, {"name": name})


def is_current(engine: Engine) -> bool:
    """Whether the database stands at the newest migration."""
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    with engine.connect() as connection:
        at = MigrationContext.configure(connection).get_current_revision()
    return at == ScriptDirectory.from_config(make_config(engine)).get_current_head()


def holds_submissions(engine: Engine) -> bool:
    """Whether there is anything that would be lost to its senders without the key file."""
    if not inspect(engine).has_table("submission"):
        return False
    with engine.connect() as connection:
        return connection.execute(text("SELECT 1 FROM submission LIMIT 1")).first() is not None


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """One migrating process at a time: a lock file beside SQLite, an advisory lock on PostgreSQL."""
    if engine.dialect.name == "sqlite":
        path = Path(engine.url.database or "")
        with open(path.with_name(f"{path.name}.migrating"), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _ADVISORY_LOCK})
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _ADVISORY_LOCK})
