"""How a text goes into a cell whole: nothing becomes a formula, nothing is cut, nothing breaks the file."""

import math
import re

from feedback.base.domain.text import with_visible_controls

MAX_CELL_UNITS = 32_767
# So many code points fit, even if each takes two units.
SURE_LENGTH = MAX_CELL_UNITS // 2
LINE_HEIGHT = 15.0
MAX_ROW_HEIGHT = 390.0
PART_HEIGHT = 180.0
MAX_PARTS = 60
# A header repeats on every page: more lines than this and little of a page is left.
HEADER_LINES = 10

_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_PIECE = 16_000


def cell_text(text: str) -> str:
    """The text as the file must hold it: control characters visible, a literal _x000D_ kept from being decoded."""
    visible = with_visible_controls(text)
    return _ESCAPE.sub("_x005F_", visible) if "_x" in visible else visible


def fits_cell(text: str) -> bool:
    """Whether Excel keeps it in one cell, escapes included; it counts UTF-16 code units."""
    return len(cell_text(text).encode("utf-16-le", "replace")) // 2 <= MAX_CELL_UNITS


def pieces(text: str) -> list[str]:
    """A text too long for a cell in parts that fit one, in order and without loss."""
    if fits_cell(text):
        return [text]
    return [text[start : start + _PIECE] for start in range(0, len(text), _PIECE)]


def display_width(text: str) -> float:
    """Its width in half-width columns: UTF-8 takes one byte for a narrow and three for a wide character."""
    return (len(text.encode("utf-8", "replace")) + len(text)) / 2


def header_width(title: str, *, least: float) -> float:
    """A width in half-width characters at which a header takes no more than HEADER_LINES lines."""
    return max(least, math.ceil(display_width(title) / HEADER_LINES) * 1.08 + 1.1)


def row_height(text: str, width: float) -> float:
    """The height in points of a wrapped cell `width` columns wide, a little generous; not capped."""
    usable = (width - 1) / 1.08
    if "\n" not in text:
        return max(1, math.ceil(display_width(text) / usable)) * LINE_HEIGHT + 4
    return sum(max(1, math.ceil(display_width(line) / usable)) for line in text.split("\n")) * LINE_HEIGHT + 4
