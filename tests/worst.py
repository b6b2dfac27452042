"""Texts of the greatest length that are hard on what reads them: each has once cost more than others, or might."""

import random

from feedback.base.domain.text import MAX_OPINION_LENGTH

_CHANCE = random.Random(15)
_LENGTH = MAX_OPINION_LENGTH


def _filled(piece: str) -> str:
    return (piece * _LENGTH)[:_LENGTH]


def _drawn(first: int, last: int) -> str:
    codes = (_CHANCE.randint(first, last) for _ in range(2 * _LENGTH))
    return "".join(chr(code) for code in codes if not 0xD800 <= code <= 0xDFFF)[:_LENGTH]


PLAIN = _filled("城东派出所办居住证要跑三趟，窗口说的材料和网上写的不一样，希望一次说清楚，周末也能办。\n")
WORST = {
    "combining marks of falling classes": _filled("a" + "\u0315\u0300" * 1_240),
    "combining marks alone": _filled("\u0301\u0316"),
    "marks on each letter": _filled("\u00e9\u0323\u0302"),
    "joiners": _filled("\u200d"),
    "families": _filled("\U0001f468\u200d\U0001f469\u200d\U0001f467"),
    "one letter": _filled("a"),
    "one character": _filled("的"),
    "alternating": _filled("ab"),
    "alternating characters": _filled("好坏"),
    "digits": _filled("1"),
    "digits and blanks": _filled("1 "),
    "nearly telephone numbers": _filled("1380013800-"),
    "nearly cards": _filled("6222 "),
    "provinces": _filled("京A"),
    "long to short": _filled("\ufdfa"),
    "one becomes many": _filled("\u1e9e\ufb03\u0390"),
    "blanks": _filled(" "),
    "line ends": _filled("\n"),
    "punctuation": _filled("，。！"),
    "surrogates' neighbours": _filled("\ud7ff\ue000\uffff\U0010ffff"),
    "Hangul in pieces": _filled("\u1112\u1161\u11ab"),
    "braces": _filled("{"),
    "random of the plane": _drawn(0x20, 0xFFFD),
    "random of all planes": _drawn(0x20, 0x10FFFF),
    "random characters": _drawn(0x4E00, 0x9FFF),
}
