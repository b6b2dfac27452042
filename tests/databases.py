"""Databases for tests: files of SQLite, or databases on a PostgreSQL server that is found or started."""

import os
import shutil
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import psycopg
import pytest
from sqlalchemy import make_url

LOCAL_SERVER = "postgresql://postgres@127.0.0.1:5432/postgres"


class Databases(Protocol):
    """A place to make databases in."""

    def create(self, name: str | None = None) -> str:
        """The URL of a new empty database."""

    def copy(self, url: str) -> str:
        """The URL of a new database with the same content."""

    def drop(self, url: str) -> None:
        """Remove a database."""


class SqliteDatabases:
    """Each database is a file. A copy gets the address of one that was removed, whose engine is there already."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._copies: set[str] = set()
        self._spare: list[str] = []

    def create(self, name: str | None = None) -> str:
        return f"sqlite:///{self._folder / (name or uuid.uuid4().hex)}.db"

    def copy(self, url: str) -> str:
        fresh = self._spare.pop() if self._spare else self.create()
        self._copies.add(fresh)
        shutil.copy(_file_of(url), _file_of(fresh))
        return fresh

    def drop(self, url: str) -> None:
        for suffix in ("", "-wal", "-shm", ".migrating"):
            Path(f"{_file_of(url)}{suffix}").unlink(missing_ok=True)
        if url in self._copies:
            self._spare.append(url)


@dataclass(frozen=True)
class Contents:
    """What a database holds: its shape, the rows of each table that has any as COPY writes them.

    `emptying` are the statements that empty every table and put every sequence back, sent in one go.
    """

    shape: tuple[str, ...]
    rows: dict[str, bytes]
    emptying: bytes


class PostgresDatabases:
    """Databases on a server. A copy is filled anew for the next test: to copy one on the server takes far longer."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._all: set[str] = set()
        self._contents: dict[str, Contents] = {}
        self._originals: dict[str, str] = {}
        self._spare: list[str] = []
        # A server process that is asked again knows the tables already.
        self._open: dict[str, psycopg.Connection] = {}

    def create(self, name: str | None = None) -> str:
        return self._create("template0")

    def copy(self, url: str) -> str:
        if url not in self._contents:
            self._contents[url] = _contents_of(url)
        while self._spare:
            fresh = self._spare.pop()
            if self._originals[fresh] == url and _fill_anew(self._connection_to(fresh), self._contents[url]):
                return fresh
            self._drop(fresh)
        fresh = self._create(make_url(url).database or "")
        self._originals[fresh] = url
        return fresh

    def drop(self, url: str) -> None:
        if url in self._originals:
            self._spare.append(url)
        else:
            self._drop(url)

    def drop_all(self) -> None:
        """Leave nothing on the server."""
        for url in list(self._all):
            self._drop(url)
        self._connection_to(self._server).close()

    def _create(self, template: str) -> str:
        name = f"feedback_test_{uuid.uuid4().hex[:12]}"
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" ENCODING \'UTF8\' STRATEGY WAL_LOG')
        url = make_url(self._server).set(database=name).render_as_string(hide_password=False)
        self._all.add(url)
        return url

    def _drop(self, url: str) -> None:
        if url in self._open:
            self._open.pop(url).close()
        self._execute(f'DROP DATABASE IF EXISTS "{make_url(url).database}" WITH (FORCE)')
        self._all.discard(url)

    def _execute(self, statement: str) -> None:
        self._connection_to(self._server).execute(statement.encode())

    def _connection_to(self, url: str) -> psycopg.Connection:
        if url not in self._open:
            self._open[url] = psycopg.connect(url, autocommit=True)
        return self._open[url]


# The names, so that a table that was renamed is seen too.
_SHAPE = (
    "SELECT (SELECT string_agg(relname, ' ' ORDER BY oid) FROM pg_class WHERE relnamespace = 'public'::regnamespace), "
    "(SELECT string_agg(conname, ' ' ORDER BY oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace), "
    "(SELECT string_agg(tgname, ' ' ORDER BY oid) FROM pg_trigger)"
)
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
_SEQUENCES = "SELECT sequencename, last_value FROM pg_sequences"
_END_OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
)
# As a replica the server asks neither triggers nor foreign keys. Nobody waits for the disk: no test pulls the plug.
_AS_REPLICA = "SET session_replication_role = replica; SET synchronous_commit = off"


def _contents_of(url: str) -> Contents:
    rows, emptying = {}, []
    with psycopg.connect(url) as connection:
        for (table,) in connection.execute(_TABLES).fetchall():
            emptying.append(f'DELETE FROM "{table}"')
            with connection.cursor().copy(f'COPY "{table}" TO STDOUT'.encode()) as copy:
                rows[table] = b"".join(copy)
        for sequence, value in connection.execute(_SEQUENCES).fetchall():
            emptying.append(f"SELECT setval('{sequence}', {value or 1}, {value is not None})")
        kept = {table: lines for table, lines in rows.items() if lines}
        return Contents(_shape_of(connection), kept, ";".join(emptying).encode())


def _fill_anew(connection: psycopg.Connection, contents: Contents) -> bool:
    """Put back what a copy held at first; False where a test has changed the tables themselves."""
    connection.execute(_END_OTHERS)
    if _shape_of(connection) != contents.shape:
        return False
    connection.execute(_AS_REPLICA)
    with connection.transaction():
        connection.execute(contents.emptying)
        for table, rows in contents.rows.items():
            with connection.cursor().copy(f'COPY "{table}" FROM STDIN'.encode()) as copy:
                copy.write(rows)
    return True


def _shape_of(connection: psycopg.Connection) -> tuple[str, ...]:
    return tuple(connection.execute(_SHAPE).fetchone() or ())


def _file_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


@contextmanager
def postgres_server() -> Iterator[str]:
    """TEST_POSTGRES_URL, a server on this machine, or one started for this run and stopped after it."""
    for url in filter(None, (os.environ.get("TEST_POSTGRES_URL"), LOCAL_SERVER)):
        if _answers(url):
            yield url
            return
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs:
        pytest.exit("PostgreSQL is missing: install the package postgresql, or set TEST_POSTGRES_URL.", 2)
    # Not below the run's own folder, which nobody but root may enter.
    with TemporaryDirectory(prefix="feedback-tests-") as folder, _own_server(programs[-1], Path(folder)) as url:
        yield url


@contextmanager
def _own_server(programs: Path, data: Path) -> Iterator[str]:
    port = free_port()
    # PostgreSQL refuses to run as root, so root lends the folder to the package's own user.
    prefix = []
    if os.geteuid() == 0:
        prefix = ["runuser", "-u", "postgres", "--"]
        shutil.chown(data, "postgres")
    subprocess.run(
        [*prefix, programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8"],
        check=True, stdout=subprocess.DEVNULL, cwd="/",
    )  # fmt: skip
    options = ["-p", str(port), "-k", str(data), "-h", "127.0.0.1"]
    server = subprocess.Popen([*prefix, programs / "postgres", "-D", data, *options], cwd="/")
    url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    try:
        deadline = time.monotonic() + 30
        while not _answers(url) and time.monotonic() < deadline:
            time.sleep(0.1)
        yield url
    finally:
        server.terminate()
        server.wait(30)


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=3).close()
    except psycopg.Error:
        return False
    return True


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
