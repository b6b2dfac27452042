"""What computes while others wait to write is noticed."""

from types import FunctionType

import pytest
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.database import writing
from tests.held import Held

_SLOW = """
import time

def change(writing, sessions, seconds):
    over_at = time.thread_time() + seconds
    with writing(sessions):
        while time.thread_time() < over_at:
            pass
"""


@pytest.fixture
def held(request: pytest.FixtureRequest) -> Held:
    plugin = request.config.pluginmanager.get_plugin("held")
    assert isinstance(plugin, Held)
    return plugin


def program(name: str) -> FunctionType:
    """A function of a module with this name."""
    module = {"__name__": name}
    exec(_SLOW, module)
    change = module["change"]
    assert isinstance(change, FunctionType)
    return change


@pytest.mark.parametrize(
    ("name", "seconds", "is_noticed"),
    [
        ("feedback.cases.services.slow", 2, True),
        ("feedback.cases.services.quick", 0, False),
        ("tests.filling", 2, False),
    ],
)
def test_a_transaction_of_the_program_that_computes_for_long_is_noticed(
    held: Held, sessions: sessionmaker[Session], name: str, seconds: int, is_noticed: bool
) -> None:
    program(name)(writing, sessions, seconds * held.limit)

    assert bool(held.long) is is_noticed
    assert all(name in one for one in held.long)
    held.long.clear()
