"""Breaking Chinese lines: between any two characters, but not inside a word, nor on the wrong side of a mark."""

import re
from collections.abc import Callable
from math import ceil

_OPENING = "（《【“‘"
_CLOSING = "，。、；：！？）】》”’…·%"
# A word or number in Latin letters, or one character, each with the marks that cling to it.
_PIECE = re.compile(rf"[{_OPENING}]*(?:[!-~]+|[^\n])[{_CLOSING}]*|\n")

Measure = Callable[[str], float]


def wrapped(text: str, measure: Measure, width: float) -> list[str]:
    """The lines of a text no wider than `width`, by whatever unit `measure` counts in; a word that is wider is cut."""
    lines = [""]
    for piece in _pieces(text, measure, width):
        if piece == "\n":
            lines.append("")
        elif measure(lines[-1] + piece.rstrip()) <= width:
            lines[-1] += piece
        else:
            lines.append(piece.lstrip())
    return [line.rstrip() for line in lines]


def balanced(text: str, measure: Measure, width: float) -> list[str]:
    """As many lines as before, of nearly equal width, as a title wants them."""
    lines = wrapped(text, measure, width)
    narrow = max((measure(text) / len(lines), *(measure(piece) for piece in _pieces(text, measure, width))))
    for percent in range(100, 201, 5):
        tried = wrapped(text, measure, min(width, narrow * percent / 100))
        if len(tried) <= len(lines):
            return tried
    return lines


def _pieces(text: str, measure: Measure, width: float) -> list[str]:
    pieces = []
    for piece in _PIECE.findall(text):
        parts = ceil(measure(piece) / width) if len(piece) > 1 else 1
        size = ceil(len(piece) / max(parts, 1))
        pieces += [piece[start : start + size] for start in range(0, len(piece), size)]
    return pieces
