"""What tests cost in processor seconds: the dearest are named, and every folder keeps to a budget.

Seconds of the clock tell how busy a machine is, those of the processor what a test does. What a test starts counts once
it has ended. A slower machine gets more in proportion, a quicker one less: budgets hold where a fixed piece of work
takes UNIT seconds.
"""

import json
import os
import time
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

BUDGETS = Path(__file__).with_name("budgets.toml")
DATABASE = os.environ.get("TEST_DATABASE", "sqlite")
SHOWN = 10
UNIT = 0.11
# The fixed piece of work gets quicker than tests do: on a machine that does it three times as fast they take a half.
LEAST = 0.6
_WORK = 2_000_000


def processor_seconds() -> float:
    """Of this process, and of those it started that have ended."""
    return sum(os.times()[:4])


def slowness() -> float:
    """How many times as long as on the machine of the budgets this one takes; at least LEAST."""
    began = time.process_time()
    for _ in range(_WORK):
        pass
    return max(LEAST, (time.process_time() - began) / UNIT)


def folder_of(node_id: str) -> str:
    """tests/cases for tests/cases/domain/test_claim.py::test_x; tests for what stands on top."""
    parts = node_id.partition("::")[0].split("/")
    return "/".join(parts[:2]) if len(parts) > 2 else parts[0]


class Costs:
    """Adds up what each test costs, set-up and clearing away included."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}
        self.slowness = slowness()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        before = processor_seconds()
        result = yield
        self.spent[item.nodeid] = processor_seconds() - before
        return result

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        self.slowness = max(self.slowness, slowness())
        if kept := os.environ.get("COSTS"):
            Path(kept).write_text(json.dumps(self.spent), encoding="utf-8")
        if self.overdrawn() and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def folders(self) -> dict[str, float]:
        sums: dict[str, float] = defaultdict(float)
        for node_id, seconds in self.spent.items():
            sums[folder_of(node_id)] += seconds
        return dict(sums)

    def overdrawn(self) -> list[str]:
        """The folders that cost more than they may, or have no budget; whole runs have none."""
        if "all" in {os.environ.get(name) for name in ("ON_BOTH", "ACCEPTANCE", "FAULTS", "FUZZ")}:
            return []
        with open(BUDGETS, "rb") as file:
            budgets: dict[str, float] = tomllib.load(file)[DATABASE]
        return [name for name, sum_ in self.folders().items() if sum_ > budgets.get(name, 0) * self.slowness]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        out = terminalreporter
        dearest = sorted(self.spent.items(), key=lambda one: -one[1])[:SHOWN]
        out.write_line(f"processor seconds on {DATABASE} (this machine is {self.slowness:.2f} x as slow as budgeted):")
        out.write_line("  ".join(f"{name} {seconds:.0f}" for name, seconds in sorted(self.folders().items())))
        for node_id, seconds in dearest:
            out.write_line(f"{seconds:7.2f}  {node_id}")
        for name in self.overdrawn():
            out.write_line(f"over budget: {name}; see tests/budgets.toml and CONTRIBUTING", red=True)


def pytest_configure(config: pytest.Config) -> None:
    if not config.option.collectonly:
        config.pluginmanager.register(Costs(), "costs")
