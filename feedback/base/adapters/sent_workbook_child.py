"""Reads the first cells of a workbook. A program of its own, so that it can be limited and die.

usage: sent_workbook_child.py COLUMNS MOST_ROWS < workbook > rows
The rows that hold anything are written as JSON, each with its number. Exit codes: 0 read, 3 not readable within the
limits, 4 more than is unpacked. It imports nothing of the project.
"""

import io
import json
import resource
import sys
from collections.abc import Iterator
from datetime import datetime, time
from itertools import islice
from typing import Any
from zipfile import ZipFile

from openpyxl import load_workbook

UNREADABLE, TOO_LARGE = 3, 4
MEMORY_BYTES = 400_000_000
CPU_SECONDS = 5
MAX_UNPACKED_BYTES = 30_000_000
# The last row Excel knows; a file may name others, and the empty ones before them would never end.
LAST_ROW = 1_048_576


class TooLargeError(Exception):
    """The parts of the workbook are more than is unpacked."""


def main() -> int:
    """Read standard input, write standard output."""
    upload = sys.stdin.buffer.read()
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    try:
        rows = list(islice(_rows(upload, columns=int(sys.argv[1])), int(sys.argv[2])))
    except TooLargeError:
        return TOO_LARGE
    except Exception:
        # Readers raise whatever they like for a broken file, or where memory ends.
        return UNREADABLE
    json.dump(rows, sys.stdout)
    return 0


def _rows(upload: bytes, *, columns: int) -> Iterator[tuple[int, list[str]]]:
    with ZipFile(io.BytesIO(upload)) as archive:
        # No part unpacks to more than it says of itself: zipfile stops there.
        if sum(part.file_size for part in archive.infolist()) > MAX_UNPACKED_BYTES:
            raise TooLargeError
    sheet = load_workbook(io.BytesIO(upload), read_only=True, data_only=True, keep_links=False).worksheets[0]
    rows = sheet.iter_rows(min_row=1, max_row=LAST_ROW, min_col=1, max_col=columns, values_only=True)
    for place, values in enumerate(rows, start=1):
        cells = [_shown(value) for value in values]
        if any(cells):
            yield place, cells


def _shown(value: Any) -> str:
    """A value on one line, as people see it: 12 and not 12.0, a day without its midnight."""
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return "" if value is None else " ".join(str(value).split())


if __name__ == "__main__":
    sys.exit(main())
