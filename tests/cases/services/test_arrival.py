"""What citizens do waits for its hour: seen at once by those who may, moved once and whole, and lost by nothing."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from time import sleep
from typing import Any

import pytest
from sqlalchemy import Engine, delete, event, func, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from feedback.base.adapters.database import writing
from feedback.cases.domain.arrival import ActKind
from feedback.cases.domain.receipt import new_nonce
from feedback.cases.models.arrival import Arrival, ArrivingAct, ArrivingPicture
from feedback.cases.models.attachment import Attachment
from feedback.cases.models.contact import Contact
from feedback.cases.models.submission import Answer, Submission
from feedback.cases.models.text import Text
from feedback.cases.queries.submission import get_submission
from feedback.cases.services import moderation
from feedback.cases.services.arrival import lock_to_decide, settle, take_in
from feedback.cases.services.attachment import CopiedFiles, FileCopy, store_files
from feedback.intake.services.submission import Receipt
from feedback.tracking import services as tracking
from tests.factories import Factory
from tests.stored import events_of, every_row, followed

HOUR = timedelta(hours=1)
WAITING = (Arrival, ArrivingAct, ArrivingPicture)


def placed(make: Factory, receipt: Receipt) -> Submission | None:
    with make.sessions() as session:
        return session.scalar(select(Submission).where(Submission.number == receipt.number))


def rows_waiting(make: Factory) -> int:
    with make.sessions() as session:
        return sum(session.scalar(select(func.count()).select_from(one)) or 0 for one in WAITING)


def supplement(make: Factory, receipt: Receipt, words: str) -> str:
    with writing(make.sessions) as session:
        own = followed(session, receipt, make.keys)
        return tracking.supplement(session, own, words, nonce=new_nonce(), keys=make.keys, now=make.now)


def add_picture(make: Factory, sending_hash: str, *contents: bytes) -> None:
    copies = [FileCopy((f"{place}" * 64,), [content]) for place, content in enumerate(contents)]
    with writing(make.sessions) as session:
        store_files(session, sending_hash, CopiedFiles(copies, []), now=make.now)


def whole(make: Factory) -> Receipt:
    """An opinion with everything there is, and everything its sender may do about one that waits."""
    receipt = make.make_arrival(
        text="全部", phone="13812341234", has_consented=True, answers={"where": ("大厅", "门口")}
    )
    add_picture(make, receipt.sending_hash, b"one", b"two")
    add_picture(make, supplement(make, receipt, "补充"), b"three")
    with writing(make.sessions) as session:
        tracking.withdraw_contact(session, followed(session, receipt, make.keys), now=make.now)
    return receipt


def check_whole(make: Factory, receipt: Receipt) -> None:
    with make.sessions() as session:
        found = session.scalars(select(Submission).where(Submission.number == receipt.number)).one()
        texts = session.execute(select(Text.kind, Text.body).order_by(Text.id))
        assert [tuple(one) for one in texts] == [("original", "全部"), ("supplement", "补充")]
        assert session.scalars(select(Answer.value).order_by(Answer.position)).all() == ["大厅", "门口"]
        assert session.scalars(select(Contact.phone)).all() == [None]
        kinds = [one.kind for one in events_of(session, found)]
        assert (kinds, found.version) == (["received", "supplemented", "contact_withdrawn"], 3)
    check_pictures(make)


def check_pictures(make: Factory) -> None:
    with make.sessions() as session:
        stored = session.scalars(select(Attachment.content).order_by(Attachment.text_id, Attachment.id)).all()
    assert stored == [b"one", b"two", b"three"]
    assert rows_waiting(make) == 0


def test_what_arrives_is_put_into_its_place_whole_once_its_hour_is_over(make: Factory) -> None:
    receipt = whole(make)

    make.pass_time(timedelta())
    assert placed(make, receipt) is None

    make.pass_time()
    check_whole(make, receipt)


def test_an_hour_that_was_missed_goes_with_the_next(make: Factory) -> None:
    receipt = whole(make)

    make.pass_time(timedelta(days=3))

    check_whole(make, receipt)


def test_of_what_is_acted_on_early_all_is_taken_in_and_of_others_nothing(make: Factory) -> None:
    receipt, other = whole(make), make.make_arrival()

    with writing(make.sessions) as session:
        take_in(session, {receipt.number})

    assert placed(make, other) is None
    with writing(make.sessions) as session:
        take_in(session, {other.number})
    assert placed(make, receipt) is not None
    # But for the pictures, of which there may be many.
    assert rows_waiting(make) == 3
    make.pass_time()
    check_pictures(make)


class Killed(Exception):  # noqa: N818
    """The process ends here."""


@contextmanager
def killed_after(make: Factory, statements: int) -> Iterator[None]:
    left = iter([False] * statements + [True])

    def die(*_: Any) -> None:
        if next(left, False):
            raise Killed

    engine: Engine = make.sessions.kw["bind"]
    event.listen(engine, "before_cursor_execute", die)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", die)


def test_killed_at_any_step_it_loses_and_doubles_nothing(make: Factory) -> None:
    receipt = whole(make)
    steps = 0
    while True:
        try:
            with killed_after(make, steps):
                settle(make.sessions, now=make.now + HOUR)
            break
        except Killed:
            steps += 1

    assert steps > 15
    check_whole(make, receipt)


def test_sent_again_before_and_after_it_is_moved_it_has_one_receipt_and_one_row(make: Factory) -> None:
    nonce = new_nonce()
    before, waiting = make.make_arrival(nonce=nonce), make.make_arrival(nonce=nonce)
    make.pass_time()

    after = make.make_arrival(nonce=nonce)

    assert before == waiting == after
    assert [before.is_new, waiting.is_new, after.is_new] == [True, False, False]
    with make.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Submission)) == 1
    assert rows_waiting(make) == 0


def test_sent_again_while_it_is_moved_it_has_one_receipt_and_one_row(make: Factory) -> None:
    nonce = new_nonce()
    first = make.make_arrival(nonce=nonce)

    with ThreadPoolExecutor(1) as pool, writing(make.sessions) as session:
        take_in(session, {first.number})
        again = pool.submit(make.make_arrival, nonce=nonce)
        sleep(0.2)
        session.commit()
        assert again.result() == first

    assert rows_waiting(make) == 0


def test_many_senders_workers_and_staff_at_once_keep_one_row_for_each(make: Factory) -> None:
    nonces = [new_nonce() for _ in range(30)]

    def send(nonce: str) -> Receipt:
        return make.make_arrival(nonce=nonce)

    def act(_: int) -> int:
        with writing(make.sessions) as session:
            some = session.scalars(select(Arrival.number).limit(3)).all()
            take_in(session, set(some))
        return settle(make.sessions, now=make.now + HOUR)

    with ThreadPoolExecutor(8) as pool:
        receipts = [pool.submit(send, nonce) for nonce in nonces for _ in range(3)]
        acts = [pool.submit(act, place) for place in range(6)]
        numbers = {one.result(60).number for one in receipts}
        for one in acts:
            one.result(60)
    settle(make.sessions, now=make.now + HOUR)

    with make.sessions() as session:
        assert set(session.scalars(select(Submission.number))) == numbers
    assert len(numbers) == 30
    assert rows_waiting(make) == 0


@pytest.mark.parametrize("table", WAITING)
def test_nothing_that_waits_is_changed_or_taken_away(make: Factory, table: type[Any]) -> None:
    whole(make)
    column = {Arrival: "body", ArrivingAct: "words", ArrivingPicture: "file_hash"}[table]
    with make.sessions() as session:
        before = every_row(session)

    for statement in (update(table).values({column: "别的"}), delete(table)):
        with pytest.raises(DBAPIError, match="append-only"), writing(make.sessions) as session:
            session.execute(statement)

    with make.sessions() as session:
        assert every_row(session) == before


def test_one_that_cannot_be_moved_stays_and_stops_no_other(make: Factory, caplog: pytest.LogCaptureFixture) -> None:
    stuck, others = make.make_arrival(), [make.make_arrival() for _ in range(10)]
    with writing(make.sessions) as session:
        arrival = session.scalars(select(Arrival).where(Arrival.number == stuck.number)).one()
        twin = {
            name: getattr(arrival, name) for name in ("campaign_id", "campaign_version_id", "channel_id", "is_trial")
        }
        session.add(
            Submission(
                **twin, number=stuck.number, received_at=arrival.received_at, nonce_hash="n", nonce_key_id="k",
                content_hash="c", code_hash="h", code_key_id="k", mint_key_id="k",
            )
        )  # fmt: skip

    settle(make.sessions, now=make.now + HOUR)

    assert all(placed(make, one) for one in others)
    assert rows_waiting(make) == 1
    assert "an arrival was not put into its place" in caplog.text
    assert stuck.number not in caplog.text


def test_a_contact_is_seen_by_nobody_from_the_moment_it_is_withdrawn(make: Factory) -> None:
    receipt = make.make_submission(phone="13812341234", has_consented=True)
    with writing(make.sessions) as session:
        tracking.withdraw_contact(session, followed(session, receipt, make.keys), now=make.now)

    with make.sessions() as session:
        standing = tracking._standing(session, followed(session, receipt, make.keys))
    assert not standing.has_contact


def acts(session: Session) -> list[str]:
    return list(session.scalars(select(ArrivingAct.kind).order_by(ArrivingAct.position)))


def test_to_see_an_answer_changes_no_row_of_the_opinion_before_the_hour_is_over(make: Factory) -> None:
    receipt = make.make_replied()
    with make.sessions() as session:
        before = session.execute(select(Submission.seen_reply_id, Submission.version)).one()

    with writing(make.sessions) as session:
        own = followed(session, receipt, make.keys)
        tracking.note_seen(session, own, 1, now=make.now)
        tracking.note_seen(session, own, 1, now=make.now)
        assert acts(session) == [ActKind.SIGHT]
        assert session.execute(select(Submission.seen_reply_id, Submission.version)).one() == before

    make.settle()
    with make.sessions() as session:
        assert session.execute(select(Submission.seen_reply_id, Submission.version)).one() == (1, before[1])


def test_who_decides_sees_what_was_decided_while_they_waited(make: Factory) -> None:
    receipt = make.make_submission()

    def locked_version() -> int:
        with writing(make.sessions) as session:
            read_before = get_submission(session, receipt.number, make.actor)
            (locked,) = lock_to_decide(session, {receipt.number}, make.actor).values()
            assert locked is read_before
            return locked.version

    with ThreadPoolExecutor(1) as pool, writing(make.sessions) as session:
        found = get_submission(session, receipt.number, make.actor, to_change=True)
        moderation.accept(session, found, make.make_decision(found))
        session.flush()
        other = pool.submit(locked_version)
        sleep(0.3)
        session.commit()
        assert other.result(30) == found.version == 2
