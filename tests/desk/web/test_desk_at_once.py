"""Two transactions at once, each in the middle of its work when the other begins: nobody waits in a circle.

On PostgreSQL they meet at rows; on SQLite the second waits for the first, whatever it wants.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.database import start_writing, writing
from feedback.base.domain.permission import Actor
from feedback.cases.domain.action import Action
from feedback.cases.domain.bulk import BulkOrder
from feedback.cases.domain.decision import Decision
from feedback.cases.models.bulk import Bulk, BulkItem
from feedback.cases.models.submission import Submission
from feedback.cases.queries.submission import get_submission
from feedback.cases.services import moderation
from feedback.cases.services.claim import release_expired
from feedback.desk.domain.queue import QueueFilter
from feedback.desk.queries.bulk import candidates
from feedback.desk.services import bulk
from tests.actors import index_words
from tests.conftest import NOW
from tests.factories import Factory
from tests.web import events, form_on, press, stored

pytestmark = pytest.mark.on_both("locks")

# Long enough for whoever can go on to be done, and for whoever cannot to wait.
HEAD_START_SECONDS = 0.5

Begin = Callable[[Callable[[], object]], Future[object]]


@pytest.fixture
def begin() -> Iterator[Begin]:
    """Start something beside this test and give it time to get as far as it can."""
    with ThreadPoolExecutor(1) as pool:

        def started(work: Callable[[], object]) -> Future[object]:
            running = pool.submit(work)
            time.sleep(HEAD_START_SECONDS)
            return running

        yield started


@contextmanager
def deciding(sessions: sessionmaker[Session]) -> Iterator[Session]:
    """A transaction in the middle of a decision; it ends with the block."""
    with sessions() as session:
        start_writing(session)
        yield session
        session.commit()


def lock(session: Session, number: str, by: Actor) -> Submission:
    return get_submission(session, number, by, to_change=True)


@pytest.fixture
def ordered(make: Factory) -> tuple[str, str]:
    """Two opinions, the one with the lower number first."""
    lower, higher = sorted(make.make_submission().number for _ in range(2))
    return lower, higher


def merge(staff: FlaskClient, number: str, into: str) -> int:
    page = staff.get(f"/moderation/{number}/beside/{into}").text
    return press(staff, form_on(page, f"/{number}/beside/{into}/merge")).status_code


def test_taking_one_out_of_another_waits_for_who_decides_on_the_other(
    staff: FlaskClient, ordered: tuple[str, str], begin: Begin, sessions: sessionmaker[Session], admin: Actor
) -> None:
    into, part = ordered
    assert merge(staff, part, into) == 302
    form = form_on(staff.get(f"/moderation/{part}").text, "/unmerge")

    with deciding(sessions) as session:
        found = lock(session, into, admin)
        moderation.accept(session, found, Decision(admin, found.version, NOW))
        session.flush()
        unmerging = begin(lambda: press(staff, form).status_code)

    assert unmerging.result() == 302
    assert stored(sessions, part).merged_into_id is None
    assert (stored(sessions, into).status, stored(sessions, into).version) == ("accepted", 4)


@pytest.mark.parametrize("is_confirmed", [True, False], ids=["confirming a merge", "taking it apart again"])
def test_a_pair_is_always_locked_in_one_order(
    staff: FlaskClient, colleague: FlaskClient, make: Factory, ordered: tuple[str, str], begin: Begin,
    sessions: sessionmaker[Session], admin: Actor, is_confirmed: bool,
) -> None:  # fmt: skip
    into, part = ordered
    make.set_campaign(second_person="on" if is_confirmed else "off")
    merge(staff, part, into)
    form = form_on(colleague.get(f"/moderation/{part}").text, "/confirm" if is_confirmed else "/unmerge")

    with deciding(sessions) as session:
        lock(session, into, admin)
        pressing = begin(lambda: press(colleague, form).status_code)
        lock(session, part, admin)

    assert pressing.result() == 302
    assert stored(sessions, part).status == ("merged" if is_confirmed else "received")


def test_a_worker_that_writes_down_what_is_new_is_in_nobody_s_way(
    make: Factory, begin: Begin, sessions: sessionmaker[Session], admin: Actor
) -> None:
    number = make.make_submission().number

    with deciding(sessions) as session:
        found = lock(session, number, admin)
        indexing = begin(lambda: index_words(sessions))
        moderation.accept(session, found, Decision(admin, found.version, NOW))

    # It waits for nobody: what somebody has just changed is for the next time.
    assert indexing.result() == 0
    assert stored(sessions, number).status == "accepted"
    assert index_words(sessions) == 1


def test_a_worker_that_lets_claims_go_is_in_nobody_s_way(
    make: Factory, begin: Begin, sessions: sessionmaker[Session], admin: Actor
) -> None:
    first, second = (make.make_submission().number for _ in range(2))
    moment = datetime.now(UTC)
    with writing(sessions) as session:
        over = {"claimed_by_id": admin.id, "claimed_until": moment - timedelta(seconds=1)}
        session.execute(update(Submission).values(over))

    def let_go() -> None:
        with writing(sessions) as session:
            release_expired(session, now=moment)

    with deciding(sessions) as session:
        lock(session, second, admin)
        releasing = begin(let_go)
        lock(session, first, admin)
    releasing.result()

    let_go()
    assert {stored(sessions, number).claimed_by_id for number in (first, second)} == {None}


def test_two_who_decide_about_the_same_many_do_not_wait_in_a_circle(
    staff: FlaskClient, ordered: tuple[str, str], begin: Begin, sessions: sessionmaker[Session], admin: Actor
) -> None:
    asked = f"campaign=1&number={ordered[0]}&number={ordered[1]}&action=accept"
    form = form_on(staff.get(f"/moderation/bulk/create?{asked}").text, f"?{asked}")

    with deciding(sessions) as session:
        found = candidates(session, QueueFilter(1), admin, numbers=ordered, now=NOW)
        # What is written first where many are decided about, before any of them is locked.
        first = Bulk(campaign_id=1, user_id=admin.id, action="accept", chosen={}, started_at=NOW)
        session.add(first)
        session.flush()
        session.add_all([BulkItem(bulk_id=first.id, submission_id=one.id, seen_version=one.version) for one in found])
        session.flush()
        pressing = begin(lambda: press(staff, form).status_code)
        bulk.start(session, BulkOrder(1, Action.ACCEPT), found, by=admin, now=NOW)

    # Whoever came second found everything decided: before he began on SQLite, item by item on PostgreSQL.
    assert pressing.result() in {302, 409}
    assert [events(sessions, number) for number in ordered] == [["received", "accept"]] * 2
