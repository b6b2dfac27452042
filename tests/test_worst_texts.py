"""Whatever a stranger types, no function that reads it takes long: none is quadratic in anything."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from feedback.base.domain.code import normal_symbols
from feedback.base.domain.refusal import RefusalError
from feedback.base.domain.text import (
    excerpt,
    has_unkeepable,
    is_blank,
    letters_of,
    with_unix_line_ends,
    with_visible_controls,
)
from feedback.base.domain.typesetting import wrapped
from feedback.cases.domain.opinion import Opinion, check_text
from feedback.cases.domain.placeholder import check_filled
from feedback.cases.domain.receipt import content_hash
from feedback.cases.domain.redaction import find_personal_data, redacted
from feedback.cases.domain.search import around, grams, marked, query_grams, searched, words_of
from feedback.cases.domain.similarity import differences, find_duplicates, shingles, sketch
from feedback.desk.domain.canned_answer import CannedAnswerKind, check_body
from feedback.people.domain.email import check_address
from feedback.people.domain.second_factor import normal_code
from tests.costs import slowness
from tests.worst import PLAIN, WORST

SECONDS = 0.06

READERS: dict[str, Callable[[str], Any]] = {
    "blank": is_blank,
    "unkeepable": has_unkeepable,
    "line ends": with_unix_line_ends,
    "controls": with_visible_controls,
    "excerpt": excerpt,
    "letters": letters_of,
    "checked": lambda text: check_text(text, most=5_000, field="text"),
    "hashed": lambda text: content_hash(Opinion(text=text).canonical(), "nonce", b"secret"),
    "searched": lambda text: searched([text]),
    "grams": lambda text: grams(searched([text])),
    "words of a query": words_of,
    "grams of a query": lambda text: query_grams(words_of(text)),
    "marked": lambda text: marked(text, words_of("的 a 好坏")),
    "around": lambda text: around(text, words_of("派出所")),
    "shingles": shingles,
    "sketch": sketch,
    "compared with itself": lambda text: find_duplicates(text, [(1, text)]),
    "differs from itself": lambda text: differences(text, text[1:] + text[:1]),
    "differs from a plain one": lambda text: differences(text, PLAIN),
    "personal data": find_personal_data,
    "redacted": redacted,
    "a code": lambda text: normal_symbols(text, 12),
    "a code of an authenticator": normal_code,
    "an e-mail address": check_address,
    "filled": lambda text: check_filled(text, field="body"),
    "broken into lines": lambda text: wrapped(text, len, 60),
    "an answer": lambda text: check_body(text, CannedAnswerKind.REPLY),
}


@pytest.mark.parametrize("name", WORST)
def test_no_text_makes_what_reads_it_slow(name: str) -> None:
    limit, text = SECONDS * max(1.0, slowness()), WORST[name]
    slow = {}
    for reader, read in READERS.items():
        began = time.thread_time()
        with suppress(RefusalError):
            read(text)
        spent = time.thread_time() - began
        if spent > limit:
            slow[reader] = round(spent, 3)

    assert slow == {}
