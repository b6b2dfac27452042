"""Workbooks as leaders expect them."""

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape

from feedback.workbooks.adapters import MOST_PAGES, Column, Sheet, Value, new_book, save

COLUMNS = (Column("序号", 6, is_centred=True), Column("内容", 50), Column("收到时间", 12, is_day=True))
EXCEL_ROW_LIMIT = 409


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "book.xlsx"


def written(path: Path, rows: Sequence[Sequence[Value]], *, is_split: bool = False, title: str = "汇总表") -> Any:
    """The sheet as a reader finds it, with three heading rows and one closing line around the rows."""
    book = new_book(title=title, creator="王小明")
    sheet = Sheet(book, "汇总表", COLUMNS, title=title, subtitle="填报单位")
    for row in rows:
        sheet.append(row, is_split=is_split)
    sheet.note(f"共 {len(rows)} 条")
    save(book, path)
    return load_workbook(path)["汇总表"]


def texts_in(sheet: Any, column: str = "B") -> list[str]:
    """What Excel shows in the body of a column, row for row."""
    cells = [sheet[f"{column}{row}"] for row in range(4, sheet.max_row)]
    return [unescape(cell.value) for cell in cells if isinstance(cell.value, str)]


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x")', "=cmd|'/c calc'!A0", "\t=1", "\n=1", "{=1}", "＝1+1"],
)
def test_what_looks_like_a_formula_stays_a_text(path: Path, text: str) -> None:
    sheet = written(path, [[1, text, text]])

    assert [(sheet[cell].value, sheet[cell].data_type) for cell in ("B4", "C4")] == [(text, "s")] * 2
    assert "<f>" not in ZipFile(path).read("xl/worksheets/sheet1.xml").decode()


@pytest.mark.parametrize("text", ["007", "1e5", "13812341234", "2026-01-01", "TRUE", "#N/A", "0", " 一\n  二 "])
def test_a_text_is_not_turned_into_a_number_a_date_or_an_error(path: Path, text: str) -> None:
    sheet = written(path, [[1, text, None]])

    assert (sheet["B4"].value, sheet["B4"].data_type) == (text, "s")


def test_blanks_around_a_text_are_kept_by_excel_too(path: Path) -> None:
    written(path, [[1, "  一  ", None]])

    assert re.search(r'<t xml:space="preserve">  一  </t>', ZipFile(path).read("xl/worksheets/sheet1.xml").decode())


def test_numbers_and_days_stay_numbers_and_days(path: Path) -> None:
    sheet = written(path, [[7, "好", date(2026, 11, 20)]])

    assert sheet["A4"].value == 7
    assert sheet["C4"].value.date() == date(2026, 11, 20)
    assert sheet["C4"].is_date


def test_five_thousand_emoji_stay_in_one_cell(path: Path) -> None:
    sheet = written(path, [[1, "👍" * 5_000, None]])

    assert texts_in(sheet) == ["👍" * 5_000]


@pytest.mark.parametrize("pattern", ["a", "好", "👍", "好" * 99 + "\n", "\x07"])
@pytest.mark.parametrize("is_split", [False, True])
def test_a_text_too_long_for_a_cell_goes_on_below_without_loss(path: Path, pattern: str, is_split: bool) -> None:
    text = (pattern * 40_000)[:40_000]

    sheet = written(path, [[1, text, "备注"], [2, "下一件", None]], is_split=is_split)

    *parts, following = texts_in(sheet)
    assert "".join(parts) == text.replace("\x07", "␇")
    assert len(parts) > 1
    assert following == "下一件"
    assert all(len(part.encode("utf-16-le")) // 2 <= 32_767 for part in parts)


@pytest.mark.parametrize("count", [4_600, 5_000])
def test_escapes_read_as_they_were_written_even_on_the_border_of_two_cells(path: Path, count: int) -> None:
    text = "_x000D_" * count

    sheet = written(path, [[1, text, None]])

    assert "".join(texts_in(sheet)) == text
    assert max(len(sheet.cell(row, 2).value) for row in range(4, sheet.max_row)) <= 32_767


def test_rows_that_go_on_are_marked_and_repeat_nothing(path: Path) -> None:
    sheet = written(path, [[1, "好" * 40_000, "备注"]])

    rows = [[sheet.cell(row, column).value for column in (1, 3)] for row in range(4, sheet.max_row)]
    assert rows[0] == [1, "备注"]
    assert rows[1:] == [["（续）", None]] * (len(rows) - 1)
    assert len(rows) > 1


def test_control_characters_are_shown(path: Path) -> None:
    sheet = written(path, [[1, "".join(map(chr, range(32))) + "\x7f\ufffe\uffff", None]])

    assert texts_in(sheet) == ["␀␁␂␃␄␅␆␇␈\t\n␋␌␍␎␏␐␑␒␓␔␕␖␗␘␙␚␛␜␝␞␟␡\ufffd\ufffd"]


def test_a_literal_escape_is_written_so_that_excel_does_not_decode_it(path: Path) -> None:
    sheet = written(path, [[1, "一_x000D_二", None]])

    assert sheet["B4"].value == "一_x005F_x000D_二"


@pytest.mark.parametrize("title", ["=1+1", "汇总\x07表", "一_x000D_二"])
def test_headings_are_held_to_the_same_rules(path: Path, title: str) -> None:
    sheet = written(path, [], title=title)

    assert unescape(sheet["A1"].value) == title.replace("\x07", "␇")
    assert sheet["A1"].data_type == "s"


def test_a_page_is_a4_landscape_one_page_wide_with_repeated_headings_and_a_footer(path: Path) -> None:
    sheet = written(path, [[1, "好", None]])

    assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "landscape")
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, MOST_PAGES)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_title_rows == "$1:$3"
    assert sheet.oddFooter.center.text == "第 &P 页 共 &N 页"
    assert sheet.freeze_panes == "A4"


def test_the_title_the_line_below_and_the_closing_line_span_all_columns(path: Path) -> None:
    sheet = written(path, [[1, "好", None]])

    assert {str(merged) for merged in sheet.merged_cells.ranges} == {"A1:C1", "A2:C2", "A5:C5"}
    assert [sheet[cell].value for cell in ("A1", "A2", "A5")] == ["汇总表", "填报单位", "共 1 条"]


def test_heads_and_cells_carry_the_fonts_and_borders_of_an_official_table(path: Path) -> None:
    sheet = written(path, [[1, "好", None]])

    assert [sheet[cell].font.name for cell in ("A1", "A3", "B4")] == ["方正小标宋简体", "黑体", "仿宋"]
    assert [sheet[cell].font.size for cell in ("A1", "A3", "B4")] == [18, 12, 11]
    assert [sheet[cell].value for cell in ("A3", "B3", "C3")] == ["序号", "内容", "收到时间"]
    assert all(sheet[cell].border.left.style == "thin" for cell in ("A3", "B4", "C4"))
    assert [sheet[cell].alignment.horizontal for cell in ("A4", "B4")] == ["center", "left"]
    assert sheet["B4"].alignment.wrap_text


def test_every_row_has_a_height_that_excel_allows_and_longer_texts_higher_ones(path: Path) -> None:
    sheet = written(path, [[1, "好" * length, None] for length in (1, 50, 200, 5_000)])

    heights = [sheet.row_dimensions[row].height for row in range(1, sheet.max_row + 1)]
    assert all(height is not None and 15 <= height <= EXCEL_ROW_LIMIT for height in heights)
    assert heights[3:7] == sorted(set(heights[3:7]))


def test_a_row_too_high_for_a_page_is_split_into_merged_ones_that_hold_all_of_it(path: Path) -> None:
    sheet = written(path, [[1, "好" * 5_000, "备注"], [2, "下一件", None]], is_split=True)

    following = next(row for row in range(4, sheet.max_row) if sheet.cell(row, 2).value == "下一件")
    assert following > 5
    heights = [sheet.row_dimensions[row].height for row in range(4, following)]
    assert max(heights) <= 200
    assert sum(heights) > 5_000 / 25 * 15
    assert {f"{column}4:{column}{following - 1}" for column in "ABC"} <= {str(one) for one in sheet.merged_cells.ranges}


def test_a_chart_draws_exactly_the_rows_it_is_told(path: Path) -> None:
    book = new_book(title="统计", creator="王小明")
    sheet = Sheet(book, "统计", COLUMNS, title="统计", subtitle="填报单位")
    for number, label in enumerate("甲乙丙", 1):
        sheet.append([label, str(number), number])
    sheet.bar_chart("问题类别", header_row=3, last_row=6, column=3, anchor="A")
    save(book, path)

    chart = ZipFile(path).read("xl/charts/chart1.xml").decode()

    assert re.findall(r"<f>([^<]+)</f>", chart) == ["'统计'!$A$4:$A$6", "'统计'!$C$4:$C$6"]


def test_a_text_of_line_ends_takes_no_more_rows_than_any_other(path: Path) -> None:
    text = "\n" * 4_999 + "完"

    sheet = written(path, [[1, text, None], [2, "下一件", None]], is_split=True)

    assert [cell.value for cell in sheet["B"]].index("下一件") < 80
    assert text in [cell.value for cell in sheet["B"]]
