"""Runs migrations on the engine the caller hands over, in one transaction, and puts the guards in force.

There is no way down: rows that must never be deleted do not fit older tables. The way back is the backup.
"""

from typing import Any

from alembic import context
from sqlalchemy import Connection

from feedback.assembly.tables import Base
from feedback.base.adapters import guards
from feedback.base.models.base import UtcTime


def render_item(kind: str, item: Any, _context: Any) -> str | bool:
    """A migration names no class of ours: those may change, and it may not."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcTime) else False


def run(connection: Connection) -> None:
    """On SQLite foreign keys are off meanwhile: rebuilding a parent would delete its children."""
    is_sqlite = connection.dialect.name == "sqlite"
    if is_sqlite:
        connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=OFF")
    try:
        with connection.begin():
            context.configure(connection=connection, target_metadata=Base.metadata, render_item=render_item)
            context.run_migrations()
            if is_sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                raise RuntimeError("the migration left rows whose parents are missing")
            if context.get_context().get_current_revision() == context.script.get_current_head():
                guards.install(connection)
    finally:
        if is_sqlite:
            connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=ON")


with context.config.attributes["engine"].connect().execution_options(feedback_writes=True) as connection:
    run(connection)
