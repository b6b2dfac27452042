"""A crowd behind one address, and a flood from one address beside everybody else: through nginx, with two processes."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bench.client import Report, load_apart
from bench.servers import PRODUCT
from bench.visitor import Mode, Plan
from feedback.base.adapters.database import make_engine
from feedback.cases.models.attachment import Attachment
from feedback.cases.models.submission import Submission
from tests.faults.conftest import Launch
from tests.faults.gateway import LOOPBACK, Gateway
from tests.faults.visitor import Answer, Visitor, fill_in
from tests.server import Server, quiet_port
from tests.stored import settle_database
from tests.uploads import photo

# FAULTS=all sends the whole hall.
PEOPLE = 200 if os.environ.get("FAULTS") == "all" else 50
CLIENTS = 10
# As long as the script waits where others are busy with their pictures.
PAUSES = (2, 4, 8, 16, 30, 30, 30, 30, 30, 30, 30)
PICTURE = photo(size=(1600, 1200))
MOST_TASKS = PEOPLE * 5 // 100
# Again and again, until even a busy machine has got through more than two processes let pass.
FLOOD_SECONDS = 3
MOST_FLOODS = 10
FLOODERS = 50

# What is measured is what limits and processes make of it.
pytestmark = [pytest.mark.timeout(300), pytest.mark.only_on("sqlite")]

Front = tuple[Gateway, Server]


@pytest.fixture
def front(launch: Launch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """nginx in front of a fresh service that believes what it says of addresses."""
    gateway = Gateway(quiet_port(), tmp_path_factory.mktemp("gateway"), is_plain=True)
    with launch(port=gateway.upstream, environment={"PUBLIC_URL": gateway.url, "GATEWAY": LOOPBACK}) as server:
        gateway.form_path = server.form_path
        with gateway:
            yield gateway, server


def test_a_crowd_behind_one_address_is_not_refused_and_hardly_anybody_sees_a_task(front: Front) -> None:
    gateway, server = front

    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = [
            answer for several in pool.map(lambda place: _send(gateway, place), range(PEOPLE)) for answer in several
        ]

    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) <= {200, 429}
    assert statuses[429] <= MOST_TASKS
    assert _stored(server) == (PEOPLE - statuses[429], PEOPLE - statuses[429])


def test_a_flood_from_one_address_gets_tasks_and_keeps_nobody_else_away(
    front: Front, record_testsuite_property: Callable[[str, object], None]
) -> None:
    gateway, server = front
    plan = Plan(
        port=gateway.port,
        path=gateway.form_path,
        mode=Mode.VISIT,
        clients=FLOODERS,
        seconds=FLOOD_SECONDS,
        receipt_mark=PRODUCT.receipt_mark,
    )

    with ThreadPoolExecutor(1 + CLIENTS) as pool:
        floods: list[Report] = []
        statuses: Counter[int] = Counter()
        while len(floods) < MOST_FLOODS and not (floods and floods[-1].failures):
            flood = pool.submit(load_apart, plan)
            while not flood.done():
                places = range(statuses.total(), statuses.total() + 2 * CLIENTS)
                statuses.update(pool.map(lambda place: _write(gateway, place).status_code, places))
            floods.append(flood.result())

    done, refused = sum(one.done for one in floods), Counter[str]()
    for one in floods:
        refused.update(one.failures)
    record_testsuite_property("flood_visits_per_second", round(done / FLOOD_SECONDS / len(floods)))
    record_testsuite_property("flood_honest_people", statuses.total())
    assert refused.keys() == {"submission answered 429"}
    assert statuses.keys() == {200}
    assert _stored(server)[0] == statuses[200] + done


def _write(gateway: Gateway, place: int) -> Answer:
    """Somebody with an address of his own."""
    visitor = Visitor(gateway, source=f"127.1.{place // 250}.{place % 250 + 1}")
    return visitor.post(gateway.form_path, fill_in(visitor, f"第 {place} 件：等候区没有座位。"))


def _send(gateway: Gateway, place: int) -> list[Answer]:
    """What a phone with scripts sends: the words, then the picture, then the form for its receipt."""
    visitor = Visitor(gateway, source="127.1.0.1")
    fields = fill_in(visitor, f"第 {place} 位：等候区没有座位。")
    answer = visitor.post(gateway.form_path, fields)
    if answer.status_code != 200:
        return [answer]
    pictured = visitor.upload(gateway.form_path, fields, PICTURE)
    for pause in PAUSES:
        if "Retry-After" not in pictured.headers:
            break
        time.sleep(pause)
        pictured = visitor.upload(gateway.form_path, fields, PICTURE)
    return [answer, pictured, visitor.post(gateway.form_path, fields | {"chosen": "1"})]


def _stored(server: Server) -> tuple[int, int]:
    """How many submissions and how many pictures."""
    engine = make_engine(server.settings.database_url)
    settle_database(server.settings.database_url)
    with Session(engine) as session:
        counts = [session.scalar(select(func.count()).select_from(model)) for model in (Submission, Attachment)]
    engine.dispose()
    return counts[0] or 0, counts[1] or 0
