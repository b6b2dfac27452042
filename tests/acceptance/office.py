"""What other programs make of a workbook: openpyxl, and LibreOffice as a reader and as a printer."""

import csv
import os
import re
import subprocess
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.escape import unescape

CONVERSION_SECONDS = 300
# Field separator, quote, UTF-8, from the first line, cells as they are shown, all of them quoted, every sheet.
_CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,true,true,false,false,false,-1"
_NUMBER = re.compile(r"[A-Z][0-9]-[0-9]{5,7}")
_UNPRINTED = {"Cc", "Cf", "Cn", "Co", "Me", "Mn", "Sk", "So"}

Row = dict[str, str]
Grid = list[list[str]]


def read_workbook(path: Path) -> dict[str, Grid]:
    """The cells of each sheet as openpyxl reads them, with escapes undone as Excel undoes them."""
    book = load_workbook(path, read_only=True)
    sheets = {sheet.title: [list(map(_shown, row)) for row in sheet.iter_rows(values_only=True)] for sheet in book}
    book.close()
    return sheets


def read_through_libreoffice(path: Path, folder: Path) -> dict[str, Grid]:
    """The cells of each sheet as LibreOffice shows them: comma-separated values lose nothing but the looks."""
    _convert(path, _CSV, folder)
    sheets = {}
    for file in sorted(folder.glob(f"{path.stem}-*.csv")):
        with open(file, encoding="utf-8-sig", newline="") as lines:
            sheets[file.stem.removeprefix(f"{path.stem}-")] = list(csv.reader(lines))
    return sheets


def rows_by_number(grid: Grid) -> dict[str, Row]:
    """The rows that have a 编号, each as a mapping from the headers in row 3; the first of two equal headers counts."""
    headers = grid[2]
    place = headers.index("编号")
    rows = [row for row in grid[3:] if len(row) > place and _NUMBER.fullmatch(row[place])]
    return {row[place]: dict(reversed(list(zip(headers, row, strict=False)))) for row in rows}


def print_first_sheet(path: Path, folder: Path) -> tuple[str, int]:
    """The printable characters of what LibreOffice prints of the first sheet, in their order, and how many pages.

    Text that lies outside its cell is in the PDF as well, where no eye sees it. pdftocairo draws the pages anew and
    leaves out what is hidden.
    """
    _convert(path, "pdf", folder)
    pdf, seen = folder / f"{path.stem}.pdf", folder / "seen.pdf"
    pages = _text_of(pdf).split("\f")
    count = next(number for number, page in enumerate(pages) if "（统计）" in page)
    _run(["pdftocairo", "-pdf", "-l", str(count), str(pdf), str(seen)])
    return printable(_text_of(seen)), count


def printable(text: str) -> str:
    """Without blanks, without scripts that run left, without what another font draws on a line of its own.

    Those are emoji, accents and the small forms from ﹐ to ﹫.
    """
    return "".join(
        symbol
        for symbol in text
        if not symbol.isspace()
        and unicodedata.category(symbol) not in _UNPRINTED
        and unicodedata.bidirectional(symbol) not in {"R", "AL"}
        and not "\ufe50" <= symbol <= "\ufe6b"
    )


def pieces_of(texts: Iterable[str], length: int) -> list[str]:
    """All printable characters of some texts in stretches of equal length."""
    return [whole[start : start + length] for whole in map(printable, texts) for start in range(0, len(whole), length)]


def total_below(grid: Grid, header: str) -> Mapping[str, Sequence[str]]:
    """The rows of the small table that begins with a header in the first column, up to the next gap."""
    start = next(place for place, row in enumerate(grid) if row and row[0] == header)
    rows: dict[str, Sequence[str]] = {}
    for row in grid[start + 1 :]:
        if not row or not row[0] or row[0].startswith("共 "):
            break
        rows[row[0]] = row[1:]
    return rows


def _shown(value: Any) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    return "" if value is None else unescape(str(value))


def _text_of(pdf: Path) -> str:
    return _run(["pdftotext", "-raw", "-enc", "UTF-8", str(pdf), "-"])


def _convert(path: Path, kind: str, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    profile = (folder / "profile").absolute().as_uri()
    options = [f"-env:UserInstallation={profile}", "--headless", "--convert-to", kind, "--outdir", str(folder)]
    _run(["soffice", *options, str(path)])


def _run(command: Sequence[str]) -> str:
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    finished = subprocess.run(
        command, env=environment, capture_output=True, check=True, timeout=CONVERSION_SECONDS, stdin=subprocess.DEVNULL
    )
    return finished.stdout.decode()
