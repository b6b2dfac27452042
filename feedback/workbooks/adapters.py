"""Workbooks as leaders expect them: openpyxl in write-only mode, with one styled cell a column used again and again."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.chart import BarChart, Reference
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from openpyxl.worksheet.dimensions import RowDimension
from openpyxl.worksheet.pagebreak import Break

from feedback.base.domain.text import with_visible_controls
from feedback.workbooks.domain.sheet import (
    LINE_HEIGHT,
    MAX_PARTS,
    MAX_ROW_HEIGHT,
    PART_HEIGHT,
    SURE_LENGTH,
    cell_text,
    fits_cell,
    pieces,
    row_height,
)

A4 = 9
ROW_CENTIMETRES = 0.5
HEADER_MARGIN = 6.0
MOST_PAGES = 32_767
_DAY = "yyyy-mm-dd"
_EPOCH = date(1899, 12, 30)
# Excel takes 1900 for a leap year: only from here on it agrees with the calendar.
_FIRST_DAY = date(1900, 3, 1)
_THIN = Side(style="thin", color="808080")
_GRID = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_TITLE_FONT = Font(name="方正小标宋简体", size=18)
_HEADER_FONT = Font(name="黑体", size=12)
_BODY_FONT = Font(name="仿宋", size=11)
_CENTRE = Alignment(horizontal="center", vertical="center", wrap_text=True)
_LEFT = Alignment(horizontal="left", vertical="center", wrap_text=True)
_TOP_LEFT = Alignment(horizontal="left", vertical="top", wrap_text=True)

Value = str | int | date | None


@dataclass(frozen=True)
class Column:
    """A column: its header, its width in half-width characters, what of a row it holds, and how its cells are shown.

    Without a `value` it belongs to a sheet that is given its rows cell by cell.
    """

    title: str
    width: float
    value: Callable[[Any], Value] = str
    is_centred: bool = False
    is_day: bool = False


class _ColumnCell(Cell):
    """The one styled cell of a column, given a new value for every row.

    openpyxl looks a cell's style up, and makes a new cell, for every value; that alone took a third of an export.
    Values are set without its checks: `cell_text` and `pieces` have made them fit.
    """

    has_style = True
    _value: Any

    def __init__(self, sheet: Any, place: int, column: Column) -> None:
        super().__init__(sheet, column=place)
        self.font, self.border = _BODY_FONT, _GRID
        self.alignment = _CENTRE if column.is_centred else _LEFT
        self.number_format = _DAY if column.is_day else "General"
        self._letter, self._width = get_column_letter(place), column.width
        self._place: int = super().style_id

    @property
    def style_id(self) -> int:
        """Where the style stands in the workbook: found once."""
        return self._place

    @property
    def coordinate(self) -> str:
        """Such as A5."""
        return f"{self._letter}{self.row}"

    def hold(self, value: Value, row: int) -> float:
        """Take a value for a row: text is text whatever it begins with, a day is Excel's number of it.

        Returns the height in points that it needs, or 0 for a single line.
        """
        self.row = row
        if isinstance(value, date) and value < _FIRST_DAY:
            value = value.isoformat()
        if isinstance(value, str):
            self.data_type, self._value = "s", cell_text(value)
            return row_height(value, self._width) if len(value) * 2.5 > self._width else 0
        self.data_type = "n"
        self._value = (value - _EPOCH).days if isinstance(value, date) else value
        return 0


class _StyledSheet(WriteOnlyWorksheet):
    """A write-only sheet that takes rows of cells that know their places."""

    def _values_to_row(self, values: Iterable[Cell], row_idx: int) -> Iterable[Cell]:
        return values


class Sheet:
    """One sheet while it is written: three heading rows that repeat on every page, then rows, then closing lines."""

    def __init__(
        self,
        book: Workbook,
        name: str,
        columns: Sequence[Column],
        *,
        title: str,
        subtitle: str,
        repeated_rows: str = "1:3",
    ) -> None:
        self._sheet = _StyledSheet(book, name)
        book._add_sheet(self._sheet)
        self._columns = columns
        self._merged: list[str] = []
        self._sheet.merged_cells = self._merged
        self.row = 0
        self._set_up_page(repeated_rows)
        self._body = [_ColumnCell(self._sheet, place, column) for place, column in enumerate(columns, 1)]
        self._dimension = RowDimension(self._sheet)
        self._span(title, _TITLE_FONT, Alignment(horizontal="center", vertical="center"), height=36)
        self._span(subtitle, _BODY_FONT, _LEFT, height=22)
        self.header([column.title for column in columns])

    def append_row(self, row: object) -> None:
        """Write what the columns hold of a row; one that is too high for a page is split."""
        self.append([column.value(row) for column in self._columns], is_split=True)

    def append(self, values: Sequence[Value], *, is_split: bool = False) -> None:
        """Write one row. A text longer than a cell goes on in rows of its own below, marked （续）.

        With `is_split` a row higher than a page allows becomes several merged ones, so that print cuts nothing.
        """
        if all(len(value) <= SURE_LENGTH or fits_cell(value) for value in values if isinstance(value, str)):
            self._append_fitting(values, is_split=is_split)
            return
        parts = [pieces(value) if isinstance(value, str) else [value] for value in values]
        for number in range(max(map(len, parts))):
            row = [part[number] if number < len(part) else None for part in parts]
            self._append_fitting(row if number == 0 else ["（续）", *row[1:]], is_split=is_split)

    def discard(self) -> None:
        """Close and remove the temporary file openpyxl writes the sheet to."""
        if not self._sheet.closed:
            self._sheet.close()
        self._sheet._writer.cleanup()

    def note(self, text: str) -> None:
        """A line across all columns."""
        width = sum(column.width for column in self._columns)
        self._span(text, _BODY_FONT, _TOP_LEFT, height=min(MAX_ROW_HEIGHT, row_height(text, width)))

    def blank(self, rows: int = 1) -> None:
        """Room between blocks, or below a chart."""
        for _ in range(rows):
            self._sheet.append([])
            self.row += 1

    def header(self, titles: Sequence[str]) -> int:
        """A header row in the middle of a sheet; returns the number of its row."""
        self.row += 1
        height: float = max(
            row_height(title, column.width) for title, column in zip(titles, self._columns, strict=False)
        )
        self._sheet.row_dimensions[self.row].height = height + HEADER_MARGIN
        self._sheet.append(self._same(self._styled(_HEADER_FONT, _CENTRE), titles))
        return self.row

    def bar_chart(self, title: str, *, header_row: int, last_row: int, column: int, anchor: str) -> float:
        """A native chart of one column of numbers against the labels in column A, below the last row.

        `anchor` is the letter of the column it begins in; returns its height in centimetres.
        """
        chart = BarChart()
        chart.type, chart.title, chart.legend, chart.style = "bar", title, None, 10
        chart.add_data(Reference(self._sheet, min_col=column, min_row=header_row + 1, max_row=last_row))
        chart.set_categories(Reference(self._sheet, min_col=1, min_row=header_row + 1, max_row=last_row))
        chart.x_axis.delete = chart.y_axis.delete = False
        chart.x_axis.scaling.orientation = "maxMin"
        chart.y_axis.majorGridlines = None
        chart.y_axis.number_format, chart.y_axis.crosses = "0", "max"
        chart.series[0].graphicalProperties.solidFill = "9C2F26"
        chart.gapWidth = 60
        height = max(6.0, 2.4 + 0.62 * (last_row - header_row))
        chart.width, chart.height = 15.5, height
        self._sheet.add_chart(chart, f"{anchor}{self.row + 2}")
        return height

    def make_room(self, height: float) -> None:
        """Empty rows for charts `height` centimetres high."""
        self.blank(int(height / ROW_CENTIMETRES) + 2)

    def start_page(self) -> None:
        """What follows begins on a new page."""
        self._sheet.row_breaks.append(Break(id=self.row))

    def _append_fitting(self, values: Sequence[Value], *, is_split: bool) -> None:
        height = max(LINE_HEIGHT + 4, *self._hold(values))
        if height <= MAX_ROW_HEIGHT or not is_split:
            self._write(len(values), min(height, MAX_ROW_HEIGHT))
            return
        # Nobody gets more rows by sending nothing but line ends: the sheet has a last one.
        count = min(int(height // PART_HEIGHT) + 1, MAX_PARTS)
        part = min(height / count, MAX_ROW_HEIGHT)
        first = self.row + 1
        self._write(len(values), part)
        for _ in range(count - 1):
            self._hold([None] * len(values))
            self._write(len(values), part)
        self._merged.extend(
            f"{letter}{first}:{letter}{self.row}"
            for letter in (get_column_letter(place) for place in range(1, len(values) + 1))
        )

    def _hold(self, values: Sequence[Value]) -> list[float]:
        """Put values into the cells of the next row; the heights they need."""
        return [cell.hold(value, self.row + 1) for cell, value in zip(self._body, values, strict=False)]

    def _write(self, width: int, height: float) -> None:
        """Write the first `width` cells of the body as they are."""
        self.row += 1
        self._dimension.index, self._dimension.height = self.row, height
        self._sheet.row_dimensions[self.row] = self._dimension
        self._sheet.append(self._body[:width])
        # The row is on disk now; keeping its height would let memory grow with the number of rows.
        del self._sheet.row_dimensions[self.row]

    def _span(self, text: str, font: Font, alignment: Alignment, *, height: float) -> None:
        self.row += 1
        cell = self._styled(font, alignment, has_grid=False)
        cell.value, cell.data_type = cell_text(text), "s"
        cell.row, cell.column = self.row, 1
        self._sheet.row_dimensions[self.row].height = height
        self._sheet.append([cell])
        self._merged.append(f"A{self.row}:{get_column_letter(len(self._columns))}{self.row}")

    def _same(self, cell: Any, values: Sequence[str]) -> Any:
        for column, value in enumerate(values, 1):
            cell.value, cell.data_type = cell_text(value), "s"
            cell.row, cell.column = self.row, column
            yield cell

    def _styled(self, font: Font, alignment: Alignment, *, has_grid: bool = True) -> Any:
        cell = WriteOnlyCell(self._sheet)
        cell.font, cell.alignment = font, alignment
        if has_grid:
            cell.border = _GRID
        return cell

    def _set_up_page(self, repeated_rows: str) -> None:
        sheet = self._sheet
        sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", A4
        # As many pages as it takes. The usual 0 for that makes LibreOffice 7.4 break pages at one zoom and draw them
        # at another where rows repeat on every page: the last rows were missing in print.
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, MOST_PAGES
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        sheet.print_title_rows = repeated_rows
        sheet.freeze_panes = "A4"
        sheet.print_options.horizontalCentered = True
        margins = sheet.page_margins
        margins.left = margins.right = 0.5
        margins.top, margins.bottom, margins.footer = 0.6, 0.7, 0.35
        sheet.oddFooter.center.text = "第 &P 页 共 &N 页"
        for place, column in enumerate(self._columns, 1):
            sheet.column_dimensions[get_column_letter(place)].width = column.width


def new_book(*, title: str, creator: str) -> Workbook:
    """An empty write-only workbook with its properties."""
    book = Workbook(write_only=True)
    book.properties.title, book.properties.creator = with_visible_controls(title), with_visible_controls(creator)
    return book


def save(book: Workbook, path: Path) -> None:
    """Assemble the sheets, which already lie on disk, into the file."""
    book.save(path)
