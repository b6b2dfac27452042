"""What counts as text: length in code points, line ends, and characters that cannot be kept or must be shown."""

import re

MAX_OPINION_LENGTH = 5_000
MAX_REPLY_LENGTH = 20_000

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
    return not text.strip("\u200b\u200c\u200d\u2060\ufeff \t\n\r\u3000\xa0")


def has_unkeepable(text: str) -> bool:
    """Whether it holds NUL, half of a surrogate pair, or the mark that a decoder leaves for broken bytes."""
    return _UNKEEPABLE.search(text) is not None


def with_visible_controls(text: str) -> str:
    """Control characters as their pictures (U+2400 and up), so that a reader sees them and no file format breaks."""
    if _INVISIBLE.search(text) is None:
        return text
    return text.translate(_CONTROL_PICTURES | {9: "\t", 10: "\n"})


def excerpt(text: str, *, length: int = 120) -> str:
    """The beginning of a text on one line, with an ellipsis where it goes on."""
    line = " ".join(text[: length * 2].split())
    return line if len(line) <= length and len(text) <= length * 2 else line[:length] + "…"
