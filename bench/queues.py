"""The moderators' queue at a million submissions beside a thousand, on both databases.

What is measured is what the page itself lists at its side: a queue that is added there is measured with the others.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import unescape
from operator import attrgetter
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

from flask.testing import FlaskClient
from sqlalchemy import Engine, event

from bench import crowd
from bench.table import Goal, Line, compared
from feedback.app import create_app
from feedback.base.adapters.database import writing
from feedback.base.adapters.keys import create_keys, load_keys
from feedback.base.config import Settings
from feedback.base.extensions import db
from feedback.people.services import account
from tests.authenticators import give_second_factor
from tests.databases import Databases, PostgresDatabases, SqliteDatabases, postgres_server

SMALL, LARGE = 1_000, 1_000_000
ROUNDS = 15
FEWER_ROUNDS = 3

PAGE_RATIO = Goal(1.3)
SQL_MS = Goal(10, of_ratio=False)
SEARCH_MS = Goal(30, of_ratio=False)

# How many of a hundred texts have them: 90, none but some fifty, 2, the fifty, one of four hundred, the fifty; and four
# characters that no text has beside each other although each pair of them is common.
SEARCHES = ("的", crowd.RARE_WORDS[0], "希望", crowd.RARE_WORDS[:2], "工作人员", crowd.RARE_WORDS, "的人不能")

_LINK = re.compile(r'<li><a href="([^"]+)"[^>]*><span>([^<]+)</span><span class="number">')


@dataclass(frozen=True)
class Desk:
    """A signed-in moderator on one database."""

    browser: FlaskClient
    engine: Engine

    def open(self, address: str) -> str:
        answer = self.browser.get(address)
        if answer.status_code != 200:
            raise RuntimeError(f"{address} is answered with {answer.status_code}")
        return answer.text


@dataclass(frozen=True)
class Visit:
    page_ms: float
    sql_ms: float  # its SELECTs alone, again, with all rows fetched: a cursor of SQLite works while it is read
    statements: int


def lines() -> list[Line]:
    found = []
    for name, database in (("SQLite", sqlite_databases()), ("PostgreSQL", postgresql_databases())):
        with database as databases, desks(databases) as (small, large):
            found += _queue_lines(name, small, large) + _search_lines(name, small, large)
    return found


def _queue_lines(name: str, small: Desk, large: Desk) -> list[Line]:
    visits = {label: _in_turns(small, large, address, ROUNDS) for label, address in queues_on(large)}
    beside = f"{name}, {LARGE:,} beside {SMALL:,}"
    pages = [
        compared(f"page ms of {label}, {beside}", ours, theirs, attrgetter("page_ms"), PAGE_RATIO)
        for label, (ours, theirs) in visits.items()
    ]
    slowest = max(visits, key=lambda label: _median("sql_ms", visits[label][0]))
    most = max(visits, key=lambda label: _median("statements", visits[label][0]))
    sql = f"SQL ms of the slowest queue, {slowest}, {beside}"
    statements = f"statements of a queue's page, at most, {beside}"
    return [
        *pages,
        compared(sql, *visits[slowest], attrgetter("sql_ms"), SQL_MS),
        compared(statements, *visits[most], attrgetter("statements")),
    ]


def _search_lines(name: str, small: Desk, large: Desk) -> list[Line]:
    *others, (_, whole) = queues_on(large)
    beside = f"{name}, {LARGE:,} beside {SMALL:,}"
    found = [
        compared(
            f"page ms of a search for {words}, {beside}",
            *_in_turns(small, large, _searching(whole, words), ROUNDS), attrgetter("page_ms"), SEARCH_MS,
        )
        for words in SEARCHES
    ]  # fmt: skip
    within = {
        (label, words): _in_turns(small, large, _searching(address, words), FEWER_ROUNDS)
        for label, address in others
        for words in SEARCHES
    }
    label, words = slowest = max(within, key=lambda key: _median("page_ms", within[key][0]))
    measure = f"page ms of the slowest search within a queue, {words} in {label}, {beside}"
    return [*found, compared(measure, *within[slowest], attrgetter("page_ms"), SEARCH_MS)]


def queues_on(desk: Desk) -> list[tuple[str, str]]:
    """What the queues beside the list are called, and their addresses."""
    page = desk.open("/moderation/")
    return [(label, unescape(address)) for address, label in _LINK.findall(page)]


def _searching(address: str, words: str) -> str:
    return f"{address}&{urlencode({'query': words})}"


def _in_turns(small: Desk, large: Desk, address: str, rounds: int) -> tuple[list[Visit], list[Visit]]:
    """The visits to the large and to the small one, after one that only warms both up."""
    visits: dict[str, list[Visit]] = {"large": [], "small": []}
    order = [("large", large), ("small", small)]
    for _ in range(1 + rounds):
        for name, desk in order:
            visits[name].append(visit(desk, address))
        order.reverse()
    return visits["large"][1:], visits["small"][1:]


def visit(desk: Desk, address: str) -> Visit:
    with _asked(desk.engine) as asked:
        began = perf_counter()
        desk.open(address)
        page_ms = 1000 * (perf_counter() - began)
    return Visit(page_ms, _ms_of(desk.engine, asked), len(asked))


@contextmanager
def _asked(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        if statement.startswith(("SELECT", "WITH")):
            asked.append((statement, values))

    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)


def _ms_of(engine: Engine, asked: Iterable[tuple[str, Any]]) -> float:
    raw = engine.raw_connection()
    began = perf_counter()
    for statement, values in asked:
        cursor = raw.cursor()
        cursor.execute(statement, values)
        cursor.fetchall()
        cursor.close()
    spent = perf_counter() - began
    raw.close()
    return 1000 * spent


def _median(figure: str, visits: Iterable[Visit]) -> float:
    return median(map(attrgetter(figure), visits))


@contextmanager
def desks(databases: Databases) -> Iterator[tuple[Desk, Desk]]:
    """The small one and the large one; both are gone afterwards."""
    with TemporaryDirectory(prefix="bench-") as folder:
        create_keys(Path(folder) / "keys.json")
        settings = Settings(instance=Path(folder), keys_file=Path(folder) / "keys.json")
        made = []
        for count in (SMALL, LARGE):
            url = databases.create()
            crowd.fill(url, count, now=datetime.now(UTC))
            made.append(_signed_in(replace(settings, database_url=url)))
        try:
            yield made[0], made[1]
        finally:
            for desk in made:
                desk.engine.dispose()


def _signed_in(settings: Settings) -> Desk:
    app = create_app(settings)
    with app.app_context():
        engine, sessions = db.engine, db.sessions
    with writing(sessions) as session:
        user, now = account.get_user(session, crowd.MODERATORS[0]), datetime.now(UTC)
        give_second_factor(session, user, keys=load_keys(settings.keys_file), now=now)
        token = account.start_session(session, user, now=now)
    browser = app.test_client()
    with browser.session_transaction() as cookie:
        cookie["token"] = token
    return Desk(browser, engine)


@contextmanager
def sqlite_databases() -> Iterator[Databases]:
    with TemporaryDirectory(prefix="bench-") as folder:
        yield SqliteDatabases(Path(folder))


@contextmanager
def postgresql_databases() -> Iterator[Databases]:
    with postgres_server() as server:
        databases = PostgresDatabases(server)
        try:
            yield databases
        finally:
            databases.drop_all()
