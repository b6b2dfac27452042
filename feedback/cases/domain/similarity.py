"""Whether two opinions say the same in nearly the same words, and where they differ."""

import zlib
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from enum import StrEnum
from heapq import nlargest
from itertools import pairwise
from operator import itemgetter
from typing import NamedTuple

from feedback.base.domain.text import letters_of

# Two texts are suspected from here on. Measured on 1,408 real petitions: of 2,816 copies with a fifth replaced in one
# block one fell below (0.47), with a tenth of the characters edited at random none (0.58 the least); of the petitions'
# 990,528 pairs the 20 from here on are all repeats, and the next stands at 0.37. Two texts of which two thirds are
# pasted alike are suspected too.
SUSPECTED_FROM = 0.5

# Fewer characters than this are too few to be nearly the same: equal, or not.
MIN_COMPARED_LENGTH = 12

# How copies are found by an index on (campaign, value, submission): of each value only the newest rows are read, for a
# sentence that everybody pastes has too many; who shares at least so many values is ranked by how rare those are, and
# the first of them are compared exactly: so many, and of the longest texts fewer.
SKETCH_SIZE = 12
MIN_SHARED_VALUES = 2
MAX_ROWS_PER_VALUE = 1_000
MAX_CANDIDATES = 50
MAX_CANDIDATE_CHARACTERS = 30_000

_ANCHOR_LENGTHS = (8, 4, 2)
_UNIT = 4
# Sums of both stay below 2**30, where Python counts fastest.
_RARITY = 2**22
_ONE_SHARED = 2**26


# Pairs as numbers, or a short text.
Shingles = frozenset[int] | frozenset[str]


class Change(StrEnum):
    """How a piece of one text stands to the piece beside it."""

    SAME = "same"
    CHANGED = "changed"
    LEFT_ONLY = "left_only"
    RIGHT_ONLY = "right_only"


class Difference(NamedTuple):
    """Two pieces that stand side by side; one of them is empty where only the other text has something."""

    change: Change
    left: str
    right: str


class _Match(NamedTuple):
    left: int
    right: int
    length: int


class _Gap(NamedTuple):
    left: int
    left_end: int
    right: int
    right_end: int


def shingles(text: str) -> Shingles:
    """All pairs of neighbouring characters, without width, case, blanks and punctuation; a short text as a whole."""
    return _pairs(_plain(text))


def similarity(one: Shingles, other: Shingles) -> float:
    """What two sets of shingles share, as a part of what either has: 0.0 to 1.0."""
    if one is other:
        return 1.0
    shared = len(one & other)
    either = len(one) + len(other) - shared
    return shared / either if either else 1.0


def find_duplicates(
    text: str, others: Iterable[tuple[int, str]], *, cut: Callable[[str], Shingles] = shingles
) -> list[tuple[int, float]]:
    """Which of the texts, by their identities, are suspected to repeat this one, and how similar; the nearest first.

    The others come in the order in which they are worth a look: the first MAX_CANDIDATE_CHARACTERS are compared.
    `cut` may be `shingles` with a memory, for who compares with the same texts again and again.
    """
    own, room = cut(text), MAX_CANDIDATE_CHARACTERS
    scores = []
    for identity, other in others:
        if len(other) > room:
            break
        room -= len(other)
        scores.append((identity, similarity(own, cut(other))))
    return sorted((one for one in scores if one[1] >= SUSPECTED_FROM), key=itemgetter(1), reverse=True)


def nearest(values: Sequence[int], holders: Mapping[int, Sequence[int]]) -> list[int]:
    """The identities that share the most of the rarest values of a sketch, at most MAX_CANDIDATES, the nearest first.

    `holders` are those that have a value, the newest MAX_ROWS_PER_VALUE of them; higher identities are newer.
    """
    shared: dict[int, int] = defaultdict(int)
    for value in values:
        having = holders.get(value, ())
        # How often and how rare, in one whole number: the same whatever the order.
        worth = _ONE_SHARED + (_RARITY // len(having) if having else 0)
        for identity in having:
            shared[identity] += worth
    least = values_to_share(values) * _ONE_SHARED
    ranked = [(worth % _ONE_SHARED, identity) for identity, worth in shared.items() if worth >= least]
    return [identity for _, identity in nlargest(MAX_CANDIDATES, ranked)]


def sketch(text: str) -> list[int]:
    """At most SKETCH_SIZE numbers below 2**31: nearly the same for texts that are nearly the same.

    They are the least hashes of its runs of three characters: runs of two recur in too many texts to find one by them.
    """
    plain = _plain(text)
    runs = {f"\n{plain}"} if _is_short(plain) else set(map("".join, zip(plain, plain[1:], plain[2:], strict=False)))
    return sorted({zlib.crc32(run.encode("utf-8", "surrogatepass")) >> 1 for run in runs})[:SKETCH_SIZE]


def values_to_share(values: Sized) -> int:
    """How many values of a sketch another text must have to be looked at; a short text has but one to share."""
    return min(MIN_SHARED_VALUES, len(values))


def differences(left: str, right: str) -> list[Difference]:
    """Both texts cut into pieces side by side; the pieces of either side, joined, are that text again.

    Time grows with the length alone, whatever the texts are: what recurs too often to be matched counts as changed.
    """
    pieces, left_at, right_at = [], 0, 0
    for match in [*_matches(left, right), _Match(len(left), len(right), 0)]:
        pieces.append(_unlike(left[left_at : match.left], right[right_at : match.right]))
        left_at, right_at = match.left + match.length, match.right + match.length
        pieces.append(Difference(Change.SAME, left[match.left : left_at], right[match.right : right_at]))
    return [piece for piece in pieces if piece.left or piece.right]


def _plain(text: str) -> str:
    """Its letters and digits in one form; a text that has none, such as an emoji, without its blanks."""
    return letters_of(text) or "".join(text.split())


def _pairs(plain: str) -> Shingles:
    """Each pair as one number, read out of the text as it lies in memory: half the time of cutting strings."""
    if _is_short(plain):
        return _whole(plain)
    units = memoryview(plain.encode("utf-32-le", "surrogatepass"))
    return frozenset(_numbers(units)).union(_numbers(units[_UNIT:]))


def _numbers(units: memoryview) -> memoryview:
    return units[: len(units) // (2 * _UNIT) * (2 * _UNIT)].cast("Q")


def _is_short(plain: str) -> bool:
    return len(plain) < MIN_COMPARED_LENGTH


def _whole(plain: str) -> frozenset[str]:
    """One shingle that no run of characters in a longer text equals."""
    return frozenset({plain})


def _unlike(left: str, right: str) -> Difference:
    if left and right:
        return Difference(Change.CHANGED, left, right)
    return Difference(Change.LEFT_ONLY if left else Change.RIGHT_ONLY, left, right)


def _matches(left: str, right: str) -> list[_Match]:
    """What both texts have in the same order: their beginning and end, then what is found between by its rare runs."""
    size = min(len(left), len(right))
    head = _run(left, right, 0, 0, size)
    tail = _run(left[::-1], right[::-1], 0, 0, size - head)
    first, last = _Match(0, 0, head), _Match(len(left) - tail, len(right) - tail, tail)
    matches = [first, last]
    for anchor_length in _ANCHOR_LENGTHS:
        found = [
            match
            for before, after in pairwise(matches)
            for match in [before, *_matches_between(left, right, _gap(before, after), anchor_length)]
        ]
        matches = [*found, last]
    return matches


def _gap(before: _Match, after: _Match) -> _Gap:
    return _Gap(before.left + before.length, after.left, before.right + before.length, after.right)


def _matches_between(left: str, right: str, gap: _Gap, anchor_length: int) -> Iterator[_Match]:
    """The runs that occur once on either side, in rising order, each made as long as it goes."""
    left_at, left_end, right_at, right_end = gap
    anchors = _anchors(left[left_at:left_end], right[right_at:right_end], anchor_length)
    for left_start, right_start in anchors:
        i, j = gap.left + left_start, gap.right + right_start
        if i < left_at or j < right_at:
            continue
        while i > left_at and j > right_at and left[i - 1] == right[j - 1]:
            i, j = i - 1, j - 1
        length = _run(left, right, i, j, min(left_end - i, right_end - j))
        yield _Match(i, j, length)
        left_at, right_at = i + length, j + length


def _run(left: str, right: str, left_start: int, right_start: int, most: int) -> int:
    """How many characters are the same from two places on."""
    for length in range(most):
        if left[left_start + length] != right[right_start + length]:
            return length
    return most


def _anchors(left: str, right: str, length: int) -> list[tuple[int, int]]:
    right_starts = _starts_of_single_runs(right, length)
    pairs = [
        (start, right_starts[run]) for run, start in _starts_of_single_runs(left, length).items() if run in right_starts
    ]
    return _longest_rising(pairs)


def _starts_of_single_runs(text: str, length: int) -> dict[str, int]:
    starts: dict[str, int] = {}
    for start in range(len(text) - length + 1):
        run = text[start : start + length]
        starts[run] = -1 if run in starts else start
    return {run: start for run, start in starts.items() if start >= 0}


def _longest_rising(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Of pairs whose first places rise, as many as possible whose second places rise too."""
    lowest: list[int] = []
    steps: list[int] = []
    for _, place in pairs:
        step = bisect_left(lowest, place)
        lowest[step : step + 1] = [place]
        steps.append(step)
    chosen, wanted = [], len(lowest) - 1
    for pair, step in zip(reversed(pairs), reversed(steps), strict=True):
        if step == wanted:
            chosen.append(pair)
            wanted -= 1
    return chosen[::-1]
