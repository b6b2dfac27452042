"""Promise P4: an acknowledged opinion is never lost and never stored twice, whatever is repeated or killed."""

import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from sqlalchemy import text

from feedback.base.adapters.database import make_engine
from tests.faults.conftest import Launch
from tests.faults.visitor import Receipt, Visitor, fill_in, send, send_until_acknowledged, track
from tests.server import Server
from tests.stored import settle_database

NONCES = 50
SENDINGS = 20
CLIENTS = 10
# FAULTS=all goes on for a minute.
RUN_SECONDS = 60 if os.environ.get("FAULTS") == "all" else 5
WORKER_LIVES_SECONDS = 1.0
SERVICE_LIVES_SECONDS = 1.5
SERVICE_KILLS = 20 if os.environ.get("FAULTS") == "all" else 2
LAST_TRY_SECONDS = 90

pytestmark = pytest.mark.timeout(300)


@dataclass(frozen=True)
class Acknowledged:
    """An opinion whose sender was told that it had arrived, and how often it was sent until then."""

    text: str
    receipt: Receipt
    tries: int


@pytest.fixture(scope="module")
def server(launch: Launch) -> Iterator[Server]:
    """One service for all that is done to it here; it runs again after each test."""
    with launch() as running:
        yield running


@pytest.fixture
def citizen(server: Server) -> Visitor:
    """Somebody with a phone."""
    return Visitor(server)


def test_fifty_forms_sent_twenty_times_at_once_are_fifty_submissions(citizen: Visitor) -> None:
    forms = [fill_in(citizen, f"一样的 {place} 件：大厅的取号机总是缺纸。") for place in range(NONCES)]

    with ThreadPoolExecutor(SENDINGS) as pool:
        sendings = [[pool.submit(send, citizen, form) for _ in range(SENDINGS)] for form in forms]
        receipts = [{sending.result(120) for sending in of_one_form} for of_one_form in sendings]

    assert [len(of_one_form) for of_one_form in receipts] == [1] * NONCES
    assert len({receipt.number for (receipt,) in receipts}) == NONCES
    assert len({receipt.code for (receipt,) in receipts}) == NONCES
    stored = _stored(citizen.server, "一样的")
    assert stored == Counter(
        {(receipt.number, form["text"]): 1 for form, (receipt,) in zip(forms, receipts, strict=True)}
    )


def test_killed_workers_lose_and_double_nothing(server: Server, citizen: Visitor) -> None:
    kills = 0

    with _citizens_at_work(server, "换人的") as (acknowledged, end_at):
        while time.monotonic() < end_at:
            time.sleep(WORKER_LIVES_SECONDS)
            kills += server.kill_a_web_worker()

    assert kills >= RUN_SECONDS / WORKER_LIVES_SECONDS / 2
    _check_all_is_there(citizen, acknowledged, "换人的")


def test_a_service_killed_and_started_again_and_again_keeps_what_it_acknowledged(
    server: Server, citizen: Visitor
) -> None:
    acknowledged_before: list[int] = []

    with _citizens_at_work(server, "停电的") as (acknowledged, _):
        for _ in range(SERVICE_KILLS):
            time.sleep(SERVICE_LIVES_SECONDS)
            acknowledged_before.append(len(acknowledged))
            server.kill()
            server.start()

    assert acknowledged_before == sorted(set(acknowledged_before))
    assert acknowledged_before[0] > 0
    _check_all_is_there(citizen, acknowledged, "停电的")


@contextmanager
def _citizens_at_work(server: Server, mark: str) -> Iterator[tuple[list[Acknowledged], float]]:
    """People who write one opinion after another, with a mark in front; and who send it until it is acknowledged.

    Yields the list they fill and the moment after which nobody begins anew. Leaving waits for those under way.
    """
    acknowledged: list[Acknowledged] = []
    is_over = threading.Event()
    end_at = time.monotonic() + RUN_SECONDS

    def write(client: int) -> None:
        visitor, place = Visitor(server), 0
        while not is_over.is_set():
            opinion = f"{mark}第 {client} 位的第 {place} 件意见。"
            receipt, tries = send_until_acknowledged(visitor, opinion, give_up_at=end_at + LAST_TRY_SECONDS)
            acknowledged.append(Acknowledged(opinion, receipt, tries))
            place += 1

    with ThreadPoolExecutor(CLIENTS) as pool:
        clients: list[Future[None]] = [pool.submit(write, client) for client in range(CLIENTS)]
        try:
            yield acknowledged, end_at
        finally:
            is_over.set()
        for client in clients:
            client.result(LAST_TRY_SECONDS + RUN_SECONDS)


def _check_all_is_there(citizen: Visitor, acknowledged: list[Acknowledged], mark: str) -> None:
    """Each acknowledged opinion is stored once, no other with the mark is, and its code shows its number."""
    assert _stored(citizen.server, mark) == Counter({(one.receipt.number, one.text): 1 for one in acknowledged})
    with ThreadPoolExecutor(CLIENTS) as pool:
        pages = list(pool.map(lambda one: track(citizen, one.receipt.code), acknowledged))
    assert [page.status_code for page in pages] == [200] * len(acknowledged)
    assert all(one.receipt.number in page.text for one, page in zip(acknowledged, pages, strict=True))


def _stored(server: Server, mark: str) -> Counter[tuple[str, str]]:
    """How often each pair of number and text is stored, of the texts that begin with a mark."""
    settle_database(server.settings.database_url)
    engine = make_engine(server.settings.database_url)
    statement = "SELECT number, body FROM submission LEFT JOIN text ON text.submission_id = submission.id"
    try:
        with engine.connect() as connection:
            rows = [(number, body) for number, body in connection.execute(text(statement))]
    finally:
        engine.dispose()
    return Counter((number, body) for number, body in rows if body is None or body.startswith(mark))
