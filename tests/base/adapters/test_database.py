"""Engines, and the difference between reading and writing."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.database import (
    erase_for_good,
    forget_old_pages,
    insert_if_new,
    make_engine,
    make_sessions,
    start_writing,
    writing,
)
from feedback.base.adapters.migrations import upgrade
from feedback.base.config import Settings
from feedback.base.domain.moment import CHINA, hour_of
from feedback.base.models.job import Job
from feedback.base.models.unit import Unit
from feedback.campaigns.models.channel import Channel
from feedback.cases.models.contact import Contact
from feedback.cases.models.text import Text
from feedback.tracking.queries import find_by_code
from feedback.tracking.services import withdraw_contact
from tests.factories import Factory
from tests.stored import bytes_of_files

NOW = datetime(2026, 11, 20, 1, 30, 45, tzinfo=UTC)
PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "recursive_triggers": 1,
    "secure_delete": 1,
    "temp_store": 2,
    "busy_timeout": 10_000,
}
CANARY = "canary-38d1"
SAME_ROWS, AT_ONCE = 100, 8


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "one.db"


@pytest.fixture
def engine(path: Path) -> Iterator[Engine]:
    """SQLite, whichever database this run is about."""
    engine = make_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE note (body TEXT)")
    yield engine
    engine.dispose()


@pytest.fixture
def notes(engine: Engine) -> sessionmaker[Session]:
    return make_sessions(engine)


def add_note(session: Session, body: str) -> None:
    session.execute(text("INSERT INTO note VALUES (:body)"), {"body": body})


def notes_in(session: Session) -> list[str]:
    return list(session.scalars(text("SELECT body FROM note ORDER BY rowid")))


def may_write(path: Path) -> bool:
    """Whether nobody else holds the right to write at this moment."""
    connection = sqlite3.connect(path, timeout=0, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()
    return True


def assert_every_connection_is_set_up(engine: Engine) -> None:
    with ExitStack() as stack:
        for _ in range(8):
            connection = stack.enter_context(engine.connect())
            found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in PRAGMAS}
            assert found == PRAGMAS


def test_every_pooled_connection_is_durable_and_checks_its_keys(engine: Engine) -> None:
    assert_every_connection_is_set_up(engine)
    assert_every_connection_is_set_up(engine)


def test_connections_are_still_set_up_after_a_migration(path: Path) -> None:
    engine = make_engine(f"sqlite:///{path}")

    upgrade(engine)

    assert_every_connection_is_set_up(engine)
    engine.dispose()


def test_erasing_for_good_works_and_leaves_the_connections_set_up(engine: Engine, path: Path) -> None:
    with writing(make_sessions(engine)) as session:
        add_note(session, CANARY)
    with writing(make_sessions(engine)) as session:
        session.execute(text("DELETE FROM note"))

    erase_for_good(engine)

    assert CANARY.encode() not in b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert_every_connection_is_set_up(engine)


def test_erasing_says_so_where_a_reader_keeps_the_old_pages(engine: Engine, path: Path) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=50")
    with writing(make_sessions(engine)) as session:
        add_note(session, CANARY)

    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT body FROM note").fetchall() == [(CANARY,)]
        with pytest.raises((DBAPIError, RuntimeError), match=r"(?i)busy|locked|reader"):
            erase_for_good(engine)


def test_a_transaction_that_may_write_keeps_others_from_writing_at_once(
    notes: sessionmaker[Session], path: Path
) -> None:
    with notes() as session:
        start_writing(session)

        assert not may_write(path)
    assert may_write(path)


def test_reading_keeps_nobody_from_writing(notes: sessionmaker[Session], path: Path) -> None:
    with notes() as session:
        assert notes_in(session) == []

        assert may_write(path)


def test_a_second_writer_waits_rather_than_fails(notes: sessionmaker[Session]) -> None:
    def write_second() -> None:
        with writing(notes) as session:
            add_note(session, f"after {notes_in(session)}")

    second = Thread(target=write_second)
    with notes() as session:
        start_writing(session)
        second.start()
        second.join(0.1)
        assert second.is_alive()
        add_note(session, "first")
        session.commit()
    second.join()

    with notes() as session:
        assert notes_in(session) == ["first", "after ['first']"]


def test_what_was_read_before_is_given_up_for_what_stands_there_now(notes: sessionmaker[Session]) -> None:
    with notes() as session:
        assert notes_in(session) == []
        with writing(notes) as other:
            add_note(other, "other")

        start_writing(session)
        add_note(session, "own")
        session.commit()

        assert notes_in(session) == ["other", "own"]


def test_after_a_commit_the_session_reads_again(notes: sessionmaker[Session], path: Path) -> None:
    with notes() as session:
        start_writing(session)
        session.commit()
        assert notes_in(session) == []

        assert may_write(path)


def test_an_error_leaves_nothing_written(notes: sessionmaker[Session]) -> None:
    with pytest.raises(ZeroDivisionError), writing(notes) as session:
        add_note(session, "half")
        raise ZeroDivisionError

    with notes() as session:
        assert notes_in(session) == []


def test_rows_stay_readable_after_a_commit(sessions: sessionmaker[Session]) -> None:
    with sessions() as session:
        unit = session.scalars(select(Unit)).one()
        session.commit()

    assert unit.code == "root"


def test_an_error_does_not_show_what_was_to_be_stored(sessions: sessionmaker[Session]) -> None:
    with pytest.raises(IntegrityError) as error, writing(sessions) as session:
        session.add(Unit(code=CANARY, name=CANARY, level="planet", path=CANARY))

    assert CANARY not in str(error.value)


def test_a_row_is_inserted_once(sessions: sessionmaker[Session]) -> None:
    values = {"campaign_id": 1, "code": "abcde", "name": "大厅"}
    with writing(sessions) as session:
        first = insert_if_new(session.connection(), Channel, values)
        second = insert_if_new(session.connection(), Channel, values)

    with sessions() as session:
        assert (first, second) == (True, False)
        assert session.scalar(select(func.count()).where(Channel.code == "abcde")) == 1


def test_what_another_constraint_refuses_is_not_taken_for_what_is_there_already(
    sessions: sessionmaker[Session],
) -> None:
    with pytest.raises(IntegrityError), writing(sessions) as session:
        one = session.scalar(select(Channel.id).limit(1))
        values = {"id": one, "campaign_id": 1, "code": "abcde", "name": "大厅"}
        insert_if_new(session.connection(), Channel, values)


@pytest.mark.on_both("which key is met first")
def test_of_many_who_insert_the_same_at_once_one_does_whichever_key_is_met_first(
    sessions: sessionmaker[Session],
) -> None:
    def insert_unit(place: int) -> bool:
        values = {"code": f"u{place}", "name": "大厅", "level": "county", "path": f"/u{place}/"}
        with writing(sessions) as session:
            return insert_if_new(session.connection(), Unit, values)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        inserted = list(pool.map(insert_unit, [place for place in range(SAME_ROWS) for _ in range(AT_ONCE)]))

    assert sum(inserted) == SAME_ROWS


@pytest.mark.only_on("postgresql")
def test_a_sequence_that_was_left_behind_by_its_rows_is_moved_on_at_the_next_start(
    sessions: sessionmaker[Session],
) -> None:
    with writing(sessions) as session:
        session.execute(text("SELECT setval(pg_get_serial_sequence('channel', 'id'), 1, false)"))
        engine = session.get_bind().engine

    upgrade(engine)

    with writing(sessions) as session:
        values = {"campaign_id": 1, "code": "abcde", "name": "大厅"}
        assert insert_if_new(session.connection(), Channel, values)


def test_a_time_without_a_zone_is_refused(sessions: sessionmaker[Session]) -> None:
    with pytest.raises(StatementError, match="a stored time needs a zone"), writing(sessions) as session:
        session.add(Job(kind="export", payload={}, created_at=NOW.replace(tzinfo=None)))


@pytest.mark.parametrize("finer", [timedelta(minutes=1), timedelta(seconds=1), timedelta(microseconds=1)])
def test_a_time_finer_than_the_hour_is_refused_where_a_citizen_caused_it(
    sessions: sessionmaker[Session], make: Factory, finer: timedelta
) -> None:
    make.make_submission()

    with pytest.raises(StatementError, match="full hour"), writing(sessions) as session:
        session.add(Text(submission_id=1, kind="supplement", body="好", received_at=hour_of(NOW) + finer))


def test_a_time_comes_back_in_utc_whatever_zone_it_was_given_in(sessions: sessionmaker[Session]) -> None:
    with writing(sessions) as session:
        session.add(Job(kind="export", payload={}, created_at=NOW.astimezone(CHINA)))

    with sessions() as session:
        stored = session.scalars(select(Job.created_at)).one()
    assert (stored, stored.tzinfo) == (NOW, UTC)


@pytest.mark.only_on("sqlite")
def test_what_was_overwritten_leaves_the_log_of_the_database(make: Factory, settings: Settings) -> None:
    receipt = make.make_submission(phone="13812341234", has_consented=True)
    with make.sessions() as session:
        sealed = session.scalars(select(Contact.phone)).one()
    with writing(make.sessions) as session:
        found = find_by_code(session, receipt.code, make.keys)
        assert found is not None
        withdraw_contact(session, found, now=make.now)
    make.settle()
    assert sealed is not None and sealed in bytes_of_files(settings)

    forget_old_pages(make.sessions.kw["bind"])

    assert sealed not in bytes_of_files(settings)


@pytest.mark.only_on("postgresql")
def test_withdrawn_contact_details_leave_the_files_of_postgresql(make: Factory) -> None:
    receipts = [make.make_arrival(phone=f"1381234{place:04}", has_consented=True) for place in range(40)]
    make.settle()
    withdrawn = []
    for receipt in receipts[:10]:
        with writing(make.sessions) as session:
            found = find_by_code(session, receipt.code, make.keys)
            assert found is not None and found.submission is not None
            own = select(Contact.phone).where(Contact.submission_id == found.submission.id)
            withdrawn.append(session.scalars(own).one() or b"")
            withdraw_contact(session, found, now=make.now)

    make.pass_time()

    with make.sessions.kw["bind"].connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("CHECKPOINT")
        names = ("contact", "arrival", "arriving_act")
        read = "SELECT pg_read_binary_file(pg_relation_filepath('{}'))"
        files = b"".join(bytes(connection.exec_driver_sql(read.format(name)).scalar() or b"") for name in names)
    assert files
    assert [one for one in withdrawn if one in files] == []


@pytest.mark.parametrize("is_refused", [False, True], ids=["stored", "taken back"])
def test_a_transaction_that_keeps_others_from_writing_for_long_is_told_by_its_place_alone(
    sessions: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, is_refused: bool
) -> None:
    clock = [0.0]
    monkeypatch.setattr("feedback.base.adapters.database.monotonic", lambda: clock[0])

    for seconds in (1.0, 1.1):
        with sessions() as session:
            start_writing(session)
            clock[0] += seconds
            session.rollback() if is_refused else session.commit()
    with sessions() as session:
        session.scalar(select(func.count()).select_from(Unit))
        clock[0] += 60

    assert [record.getMessage() for record in caplog.records] == [
        "a transaction that writes took more than a second in no place of ours"
    ]
