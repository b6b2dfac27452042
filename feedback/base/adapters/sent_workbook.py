"""The rows of a workbook somebody sends, read in a process with limits: see sent_workbook_child.py."""

import json
from pathlib import Path

from feedback.base.adapters.child import answer_of
from feedback.base.domain.refusal import RefusalError

MAX_BYTES = 2_000_000
SECONDS = 20
_CHILD = Path(__file__).with_name("sent_workbook_child.py")
_UNREADABLE = "这个文件打不开。请在 Excel 或 WPS 里另存为 .xlsx 文件，再选一次。"
_TOO_LARGE = "这个文件太大，最多 2 MB。请只留需要的几列，另存为新的文件，再选一次。"
_REFUSALS = {4: _TOO_LARGE}

Row = tuple[int, list[str]]


def sent_rows(upload: bytes, *, columns: int, most: int) -> list[Row]:
    """The first `columns` cells of the rows of the first sheet, each with its number; at most `most` rows.

    Rows that hold nothing there are left out. Numbers read as people see them, and a formula as what it gave when the
    workbook was saved. Raises RefusalError, with a sentence for the reader, for whatever cannot be read within limits.
    """
    if len(upload) > MAX_BYTES:
        raise RefusalError(_TOO_LARGE)
    code, output = answer_of(_CHILD, str(columns), str(most), sent=upload, seconds=SECONDS)
    if code != 0:
        raise RefusalError(_REFUSALS.get(code or 0, _UNREADABLE))
    return [(place, cells) for place, cells in json.loads(output)]
