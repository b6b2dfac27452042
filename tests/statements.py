"""Which statements a run has sent: what SQLite is asked, PostgreSQL has to be asked as well.

A test that only repeats what others have tried on PostgreSQL runs on SQLite alone. That nothing is left out by that is
not guessed: each run writes down its statements as SQLAlchemy sees them, and `python -m tests.statements` compares.
"""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import CompileError
from sqlalchemy.sql.compiler import Compiled

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / ".statements"
DATABASE = os.environ.get("TEST_DATABASE", "sqlite")
# What is written for one dialect: the index of words, of which each has its own, insertions that give way, rows out of
# one parameter, and what a database says of itself; and savepoints, which are numbered.
_OF_ONE = ("search_gram", "instr(", " ON CONFLICT ", "json_each(", "PRAGMA ", "total_changes()", "SAVEPOINT ")
_OWN, _TESTS = str(ROOT / "feedback"), str(ROOT / "tests")


class Statements:
    """Every statement of the product that a run has sent, with the first test that sent it."""

    def __init__(self) -> None:
        self.seen: dict[str, str] = {}
        self.test = ""
        self._texts: WeakKeyDictionary[Compiled, str] = WeakKeyDictionary()

    def note(self, _connection: Any, _cursor: Any, _text: str, _values: Any, context: Any, _many: bool) -> None:
        compiled = getattr(context, "compiled", None)
        if compiled is None or not self.test:
            return
        if compiled not in self._texts:
            self._texts[compiled] = in_general(compiled)
        text = self._texts[compiled]
        if text and text not in self.seen and is_own():
            self.seen[text] = self.test

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Any:
        # What is about one database alone need not be asked of the other.
        self.test = "" if item.get_closest_marker("only_on") else item.nodeid
        try:
            return (yield)
        finally:
            self.test = ""

    def pytest_sessionfinish(self) -> None:
        FOLDER.mkdir(exist_ok=True)
        path = FOLDER / f"{DATABASE}-{os.environ['STATEMENTS']}.json"
        path.write_text(json.dumps(self.seen, ensure_ascii=False), encoding="utf-8")


def is_own() -> bool:
    """Whether the product sends it, and not a test that looks into the database."""
    frame = sys._getframe(2)
    while frame is not None:
        if frame.f_code.co_filename.startswith((_OWN, _TESTS)) and frame.f_code.co_filename != __file__:
            return frame.f_code.co_filename.startswith(_OWN)
        frame = frame.f_back  # type: ignore[assignment]
    return False


def in_general(compiled: Compiled) -> str:
    """The statement in no database's own words; empty for what one of them alone has words for."""
    statement = compiled.statement
    if type(statement).__module__.startswith("sqlalchemy.dialects."):
        return ""
    try:
        text = str(statement)
    except (CompileError, AttributeError):
        return ""
    # How the session learns what it has deleted is up to it.
    return "" if any(word in text for word in _OF_ONE) else text.partition(" RETURNING ")[0]


def _sent_to(database: str) -> Iterator[tuple[str, str]]:
    for path in sorted(FOLDER.glob(f"{database}-*.json")):
        yield from json.loads(path.read_text(encoding="utf-8")).items()


def untried() -> dict[str, str]:
    """The statements that were sent to SQLite alone, each with a test that sends it."""
    tried = dict(_sent_to("postgresql"))
    assert tried, "no run on PostgreSQL has noted anything"
    return {statement: test for statement, test in _sent_to("sqlite") if statement not in tried}


def pytest_configure(config: pytest.Config) -> None:
    if os.environ.get("STATEMENTS"):
        statements = Statements()
        event.listen(Engine, "before_cursor_execute", statements.note)
        config.pluginmanager.register(statements, "statements")


if __name__ == "__main__":
    left = untried()
    for statement, test in left.items():
        sys.stdout.write(f"{test}\n    {' '.join(statement.split())[:400]}\n")
    sys.exit(f"{len(left)} statements were tried on SQLite alone: mark their tests." if left else 0)
