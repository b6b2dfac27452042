"""Near duplicates: which copies a worker finds among a hundred thousand opinions, and how long one takes it."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from itertools import cycle, islice
from operator import attrgetter
from time import perf_counter

from sqlalchemy import insert, select

from bench import crowd
from bench.queues import postgresql_databases, sqlite_databases
from bench.table import Goal, Line, compared
from feedback.base.adapters.database import make_sessions, start_writing
from feedback.base.models.base import table_of
from feedback.cases.domain.similarity import sketch
from feedback.cases.domain.submission import Status
from feedback.cases.models.duplicate import Likeness, Sketch
from feedback.cases.models.submission import Submission
from feedback.cases.models.text import Text
from feedback.cases.services import comparison

AMONG = 100_000
COPIES, FRESH, LONG = 400, 200, 40
LENGTHS, LONG_LENGTH = (60, 260), 5_000
NOW = datetime(2026, 11, 20, 1, tzinfo=UTC)

BLOCK_RECALL = Goal(0.98, is_minimum=True, of_ratio=False)
SCATTERED_RECALL = Goal(0.98, is_minimum=True, of_ratio=False)
MUCH_SCATTERED_RECALL = Goal(0.8, is_minimum=True, of_ratio=False)
FLAGGED = Goal(0, of_ratio=False)
LOOKUP_MS = Goal(20, of_ratio=False)

Edit = Callable[[str, random.Random], str]


@dataclass(frozen=True)
class Sent:
    """A text that comes in, and the id of the one it was copied from, if it was."""

    body: str
    original_id: int | None = None


@dataclass(frozen=True)
class Looked:
    """What a worker made of it."""

    ms: float
    suspected: set[int]
    is_found: bool


def with_block_replaced(text: str, chance: random.Random, *, part: float) -> str:
    length = round(len(text) * part)
    start = chance.randrange(len(text) - length + 1)
    return text[:start] + mixed(chance, length) + text[start + length :]


def with_scattered_edits(text: str, chance: random.Random, *, part: float) -> str:
    """Characters that are left out, stand for others, or come behind them."""
    symbols = list(text)
    for place in chance.sample(range(len(text)), round(len(text) * part)):
        symbols[place] = chance.choice(["", mixed(chance, 1), symbols[place] + mixed(chance, 1)])
    return "".join(symbols)


EDITS: dict[str, tuple[Edit, Goal]] = {
    "20 % replaced in one block": (partial(with_block_replaced, part=0.2), BLOCK_RECALL),
    "5 % edited all over": (partial(with_scattered_edits, part=0.05), SCATTERED_RECALL),
    "10 % edited all over": (partial(with_scattered_edits, part=0.1), SCATTERED_RECALL),
    "20 % edited all over": (partial(with_scattered_edits, part=0.2), MUCH_SCATTERED_RECALL),
}


def lines() -> list[Line]:
    with sqlite_databases() as sqlite, postgresql_databases() as postgresql:
        places = [_filled(databases.create()) for databases in (postgresql, sqlite)]
        try:
            return [*_copy_lines(places), *_fresh_lines(places)]
        finally:
            for place in places:
                place.engine.dispose()


def _copy_lines(places: Sequence[crowd.Place]) -> list[Line]:
    found, all_looked = [], ([], [])
    for name, (edit, goal) in EDITS.items():
        looked = _in_turns(places, _copies(edit))
        for own, more in zip(all_looked, looked, strict=True):
            own += more
        measure = f"part found of {COPIES} copies with {name}, among {AMONG:,}, PostgreSQL beside SQLite"
        found.append(compared(measure, *([_part(one)] for one in looked), float, goal))
    measure = f"ms a worker takes for one among {AMONG:,}, PostgreSQL beside SQLite"
    return [*found, compared(measure, *all_looked, attrgetter("ms"), LOOKUP_MS)]


def _part(looked: Sequence[Looked]) -> float:
    return sum(one.is_found for one in looked) / len(looked)


def _fresh_lines(places: Sequence[crowd.Place]) -> list[Line]:
    chance = random.Random(5)
    fresh = [*_long_enough()[1::2], *islice(_background(chance), FRESH)][:FRESH]
    looked = _in_turns(places, [Sent(body) for body in fresh])
    flagged = ([sum(bool(one.suspected) for one in own)] for own in looked)
    long = _in_turns(places, [Sent(mixed(chance, LONG_LENGTH)) for _ in range(LONG)])
    beside = "PostgreSQL beside SQLite"
    return [
        compared(f"fresh texts suspected, of {FRESH}, {beside}", *flagged, float, FLAGGED),
        compared(f"ms a worker takes for one of {LONG_LENGTH:,} characters, {beside}", *long, attrgetter("ms")),
    ]


def _in_turns(places: Sequence[crowd.Place], sent: Sequence[Sent]) -> tuple[list[Looked], list[Looked]]:
    one, other = places
    looked = [(_look(one, text), _look(other, text)) for text in sent]
    if [first.suspected for first, _ in looked] != [second.suspected for _, second in looked]:
        raise RuntimeError("the two databases do not suspect the same")
    return [first for first, _ in looked], [second for _, second in looked]


def _look(place: crowd.Place, sent: Sent) -> Looked:
    """The whole of what a worker does with a new text; it leaves again."""
    own_id = AMONG + 1
    with make_sessions(place.engine)() as session:
        start_writing(session)
        row = place.shared | crowd.submission(own_id, Status.RECEIVED, NOW)
        session.execute(insert(table_of(Submission)), [row])
        session.execute(insert(table_of(Text)), [crowd.text_of(row, sent.body)])
        began = perf_counter()
        comparison.write(session, comparison.compare(session, [own_id]), {own_id})
        ms = 1000 * (perf_counter() - began)
        suspected = set(session.scalars(select(Likeness.other_id).where(Likeness.submission_id == own_id)))
        session.rollback()
    return Looked(ms, suspected, sent.original_id in suspected)


def _filled(url: str) -> crowd.Place:
    """The opinions that are copied stand among many more that are made of pieces of theirs."""
    place = crowd.prepared(url, now=NOW)
    crowd.load(place.engine, _batches(place.shared))
    return place


def _batches(shared: crowd.Row) -> Iterator[crowd.Batch]:
    bodies = _bodies(random.Random(6))
    for start in range(1, AMONG + 1, crowd.BATCH):
        ids = range(start, min(start + crowd.BATCH, AMONG + 1))
        rows = [shared | crowd.submission(one, Status.COMPLETED, NOW) for one in ids]
        texts = [crowd.text_of(row, body) for row, body in zip(rows, bodies, strict=False)]
        yield [(Submission, rows), (Text, texts), (Sketch, [row for text in texts for row in _sketch(shared, text)])]


def _sketch(shared: crowd.Row, text: crowd.Row) -> Iterator[crowd.Row]:
    for value in sketch(text["body"]):
        yield {"campaign_id": shared["campaign_id"], "value": value, "submission_id": text["submission_id"]}


def _bodies(chance: random.Random) -> Iterator[str]:
    originals = {_place_of(number): body for number, body in enumerate(_originals())}
    for place, body in zip(range(1, AMONG + 1), _background(chance), strict=False):
        yield originals.get(place, body)


def _place_of(number: int) -> int:
    """Originals stand all over: the oldest are as near as the newest."""
    return 1 + number * (AMONG // len(_originals()))


def _copies(edit: Edit) -> list[Sent]:
    chance = random.Random(7)
    originals = islice(cycle(enumerate(_originals())), COPIES)
    return [Sent(edit(body, chance), _place_of(number)) for number, body in originals]


def _originals() -> list[str]:
    return _long_enough()[::2]


@cache
def _long_enough() -> list[str]:
    return [text for text in crowd.opinions() if len(text) >= LENGTHS[0]]


def _background(chance: random.Random) -> Iterator[str]:
    while True:
        yield mixed(chance, chance.randint(*LENGTHS))


def mixed(chance: random.Random, length: int) -> str:
    """Pieces of a few characters out of all opinions: their words, and none of their sentences."""
    source, pieces, so_far = _source(), [], 0
    while so_far < length:
        start, size = chance.randrange(len(source)), chance.randint(2, 5)
        pieces.append(source[start : start + size])
        so_far += len(pieces[-1])
    return "".join(pieces)[:length]


@cache
def _source() -> str:
    return "".join(crowd.opinions())
