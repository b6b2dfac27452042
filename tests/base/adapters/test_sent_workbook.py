"""Workbooks people send: what they hold is read, and whatever is broken or meant to break something is refused."""

import io
from datetime import date, datetime
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from feedback.base.adapters import sent_workbook_child
from feedback.base.adapters.sent_workbook import MAX_BYTES, Row, sent_rows
from feedback.base.domain.refusal import RefusalError
from tests.books import saved, with_part

BOOK = saved([["名称", "地点", "单位"], ["大厅", "一楼", "法院"]])
SHEET = "xl/worksheets/sheet1.xml"
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def read(book: bytes, *, most: int = 500) -> list[Row]:
    return sent_rows(book, columns=3, most=most)


def sheet(rows: str, before: str = "") -> bytes:
    """A workbook whose first sheet is written by hand."""
    text = f'<?xml version="1.0"?>{before}<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>'
    return with_part(BOOK, SHEET, text.encode())


def with_strings(book: bytes, strings: str) -> bytes:
    """The workbook with a table of strings, as Excel keeps them."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    with ZipFile(io.BytesIO(book)) as archive:
        types = archive.read("[Content_Types].xml").decode()
    override = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'
    named = with_part(book, "[Content_Types].xml", types.replace("</Types>", override).encode())
    return with_part(named, "xl/sharedStrings.xml", f"<sst {MAIN}>{strings}</sst>".encode())


def test_the_first_columns_of_the_first_sheet_are_read_with_the_numbers_of_their_rows() -> None:
    book = saved([["名称", "地点"], [], ["大厅", None, "法院", "不读"], [None, None, None, "不读"]], [["另一张表"]])

    assert read(book) == [(1, ["名称", "地点", ""]), (3, ["大厅", "", "法院"])]
    assert read(book, most=1) == [(1, ["名称", "地点", ""])]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (12.0, "12"), (12.5, "12.5"), (0.1 + 0.2, "0.3"), (13812341234.0, "13812341234"), (0, "0"), (True, "True"),
        (date(2026, 11, 20), "2026-11-20"), (datetime(2026, 11, 20, 9, 30), "2026-11-20 09:30:00"),  # noqa: DTZ001
        ("  一楼\n大厅 ", "一楼 大厅"), ("一_x000D_二", "一_x000D_二"), ("𠮷👍", "𠮷👍"),
    ],
)  # fmt: skip
def test_a_value_reads_as_people_see_it(value: object, shown: str) -> None:
    assert read(saved([["大厅", value]])) == [(1, ["大厅", shown, ""])]


def test_strings_are_read_from_the_table_in_which_excel_keeps_them() -> None:
    strings = "<si><t>大厅</t></si><si><r><t>一</t></r><r><t>楼</t></r></si><si><t>一_x005F_x000D_二</t></si>"
    cells = "".join(f'<c t="s"><v>{place}</v></c>' for place in range(3))

    assert read(with_strings(sheet(f"<row>{cells}</row>"), strings)) == [(1, ["大厅", "一楼", "一_x000D_二"])]


def test_a_formula_reads_as_what_it_gave() -> None:
    cells = '<c t="str"><f>"大"&amp;"厅"</f><v>大厅</v></c><c><f>1+1</f><v>2</v></c><c><f>1+1</f></c>'

    assert read(sheet(f"<row>{cells}</row>")) == [(1, ["大厅", "2", ""])]


def test_a_wrong_size_in_the_file_hides_no_row() -> None:
    rows = '<sheetData><row r="9"><c r="C9"><v>7</v></c></row></sheetData>'
    book = with_part(BOOK, SHEET, f'<worksheet {MAIN}><dimension ref="A1"/>{rows}</worksheet>'.encode())

    assert read(book) == [(9, ["", "", "7"])]


def zipped(**parts: bytes) -> bytes:
    written = io.BytesIO()
    with ZipFile(written, "w", ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return written.getvalue()


ENTITIES = "<!DOCTYPE x [<!ENTITY a0 'ha'>" + "".join(
    f"<!ENTITY a{n + 1} '{f'&a{n};' * 10}'>" for n in range(9)
) + "]>"  # fmt: skip
BROKEN = {
    "nothing": b"",
    "no archive": b"PK\x03\x04",
    "an old workbook": bytes.fromhex("d0cf11e0a1b11ae1") + bytes(2_000),
    "a list": "名称,地点".encode(),
    "an archive of something else": zipped(a=b"b"),
    "cut": BOOK[:-200],
    "flipped": BOOK[:300] + bytes(100) + BOOK[400:],
    "no XML": with_part(BOOK, SHEET, b"<worksheet"),
    "no sheet": with_part(BOOK, "xl/workbook.xml", f"<workbook {MAIN}><sheets/></workbook>".encode()),
    "a string that is not there": sheet('<row><c t="s"><v>99999</v></c></row>'),
    "no number": sheet("<row><c><v>x</v></c></row>"),
    "entities": sheet('<row><c t="str"><v>&a9;</v></c></row>', ENTITIES),
    "a file of ours": sheet('<row><c t="str"><v>&a;</v></c></row>', "<!DOCTYPE x [<!ENTITY a SYSTEM '/etc/passwd'>]>"),
    "strings that take too long": with_strings(BOOK, "<si><t/></si>" * 2_100_000),
}


@pytest.mark.parametrize("book", BROKEN.values(), ids=BROKEN)
def test_what_is_no_workbook_is_refused(book: bytes) -> None:
    assert len(book) <= MAX_BYTES
    with pytest.raises(RefusalError, match="打不开"):
        read(book)


def test_what_is_too_large_is_refused_packed_and_unpacked() -> None:
    for book in (
        bytes(MAX_BYTES + 1),
        with_part(BOOK, "xl/media/a.bmp", bytes(sent_workbook_child.MAX_UNPACKED_BYTES)),
    ):
        with pytest.raises(RefusalError, match="太大"):
            read(book)


def test_a_row_far_beyond_the_last_one_is_not_waited_for() -> None:
    far = "".join(f'<row r="{row}"><c r="A{row}"><v>1</v></c></row>' for row in (5, 1_048_576, 10**12))

    assert [place for place, _ in read(sheet(far))] == [5, 1_048_576]
