"""How long a transaction that writes keeps others from writing by computing: a test that goes beyond the bound fails.

What counts is the time of the processor, that of the thread alone. Left out is the looking for garbage, which comes
once in a while and has nothing to do with what is written.
"""

import gc
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, event

from feedback.base.adapters.database import NOWHERE, place_in_program
from tests.costs import slowness

SECONDS = 0.05
# Nobody is served before the first start has made what there is to serve.
ALLOWED = {NOWHERE, "feedback.assembly.first_start:set_up"}


class Held:
    """Measures every transaction that the program opens to write."""

    def __init__(self) -> None:
        self.limit = SECONDS * max(1.0, slowness())
        self._garbage = self._looking_since = 0.0
        self.long: list[str] = []
        gc.callbacks.append(self._look)
        event.listen(Engine, "begin", self._begin)
        event.listen(Engine, "commit", self._end)
        event.listen(Engine, "rollback", self._end)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        self.long.clear()
        result = yield
        assert not self.long, f"computed while others wait to write: {self.long}"
        return result

    def _look(self, phase: str, _info: dict[str, int]) -> None:
        if phase == "start":
            self._looking_since = time.thread_time()
        else:
            self._garbage += time.thread_time() - self._looking_since

    def _begin(self, connection: Connection) -> None:
        if connection.get_execution_options().get("feedback_writes", False):
            connection.info["held_since"] = time.thread_time() - self._garbage

    def _end(self, connection: Connection) -> None:
        since = connection.info.pop("held_since", None)
        if since is None:
            return
        spent = time.thread_time() - self._garbage - since
        # A test that fills a database for itself keeps nobody waiting.
        if spent > self.limit and (place := place_in_program()) not in ALLOWED:
            self.long.append(f"{1000 * spent:.0f} ms in {place}")


def pytest_configure(config: pytest.Config) -> None:
    """Begin to measure."""
    if not config.option.collectonly:
        config.pluginmanager.register(Held(), "held")
