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
# Far more than any text has; what somebody makes up of all there are in Unicode must not stay in memory.
MOST_LETTERS = 20_000

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


class _Letters(dict[int, str]):
    """What is left of a character when only letters and digits count, in one width and case; known once asked."""

    def __missing__(self, code: int) -> str:
        if len(self) >= MOST_LETTERS:
            self.clear()
        folded = unicodedata.normalize("NFKC", chr(code)).casefold()
        self[code] = "".join(one for one in folded if one.isalnum())
        return self[code]


_LETTERS = _Letters()
# What is no Chinese character of the usual block, of which each is its own form.
_OTHERS = re.compile("[^\u4e00-\u9fff]+")
_ACCENT = re.compile("[\u0300-\u036f]")
_ACCENTED = re.compile("[^\u0300-\u036f][\u0300-\u036f]{1,3}")


def letters_of(text: str) -> str:
    """Its letters and digits alone, in one width and case, as texts are searched and compared.

    Each character by itself, with the few accents a letter has: to put a whole text in a normal form takes quadratic
    time where marks are heaped up.
    """
    if _ACCENT.search(text):
        text = _ACCENTED.sub(lambda found: unicodedata.normalize("NFC", found[0]), text)
    return _OTHERS.sub(lambda found: found[0].translate(_LETTERS), text)


def excerpt(text: str, *, length: int = 120) -> str:
    """The beginning of a text on one line, with an ellipsis where it goes on."""
    line = " ".join(text[: length * 2].split())
    return line if len(line) <= length and len(text) <= length * 2 else line[:length] + "…"
