"""Searching in Chinese: which grams stand for a text and a query, and where a query's words are in a text.

Words are not cut: Chinese has no blanks. A text is found by its pairs of neighbouring characters, which are the usual
query, and by single characters; blanks, punctuation, case and width make no difference.
"""

from feedback.base.domain.text import excerpt, letters_of

MAX_WORDS = 5
MAX_WORD_LENGTH = 40
# Between the parts of what is searched: no word reaches over it.
PART_END = "\n"


def searched(parts: list[str]) -> str:
    """The parts of one submission as they are searched, together."""
    return PART_END.join(filter(None, map(letters_of, parts)))


def grams(words: str) -> list[str]:
    """Every single character and every pair of neighbours of searched parts, each once, in order."""
    parts = words.split(PART_END)
    pairs = {part[place : place + 2] for part in parts for place in range(len(part))}
    return sorted(pairs | {character for part in parts for character in part})


def words_of(query: str) -> list[str]:
    """The words of a query, which are parted by blanks; empty for one without a letter or a digit."""
    words = [letters_of(word)[:MAX_WORD_LENGTH] for word in query.split()]
    return list(dict.fromkeys(filter(None, words)))[:MAX_WORDS]


def holds_all(words: str, wanted: list[str]) -> bool:
    """Whether searched parts hold all words of a query."""
    return all(word in words for word in wanted)


def query_grams(words: list[str]) -> list[str]:
    """What a text must have to hold all words; that it does is seen by looking, where a word has three or more."""
    pairs = {word[place : place + 2] for word in words for place in range(max(1, len(word) - 1))}
    return sorted(pairs)


def marked(text: str, words: list[str]) -> list[tuple[str, bool]]:
    """A text in pieces, those True that a word of the query found."""
    if not words:
        return [(text, False)] if text else []
    plain, places = [], []
    for place, character in enumerate(text):
        for one in letters_of(character):
            plain.append(one)
            places.append(place)
    joined, found = "".join(plain), [False] * len(text)
    for word in words:
        start = joined.find(word)
        while start >= 0:
            first, last = places[start], places[start + len(word) - 1]
            found[first : last + 1] = [True] * (last + 1 - first)
            start = joined.find(word, start + len(word))
    return _pieces(text, found)


def around(text: str, words: list[str], *, length: int = 120) -> str:
    """A line of a text that shows the first place a word was found at; its beginning where there is none."""
    before = _first_place(text, words) if words else None
    start = before - length // 4 if before is not None and before > length // 2 else 0
    return ("…" if start else "") + excerpt(text[start:], length=length)


def _first_place(text: str, words: list[str]) -> int | None:
    """Where in a text the first word of a query begins; the text may be long, and a page shows many."""
    plain = [letters_of(character) for character in text]
    joined = "".join(plain)
    behind = min((start for word in words if (start := joined.find(word)) >= 0), default=len(joined))
    for place, one in enumerate(plain):
        behind -= len(one)
        if behind < 0:
            return place
    return None


def _pieces(text: str, found: list[bool]) -> list[tuple[str, bool]]:
    pieces: list[tuple[str, bool]] = []
    start = 0
    for place in range(1, len(text) + 1):
        if place == len(text) or found[place] != found[start]:
            pieces.append((text[start:place], found[start]))
            start = place
    return pieces
