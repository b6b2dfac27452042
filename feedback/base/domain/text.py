"""What counts as text: length in code points, line ends, and characters that cannot be kept or must be shown."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

MAX_OPINION_LENGTH = 5_000
MAX_REPLY_LENGTH = 20_000
# Of whatever somebody says why: a decision, a note, a look at contact details, one more look.
MAX_REASON_LENGTH = 1_000
MAX_SUMMARY_LENGTH = 200

# Letters and marks by name, and yet drawn as nothing: fillers of Hangul, the empty Braille cell, selectors.
_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | {chr(code) for code in range(0xFE00, 0xFE10)}
_UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})
_UNKEEPABLE = re.compile("[\x00\ud800-\udfff\ufffd]")
_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")
_CONTROL_PICTURES = {code: chr(0x2400 + code) for code in range(0x20)} | {
    0x7F: "\u2421",
    0xFFFE: "\ufffd",
    0xFFFF: "\ufffd",
}


def with_unix_line_ends(text: str) -> str:
    """Browsers send CRLF; lengths and comparisons are made on LF."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def is_blank(text: str) -> bool:
    """Whether nobody could read anything in it."""
    return all(symbol in _BLANKS or unicodedata.category(symbol) in _UNSEEN for symbol in text)


def has_unkeepable(text: str) -> bool:
    """Whether it holds NUL, half of a surrogate pair, or the mark that a decoder leaves for broken bytes."""
    return _UNKEEPABLE.search(text) is not None


def holds_unkeepable(value: Any) -> bool:
    """Whether any text in plain values does, such as in a file; however deep, it is not called again and again."""
    rest = [value]
    while rest:
        one = rest.pop()
        if isinstance(one, Mapping):
            rest += [*one, *one.values()]
        elif isinstance(one, list):
            rest += one
        elif isinstance(one, str) and has_unkeepable(one):
            return True
    return False


def with_visible_controls(text: str) -> str:
    """Control characters as their pictures (U+2400 and up), so that a reader sees them and no file format breaks."""
    if _INVISIBLE.search(text) is None:
        return text
    return text.translate(_CONTROL_PICTURES | {9: "\t", 10: "\n"})


def excerpt(text: str, *, length: int = 120) -> str:
    """The beginning of a text on one line, with an ellipsis where it goes on."""
    line = " ".join(text[: length * 2].split())
    return line if len(line) <= length and len(text) <= length * 2 else line[:length] + "…"
