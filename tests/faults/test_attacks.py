"""What one address does to all others: while it sends what is dear, everybody else is served, through nginx.

How long a form takes them is told, not judged: `make faults` prints it.
"""

import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from secrets import token_urlsafe
from threading import Event

import pytest

from bench.client import percentile
from tests.base.adapters.test_pixels import laughing_pdf
from tests.faults.conftest import Launch
from tests.faults.gateway import LOOPBACK, Gateway
from tests.faults.visitor import LOST, Visitor, fill_in, submit
from tests.pages import staff_fields
from tests.server import quiet_port
from tests.worst import WORST

IS_COMPLETE = os.environ.get("FAULTS") == "all"
SECONDS = 20 if IS_COMPLETE else 4
ATTACKERS, PEOPLE = 5, 2
ATTACKER = "127.9.9.9"
MARKS = WORST["combining marks of falling classes"]

pytestmark = [pytest.mark.timeout(300), pytest.mark.only_on("sqlite")]

# Something sent again and again from one address, each time told by a number.
Attack = Callable[[Visitor, int], None]


@pytest.fixture(scope="module")
def front(launch: Launch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """nginx in front of a service that works beside its web processes, and believes what nginx says of addresses."""
    gateway = Gateway(quiet_port(), tmp_path_factory.mktemp("gateway"), is_plain=True)
    environment = {"PUBLIC_URL": gateway.url, "GATEWAY": LOOPBACK}
    with launch(port=gateway.upstream, environment=environment, has_worker=True) as server:
        gateway.form_path = server.form_path
        with gateway:
            yield gateway


def send_marks(visitor: Visitor, _place: int) -> None:
    visitor.post(visitor.server.form_path, fill_in(visitor, MARKS))


def send_heavy_files(visitor: Visitor, place: int) -> None:
    fields = fill_in(visitor, f"第 {place} 件附材料。")
    visitor.upload(visitor.server.form_path, fields, *(_HEAVY + b"%d" % one for one in range(place * 5, place * 5 + 5)))


def send_supplements(visitor: Visitor, place: int) -> None:
    fields = {"code": _codes(visitor), "nonce": token_urlsafe(16), "supplement": f"{place}{MARKS[:4_900]}"}
    visitor.post("/track/supplement", fields)


def sign_in_as_many(visitor: Visitor, place: int) -> None:
    token = staff_fields(visitor.get("/accounts/sign-in").text)
    visitor.post("/accounts/sign-in", {**token, "name": f"p{place}", "password": "好" * 200})


_HEAVY = laughing_pdf()
ATTACKS: dict[str, Attack] = {
    "marks": send_marks,
    "files": send_heavy_files,
    "supplements": send_supplements,
    "sign-ins": sign_in_as_many,
}


@pytest.mark.parametrize("name", ATTACKS)
def test_everybody_else_is_served_meanwhile(
    front: Gateway, name: str, record_testsuite_property: Callable[[str, object], None]
) -> None:
    with _under(ATTACKS[name], front) as tried, ThreadPoolExecutor(PEOPLE) as pool:
        over_at = time.monotonic() + SECONDS
        served: list[tuple[int, float]] = []
        while time.monotonic() < over_at:
            first = len(served)
            served += pool.map(lambda place: _serve(front, place), range(first, first + PEOPLE))

    assert Counter(status for status, _ in served) == {200: len(served)}
    assert tried[0] > ATTACKERS
    seconds = sorted(spent for _, spent in served)
    found = f"{percentile(seconds, 0.95):.2f} s for 95 % of {len(served)} forms beside {tried[0]} calls"
    record_testsuite_property(f"attack_{name}", found)
    if IS_COMPLETE:
        sys.stdout.write(f"\n{name}: {found}\n")


def _serve(front: Gateway, place: int) -> tuple[int, float]:
    """The status of somebody's sending, and how long the form took to come."""
    visitor = Visitor(front, source=f"127.2.{place // 250}.{place % 250 + 1}")
    began = time.monotonic()
    fields = fill_in(visitor, f"第 {place} 件：等候区没有座位。")
    spent = time.monotonic() - began
    return visitor.post(front.form_path, fields).status_code, spent


@contextmanager
def _under(attack: Attack, front: Gateway) -> Iterator[list[int]]:
    """How often it was tried so far."""
    is_over, tried = Event(), [0]

    def go_on(own: int) -> None:
        visitor = Visitor(front, source=ATTACKER)
        place = own
        while not is_over.is_set():
            try:
                attack(visitor, place)
            except (*LOST, AssertionError):
                time.sleep(0.1)  # an attacker may be sent away
            place += ATTACKERS
            tried[0] += 1

    with ThreadPoolExecutor(ATTACKERS) as pool:
        running = [pool.submit(go_on, own) for own in range(ATTACKERS)]
        try:
            yield tried
        finally:
            is_over.set()
        for one in running:
            one.result()


_known: dict[str, str] = {}


def _codes(visitor: Visitor) -> str:
    """A code the attacker has."""
    if visitor.server.url not in _known:
        _known[visitor.server.url] = submit(Visitor(visitor.server, source=ATTACKER), "一件。").code
    return _known[visitor.server.url]
