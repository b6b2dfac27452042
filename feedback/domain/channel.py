"""Channels: what is asked of one, how a list of many is read, and how few visits are told without telling whose."""

from collections.abc import Sequence
from dataclasses import dataclass

from feedback.domain.refusal import RefusalError

MAX_NAME_LENGTH, MAX_PLACE_LENGTH = 100, 200
MOST_AT_ONCE = 500
# Fewer than this many are not told apart from each other.
TOLD_FROM = 5


@dataclass(frozen=True)
class ChannelRow:
    """A line of a list of channels: the name, the place and the unit as they were written."""

    name: str
    place: str = ""
    unit: str = ""


def read_list(text: str) -> list[ChannelRow]:
    """A channel a line, its columns parted by tabs as a sheet gives them, or by commas.

    A first line of headings is left out. RefusalError names the line that cannot be one.
    """
    lines = [line.strip() for line in text.splitlines()]
    rows = [_row(place, line) for place, line in enumerate(lines, start=1) if line]
    if rows and rows[0].name in {"名称", "渠道", "渠道名称"}:
        rows = rows[1:]
    return checked(rows)


def checked(rows: Sequence[ChannelRow]) -> list[ChannelRow]:
    """The rows, if they can become channels; RefusalError says what stands against it."""
    if not rows:
        raise RefusalError("请每行写一个渠道的名称。")
    if len(rows) > MOST_AT_ONCE:
        raise RefusalError(f"一次最多 {MOST_AT_ONCE} 个渠道，现在有 {len(rows)} 个。")
    names = [row.name for row in rows]
    doubled = next((name for place, name in enumerate(names) if name in names[:place]), None)
    if doubled is not None:
        raise RefusalError(f"“{doubled}”写了两次，请改掉一个。")
    return list(rows)


def told(count: int) -> str:
    """0, 不足5, or the number: one visit or two would tell who was there."""
    return str(count) if count == 0 or count >= TOLD_FROM else f"不足{TOLD_FROM}"


def _row(place: int, line: str) -> ChannelRow:
    parted = line.split("\t") if "\t" in line else line.replace("，", ",").split(",")
    cells = [cell.strip() for cell in parted]
    row = ChannelRow(*cells[:3])
    if not row.name:
        raise RefusalError(f"第 {place} 行没有名称。")
    if len(row.name) > MAX_NAME_LENGTH or len(row.place) > MAX_PLACE_LENGTH:
        raise RefusalError(f"第 {place} 行太长：名称最多 {MAX_NAME_LENGTH} 字，地点最多 {MAX_PLACE_LENGTH} 字。")
    return row
