"""Personal data in what a citizen wrote: found, so that staff can mark it and show others a text without it.

A machine only proposes: what it misses or takes too much of, a person corrects. Names and addresses are not looked for.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class PersonalDataKind(StrEnum):
    """What a found stretch is."""

    ID_CARD = "id_card"
    PHONE = "phone"
    LANDLINE = "landline"
    BANK_CARD = "bank_card"
    PLATE = "plate"


PLACEHOLDERS = {
    PersonalDataKind.ID_CARD: "〔身份证号〕",
    PersonalDataKind.PHONE: "〔手机号〕",
    PersonalDataKind.LANDLINE: "〔电话号码〕",
    PersonalDataKind.BANK_CARD: "〔银行卡号〕",
    PersonalDataKind.PLATE: "〔车牌号〕",
}

LABELS = {kind: words.strip("〔〕") for kind, words in PLACEHOLDERS.items()}

# One symbol for one symbol, so that places in the folded text are places in the text.
_FOLDED = str.maketrans(
    {chr(code + 0xFEE0): chr(code).upper() for code in range(0x21, 0x7F)}
    | {chr(code): chr(code).upper() for code in range(ord("a"), ord("z") + 1)}
    | dict.fromkeys("\t\xa0\u2002\u2003\u2009\u200b\u202f\u2060\u3000\ufeff", " ")
    | dict.fromkeys("\xad‐‑‒–—―−─﹣", "-")
    | dict.fromkeys("•‧∙⋅●・･", "·")
)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


@dataclass(frozen=True)
class Stretch:
    """The part of a text from code point `start` up to, not including, `end`."""

    start: int
    end: int
    kind: PersonalDataKind


def find_personal_data(text: str) -> list[Stretch]:
    """Every stretch of personal data, in order and without overlaps."""
    folded = text.translate(_FOLDED)
    found: list[Stretch] = []
    for rule in _RULES:
        stretches = list(_stretches(folded, rule))
        folded = _blackened(folded, stretches)
        found += stretches
    return sorted(found, key=lambda stretch: stretch.start)


def pieces(text: str) -> list[tuple[str, PersonalDataKind | None]]:
    """The whole text, cut into what is personal data of a kind and what is not; no piece is empty."""
    cut: list[tuple[str, PersonalDataKind | None]] = []
    position = 0
    for stretch in find_personal_data(text):
        cut += [(text[position : stretch.start], None), (text[stretch.start : stretch.end], stretch.kind)]
        position = stretch.end
    cut.append((text[position:], None))
    return [(piece, kind) for piece, kind in cut if piece]


def redacted(text: str) -> str:
    """The text with a word in brackets for each stretch of personal data, of which no symbol stays."""
    return "".join(piece if kind is None else PLACEHOLDERS[kind] for piece, kind in pieces(text))


def _is_resident_number(symbols: str) -> bool:
    """Whether 18 symbols hold a day of birth and the check symbol of GB 11643."""
    number = _without_gaps(symbols)
    weighed = sum(int(digit) * weight for digit, weight in zip(number[:17], _WEIGHTS, strict=True))
    return _is_birthday(number[6:14]) and number[17] == "10X98765432"[weighed % 11]


def _is_old_resident_number(number: str) -> bool:
    """Whether 15 digits, as given out until 1999, hold a day of birth; they carry no check digit."""
    return _is_birthday("19" + number[6:12])


def _is_birthday(digits: str) -> bool:
    """Whether eight digits are a day that somebody may have been born on; without a clock, to the end of a century."""
    try:
        return 1800 <= date.fromisoformat(digits).year < 2100
    except ValueError:
        return False


def _passes_luhn(symbols: str) -> bool:
    """Whether the last digit of a bank card's number fits the others (ISO/IEC 7812)."""
    digits = [int(digit) for digit in reversed(_without_gaps(symbols))]
    return (sum(digits[::2]) + sum(_DOUBLED[digit] for digit in digits[1::2])) % 10 == 0


def _has_a_plates_digits(symbols: str) -> bool:
    """Whether at most two of a plate's symbols after the first letter are letters, so that 新Java11 is none (GA 36)."""
    return sum(symbol in "0123456789" for symbol in symbols) >= 3


def _is_anything(_symbols: str) -> bool:
    return True


@dataclass(frozen=True)
class _Rule:
    """A shape in folded text, and what else has to hold for the symbols that have it."""

    kind: PersonalDataKind
    pattern: re.Pattern[str]
    holds: Callable[[str], bool] = _is_anything


def _stretches(folded: str, rule: _Rule) -> Iterator[Stretch]:
    """What one rule finds, from left to right; what has the shape and no more hides nothing that begins within it."""
    position = 0
    while match := rule.pattern.search(folded, position):
        if rule.holds(match[0]):
            yield Stretch(match.start(), match.end(), rule.kind)
            position = match.end()
        else:
            position = match.start() + 1


def _blackened(folded: str, stretches: list[Stretch]) -> str:
    """A text of equal length, with a symbol that no rule knows wherever something was found."""
    symbols = list(folded)
    for stretch in stretches:
        symbols[stretch.start : stretch.end] = "\x00" * (stretch.end - stretch.start)
    return "".join(symbols)


def _without_gaps(symbols: str) -> str:
    return symbols.replace(" ", "").replace("-", "")


def _shape(*parts: str) -> re.Pattern[str]:
    return re.compile("".join(parts), re.ASCII)


# Every repetition has an upper bound: a sender may be hostile, and the time stays linear in the text's length.
# A rule looks no further than the symbols directly around it, and a later one sees nothing that an earlier one found;
# hence nothing is found in a text that was redacted.
_ALONE, _END = r"(?<!\d)", r"(?!\d)"
_GAP = r"[ -]{0,3}"
# The first two digits are a province, or 9 and the first digit of one for foreigners who live here for good.
_REGION = r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|9[1-6])\d{4}"
_AREA = r"0(?:10|2\d|[3-9]\d\d)"
# Banks' cards begin with 3 to 6 or 9; the number of an order often begins with its year.
_SIXTEEN = r"[34569]\d{3}[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}"
_PROVINCE = "[京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新]"
_RULES = (
    _Rule(
        PersonalDataKind.ID_CARD,
        _shape(_ALONE, _REGION, _GAP, r"\d{8}", _GAP, r"\d{3}(?:X|\d", _END, ")"),  # an X ends it, whatever follows
        _is_resident_number,
    ),
    _Rule(PersonalDataKind.ID_CARD, _shape(_ALONE, _REGION, r"\d{9}", _END), _is_old_resident_number),
    _Rule(
        PersonalDataKind.PHONE,
        _shape(
            rf"(?:\+86{_GAP}|{_ALONE}(?:0086{_GAP})?)",
            *(r"1[3-9]\d", _GAP, r"\d{4}", _GAP, r"\d{4}", _END),
            r"(?!(?:\.\d{1,2})?元)",  # eleven digits and 元 are a budget
        ),
    ),
    _Rule(
        PersonalDataKind.LANDLINE,
        _shape(
            rf"(?:\({_AREA}\){_GAP}|{_ALONE}{_AREA}[ -]{{1,3}})",  # with nothing between, it may be any serial number
            *(r"[2-8]\d{2,3}", _GAP, r"\d{4}"),
            *(r"(?:(?:-| ?转(?:分机)? ?)[1-9]\d{0,4})?", _END),
        ),
    ),
    _Rule(PersonalDataKind.BANK_CARD, _shape(_ALONE, _SIXTEEN, r"[ -]?\d{1,3}", _END), _passes_luhn),
    _Rule(PersonalDataKind.BANK_CARD, _shape(_ALONE, _SIXTEEN, _END), _passes_luhn),
    _Rule(
        PersonalDataKind.PLATE,
        _shape(
            _PROVINCE,
            r" ?[A-Z][ ·.-]?",
            r"(?:(?:[A-HJK][A-Z\d]\d{4}|\d{5}[A-HJK]|[A-Z\d]{5})(?![A-Z\d])",  # new-energy cars have one symbol more
            r"|[A-Z\d]{4} ?[警学挂领使港澳])",
        ),
        _has_a_plates_digits,
    ),
)
