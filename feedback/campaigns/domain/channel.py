"""Channels: what is asked of one, how a list of many is read, and how few visits are told without telling whose."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from feedback.base.domain.refusal import RefusalError
from feedback.base.domain.text import has_unkeepable

MAX_NAME_LENGTH, MAX_PLACE_LENGTH = 100, 200
MOST_AT_ONCE = 500
# Fewer than this many are not told apart from each other.
TOLD_FROM = 5
COLUMNS = 3
# A list may have a title above its headings, and other columns between its own.
MOST_COLUMNS, HEADINGS_WITHIN = 12, 5

_HEADINGS = frozenset({"名称", "渠道", "渠道名称"})
_PLACES = frozenset({"地点", "张贴地点", "位置", "地址"})
_UNITS = frozenset({"单位", "所在单位", "所属单位"})


@dataclass(frozen=True)
class ChannelRow:
    """A line of a list of channels: the name, the place and the unit as they were written."""

    name: str
    place: str = ""
    unit: str = ""


def read_list(text: str) -> list[ChannelRow]:
    """A channel a line, its columns parted by tabs as a sheet gives them, or by commas; see `read_rows`."""
    return read_rows((place, _cells(line)) for place, line in enumerate(text.splitlines(), start=1))


def read_rows(lines: Iterable[tuple[int, Sequence[str]]]) -> list[ChannelRow]:
    """A channel a row of cells, each row with its number.

    The columns are those under 名称, 地点 and 所在单位 where one of the first rows says so, otherwise the first three.
    Empty rows and what stands above the headings are left out. RefusalError names the row that cannot be a channel.
    """
    filled = [(place, list(cells)) for place, cells in lines if any(cells)]
    heading = next(
        (at for at, (_, cells) in enumerate(filled[:HEADINGS_WITHIN]) if _HEADINGS.intersection(cells)), None
    )
    if heading is None:
        return checked([_row(place, cells[:COLUMNS]) for place, cells in filled])
    order = [_column(filled[heading][1], names) for names in (_HEADINGS, _PLACES, _UNITS)]
    return checked([_row(place, [_cell(cells, at) for at in order]) for place, cells in filled[heading + 1 :]])


def _column(headings: Sequence[str], names: Iterable[str]) -> int | None:
    return next((at for at, heading in enumerate(headings) if heading in names), None)


def _cell(cells: Sequence[str], at: int | None) -> str:
    return cells[at] if at is not None and at < len(cells) else ""


def checked(rows: Sequence[ChannelRow]) -> list[ChannelRow]:
    """The rows, if they can become channels; RefusalError says what stands against it."""
    if not rows:
        raise RefusalError("请每行写一个渠道的名称。")
    if len(rows) > MOST_AT_ONCE:
        raise RefusalError(f"一次最多 {MOST_AT_ONCE} 个渠道，请分几次建立。")
    names = [row.name for row in rows]
    doubled = next((name for place, name in enumerate(names) if name in names[:place]), None)
    if doubled is not None:
        raise RefusalError(f"“{doubled}”写了两次，请改掉一个。")
    return list(rows)


def told(count: int) -> str:
    """0, 不足5, or the number: one visit or two would tell who was there."""
    return str(count) if count == 0 or count >= TOLD_FROM else f"不足{TOLD_FROM}"


def _cells(line: str) -> list[str]:
    parted = line.split("\t") if "\t" in line else line.replace("，", ",").split(",")
    return [cell.strip() for cell in parted]


def _row(place: int, cells: Sequence[str]) -> ChannelRow:
    row = ChannelRow(*cells)
    if not row.name:
        raise RefusalError(f"第 {place} 行没有名称。")
    if has_unkeepable("".join(cells)):
        raise RefusalError(f"第 {place} 行有无法识别的字符，请改好后再试。")
    if len(row.name) > MAX_NAME_LENGTH or len(row.place) > MAX_PLACE_LENGTH:
        raise RefusalError(f"第 {place} 行太长：名称最多 {MAX_NAME_LENGTH} 字，地点最多 {MAX_PLACE_LENGTH} 字。")
    return row
