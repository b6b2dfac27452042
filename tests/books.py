"""Workbooks as people save them, and as nobody should."""

import io
from collections.abc import Iterable, Sequence
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook


def saved(*sheets: Iterable[Sequence[Any]]) -> bytes:
    """A workbook of these sheets, each a list of rows."""
    book, written = Workbook(), io.BytesIO()
    book.remove(book.active)
    for rows in sheets:
        sheet = book.create_sheet()
        for row in rows:
            sheet.append(row)
    book.save(written)
    return written.getvalue()


def with_part(book: bytes, name: str, content: bytes) -> bytes:
    """The workbook with another part of a name."""
    written = io.BytesIO()
    with ZipFile(io.BytesIO(book)) as archive, ZipFile(written, "w", ZIP_DEFLATED) as changed:
        for part in archive.namelist():
            if part != name:
                changed.writestr(part, archive.read(part))
        changed.writestr(name, content)
    return written.getvalue()
