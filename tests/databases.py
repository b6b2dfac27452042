"""Databases for tests: files of SQLite, or databases on a PostgreSQL server that is found or started."""

import os
import pwd
import shutil
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
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
    """Each database is a file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def create(self, name: str | None = None) -> str:
        return f"sqlite:///{self._folder / (name or uuid.uuid4().hex)}.db"

    def copy(self, url: str) -> str:
        fresh = self.create()
        shutil.copy(_file_of(url), _file_of(fresh))
        return fresh

    def drop(self, url: str) -> None:
        for suffix in ("", "-wal", "-shm", ".migrating"):
            Path(f"{_file_of(url)}{suffix}").unlink(missing_ok=True)


class PostgresDatabases:
    """Each database is copied on the server from a template."""

    def __init__(self, server: str) -> None:
        self._server = server

    def create(self, name: str | None = None) -> str:
        return self._create("template0")

    def copy(self, url: str) -> str:
        return self._create(make_url(url).database or "")

    def drop(self, url: str) -> None:
        self._execute(f'DROP DATABASE IF EXISTS "{make_url(url).database}" WITH (FORCE)')

    def _create(self, template: str) -> str:
        name = f"feedback_test_{uuid.uuid4().hex[:12]}"
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" ENCODING \'UTF8\' STRATEGY WAL_LOG')
        return make_url(self._server).set(database=name).render_as_string(hide_password=False)

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(statement.encode())


def _file_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


@contextmanager
def postgres_server(folder: Path) -> Iterator[str]:
    """TEST_POSTGRES_URL, a server on this machine, or one started for this run and stopped after it."""
    for url in filter(None, (os.environ.get("TEST_POSTGRES_URL"), LOCAL_SERVER)):
        if _answers(url):
            yield url
            return
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs:
        pytest.exit("PostgreSQL is missing: install the package postgresql, or set TEST_POSTGRES_URL.", 2)
    with _own_server(programs[-1], folder / "postgresql") as url:
        yield url


@contextmanager
def _own_server(programs: Path, data: Path) -> Iterator[str]:
    port = free_port()
    data.mkdir()
    # PostgreSQL refuses to run as root, so root lends the folder to the package's own user.
    prefix = []
    if os.geteuid() == 0:
        prefix = ["runuser", "-u", "postgres", "--"]
        shutil.chown(data, pwd.getpwnam("postgres").pw_uid)
        for parent in data.parents:
            if parent.owner() == "root" and parent != Path("/") and "pytest" in parent.name:
                parent.chmod(parent.stat().st_mode | 0o011)
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
