"""What a thief, an auditor or a backup gets: every byte that a service has left anywhere."""

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from sqlalchemy import DateTime, Engine, inspect, select, table
from sqlalchemy import column as sql_column

from feedback.base.adapters.database import make_engine

Bytes = Mapping[str, bytes]


def database_bytes(url: str) -> dict[str, bytes]:
    """A copy of the database: SQLite's files as they lie there, or every row of every table of PostgreSQL."""
    if url.startswith("sqlite:"):
        path = Path(url.removeprefix("sqlite:///"))
        files = [path.with_name(path.name + suffix) for suffix in ("", "-wal", "-shm", ".migrating")]
        return {file.name: file.read_bytes() for file in files if file.exists()}
    with psycopg.connect(url) as connection:
        names = [name for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        return {name: _copied(connection, name) for name in names}


def folder_bytes(*folders: Path) -> dict[str, bytes]:
    """Every file below some folders, with its name in front; what lies packed in a workbook comes out as well."""
    found: dict[str, bytes] = {}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            content = path.read_bytes() if path.is_file() else b""
            found[str(path)] = path.name.encode() + b"\n" + content
            if path.suffix == ".xlsx":
                found |= unpacked(content, str(path))
    return found


def unpacked(workbook: bytes, name: str = "workbook") -> dict[str, bytes]:
    """The parts of a workbook."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        return {f"{name}:{part}": archive.read(part) for part in archive.namelist()}


def forms_of(value: str) -> dict[str, bytes]:
    """A value as it might lie somewhere: plain, in other encodings, and as hashes that anybody can repeat."""
    plain = value.encode()
    digests = {name: hashlib.new(name, plain) for name in ("md5", "sha1", "sha256", "sha512")}
    return {
        "plain": plain,
        "UTF-16": value.encode("utf-16-le"),
        "GB18030": value.encode("gb18030"),
        "hexadecimal": plain.hex().encode(),
        "base64": base64.b64encode(plain).rstrip(b"=")[:-1],
        "quoted": quote(value).encode(),
        "JSON": json.dumps(value)[1:-1].encode(),
        **{name: digest.digest() for name, digest in digests.items()},
        **{f"{name} in hexadecimal": digest.hexdigest().encode() for name, digest in digests.items()},
    }


def found_in(places: Bytes, values: Mapping[str, str]) -> list[str]:
    """Which of the values stand where, in which form: empty when nothing was left behind."""
    forms = {(name, form): needle for name, value in values.items() for form, needle in forms_of(value).items()}
    return [
        f"{name} ({form}) in {place}"
        for place, content in places.items()
        for (name, form), needle in forms.items()
        if needle in content
    ]


def times_in(url: str) -> Iterator[tuple[str, str, datetime, dict[str, Any]]]:
    """Table, column, moment and whole row of each time that is stored anywhere."""
    engine = make_engine(url)
    try:
        yield from _times(engine)
    finally:
        engine.dispose()


def _times(engine: Engine) -> Iterator[tuple[str, str, datetime, dict[str, Any]]]:
    inspector = inspect(engine)
    with engine.connect() as connection:
        for name in inspector.get_table_names():
            columns = inspector.get_columns(name)
            timed = [column["name"] for column in columns if isinstance(column["type"], DateTime)]
            everything = select(*(sql_column(column["name"], column["type"]) for column in columns))
            for row in connection.execute(everything.select_from(table(name))).mappings() if timed else ():
                for column in timed:
                    if row[column] is not None:
                        yield name, column, row[column], dict(row)


def _copied(connection: psycopg.Connection[Any], name: str) -> bytes:
    with connection.cursor().copy(f'COPY "{name}" TO STDOUT'.encode()) as copy:
        return b"".join(bytes(piece) for piece in copy)
