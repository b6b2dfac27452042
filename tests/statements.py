"""Which statements a run has sent: what SQLite is asked, PostgreSQL has to be asked as well.

A test that only repeats what others have tried on PostgreSQL runs on SQLite alone. That nothing is left out by that is
not guessed: each run writes down its statements as SQLAlchemy sees them, and `python -m tests.statements` compares.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import CompileError
from sqlalchemy.sql.compiler import Compiled

FOLDER = Path(__file__).resolve().parents[1] / ".statements"
DATABASE = os.environ.get("TEST_DATABASE", "sqlite")


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
        if self._texts[compiled]:
            self.seen.setdefault(self._texts[compiled], self.test)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Any:
        self.test = item.nodeid
        try:
            return (yield)
        finally:
            self.test = ""

    def pytest_sessionfinish(self) -> None:
        FOLDER.mkdir(exist_ok=True)
        (FOLDER / f"{DATABASE}.json").write_text(json.dumps(self.seen, ensure_ascii=False), encoding="utf-8")


def in_general(compiled: Compiled) -> str:
    """The statement in no database's own words; empty for what one of them alone has words for."""
    try:
        return str(compiled.statement)
    except (CompileError, AttributeError):
        return ""


def untried() -> dict[str, str]:
    """The statements that were sent to SQLite alone, each with a test that sends it."""
    asked, tried = (json.loads((FOLDER / f"{name}.json").read_text("utf-8")) for name in ("sqlite", "postgresql"))
    return {statement: test for statement, test in asked.items() if statement not in tried}


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
