"""From an empty database to the newest migration."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Connection, Engine, MetaData, Table, insert, inspect, select
from sqlalchemy.exc import OperationalError

from feedback.assembly.tables import Base
from feedback.base.adapters.database import make_engine, make_sessions
from feedback.base.adapters.migrations import holds_submissions, is_current, upgrade
from feedback.campaigns.models.campaign import Campaign
from feedback.cases.models.proposal import Proposal
from feedback.cases.models.submission import Submission
from tests.conftest import NOW
from tests.factories import Factory
from tests.stored import every_row, only_on_sqlite

REPOSITORY = Path(__file__).resolve().parents[2]
UPGRADE = """
import sys
from feedback.base.adapters.database import make_engine
from feedback.base.adapters.migrations import upgrade
upgrade(make_engine(sys.argv[1]))
"""


@pytest.fixture
def empty(empty_database: str) -> Iterator[Engine]:
    engine = make_engine(empty_database)
    yield engine
    engine.dispose()


@pytest.fixture
def migrated(database_url: str) -> Iterator[Engine]:
    """A copy of the template, which was migrated from nothing."""
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


def differences(engine: Engine) -> list[object]:
    """What a migration would have to do to bring the database to what the models say."""
    with engine.connect() as connection:
        options = {"include_name": lambda name, _kind, _parents: not _is_of_grams(name)}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata))


def _is_of_grams(name: str | None) -> bool:
    """Whether this is SQLite's full-text table or PostgreSQL's index over an expression: no model says those."""
    return (name or "").startswith(("search_gram", "ix_search_entry_grams"))


def test_an_empty_database_is_brought_to_the_newest_migration(empty: Engine) -> None:
    assert not is_current(empty)

    upgrade(empty)

    assert is_current(empty)
    names = {name for name in inspect(empty).get_table_names() if not _is_of_grams(name)}
    assert names == {*Base.metadata.tables, "alembic_version"}


def test_models_and_migrations_say_the_same(migrated: Engine) -> None:
    assert differences(migrated) == []


def test_every_check_of_the_models_is_in_the_database(migrated: Engine) -> None:
    inspector = inspect(migrated)
    for table in Base.metadata.sorted_tables:
        in_models = {str(check.name) for check in table.constraints if isinstance(check, CheckConstraint)}

        assert {check["name"] for check in inspector.get_check_constraints(table.name)} == in_models, table.name


@only_on_sqlite
def test_events_have_no_row_number_that_would_tell_what_came_between_two_acts_of_staff(migrated: Engine) -> None:
    with migrated.connect() as connection, pytest.raises(OperationalError, match="no such column: rowid"):
        connection.exec_driver_sql("SELECT rowid FROM event")


def test_running_again_changes_nothing(make: Factory) -> None:
    make.make_replied(phone="13812341234", has_consented=True)
    with make.sessions() as session:
        before = every_row(session)

    upgrade(make.sessions.kw["bind"])

    with make.sessions() as session:
        assert every_row(session) == before


def test_four_processes_at_once_do_it_once(empty: Engine, empty_database: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    processes = [
        subprocess.Popen([sys.executable, "-c", UPGRADE, empty_database], env=environment, stderr=subprocess.PIPE)
        for _ in range(4)
    ]

    errors = [process.communicate()[1].decode() for process in processes]

    assert [process.returncode for process in processes] == [0] * 4, errors
    assert is_current(empty)
    assert differences(empty) == []


def test_migrations_are_numbered_in_one_line_and_named_by_a_sentence() -> None:
    script = ScriptDirectory(str(REPOSITORY / "migrations"))

    files = [Path(revision.path).name for revision in script.walk_revisions()]

    assert len(script.get_heads()) == 1
    assert all(re.fullmatch(r"[0-9]{4}_[a-z0-9]+(_[a-z0-9]+)+\.py", name) for name in files)
    assert [int(name[:4]) for name in reversed(files)] == list(range(1, len(files) + 1))


def test_whether_there_is_anything_to_lose_is_known_at_every_stage(empty: Engine, make: Factory) -> None:
    assert not holds_submissions(empty)
    upgrade(empty)
    assert not holds_submissions(empty)

    make.make_submission()

    assert holds_submissions(make.sessions.kw["bind"])


def test_a_database_of_a_newer_program_is_not_taken_for_current(migrated: Engine) -> None:
    with migrated.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    assert not is_current(migrated)


def test_rows_of_a_migrated_database_can_be_read(migrated: Engine) -> None:
    with make_sessions(migrated)() as session:
        assert len(every_row(session)["campaign_version"]) == 1


def test_what_was_suspected_before_its_row_said_so_still_is(empty: Engine) -> None:
    upgrade(empty, "0007")
    with empty.begin() as connection:
        fill(connection, 4, {})
        likeness = MetaData()
        likeness.reflect(connection, only=["likeness"])
        for one, other, verdict in ((1, 2, "suspected"), (2, 1, "suspected"), (3, 4, "distinct"), (4, 3, "distinct")):
            row = {"submission_id": one, "other_id": other, "percent": 70, "verdict": verdict}
            connection.execute(insert(likeness.tables["likeness"]).values(row))

    upgrade(empty)

    with empty.connect() as connection:
        found = connection.execute(select(Submission.id, Submission.has_lookalike).order_by(Submission.id)).all()
    assert [tuple(row) for row in found] == [(1, True), (2, True), (3, False), (4, False)]


def test_a_column_keeps_what_it_holds_under_a_better_name_and_an_answer_to_sign_finds_its_place(empty: Engine) -> None:
    upgrade(empty, "0019")
    with empty.begin() as connection:
        fill(connection, 2, {"campaign": {"furniture": {"phone": "000"}, "working": {"title": "草稿"}}})
        tables = MetaData()
        tables.reflect(connection)
        proposal, user = tables.tables["proposal"], tables.tables["user_account"]
        connection.execute(insert(user).values(least_row(user, 1)))
        for own, action in ((1, "reply"), (2, "reject")):
            row = {"submission_id": own, "action": action, "reason": f"{action}的话", "user_id": 1, "at": NOW}
            connection.execute(insert(proposal).values(row))

    upgrade(empty)

    with make_sessions(empty)() as session:
        campaign = session.scalars(select(Campaign)).one()
        assert (campaign.imprint, campaign.draft_content) == ({"phone": "000"}, {"title": "草稿"})
        waiting = session.scalars(select(Proposal).order_by(Proposal.submission_id)).all()
        assert [(one.body, one.reason) for one in waiting] == [("reply的话", None), (None, "reject的话")]


def fill(connection: Connection, submissions: int, given: dict[str, dict[str, Any]]) -> None:
    """So many submissions and what they hang on, in the tables of the migration a database stands at."""
    tables = MetaData()
    tables.reflect(connection)
    parents = {
        "unit": {"level": "city"},
        "campaign": {"status": "open", "phase": "study"},
        "campaign_version": {},
        "channel": {},
    }
    for name, values in parents.items():
        row = least_row(tables.tables[name], 1) | values | given.get(name, {})
        connection.execute(insert(tables.tables[name]).values(row))
    submission = tables.tables["submission"]
    for own in range(1, submissions + 1):
        row = least_row(submission, own) | {"campaign_id": 1, "campaign_version_id": 1, "channel_id": 1}
        connection.execute(insert(submission).values(row | {"status": "received", "lane": "opinion"}))


def least_row(table: Table, number: int) -> dict[str, Any]:
    """Something in every column that needs something; texts and numbers are those of the row."""
    made: dict[type, Any] = {int: number, str: str(number), bool: False, datetime: NOW, date: NOW.date(), object: {}}
    required = [column for column in table.columns if not column.nullable and column.server_default is None]
    return {column.name: made[column.type.python_type] for column in required}
