"""Running a claimed job."""

import gc
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, sessionmaker

from feedback.assembly import worker
from feedback.assembly.worker import UnknownJobError
from feedback.base.adapters.database import writing
from feedback.base.adapters.files import sha256_of_file
from feedback.base.adapters.jobs import LASTS, Lease, LeaseLostError, enqueue, lease_next
from feedback.base.config import Settings
from feedback.base.domain.permission import Role
from feedback.base.models.job import Job
from feedback.people.models import RoleGrant
from feedback.people.services import account
from feedback.people.services import user as users
from feedback.workbooks.models import Export
from feedback.workbooks.services.export import write_export
from tests.factories import Factory
from tests.workbooks.corpus import ask_for_export, audit_kinds, make_corpus


@pytest.fixture
def folder(settings: Settings) -> Path:
    return settings.exports


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where temporary files go; what is thrown away is thrown away within the test it belongs to."""
    path = tmp_path / "temporary"
    path.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(path))
    yield path
    gc.collect()


def claimed(sessions: sessionmaker[Session], *, now: datetime | None = None) -> Lease:
    lease = lease_next(sessions, now=now or datetime.now(UTC))
    assert lease is not None
    return lease


def taken_over(sessions: sessionmaker[Session]) -> Lease:
    """The lease of a second worker after the first has gone silent."""
    return claimed(sessions, now=datetime.now(UTC) + LASTS + timedelta(seconds=1))


def kept(make: Factory, export: Export) -> Export:
    with make.sessions() as session:
        return session.get_one(Export, export.id)


def test_a_job_leaves_a_file_its_record_and_is_done(make: Factory, folder: Path, temporary: Path) -> None:
    make_corpus(make)
    export = ask_for_export(make)

    worker.run(worker.Bench(make.sessions, make.keys, folder), claimed(make.sessions))

    made = kept(make, export)
    path = folder / (made.file_name or "")
    assert (made.row_count, made.sha256) == (3, sha256_of_file(path))
    assert load_workbook(path)["汇总表"].max_row > 6
    assert [file.name for file in folder.iterdir()] == [path.name]
    assert list(temporary.iterdir()) == []
    with make.sessions() as session:
        assert session.get_one(Job, export.job_id).status == "done"


def test_a_second_run_gives_the_same_file_and_no_second_record(make: Factory, folder: Path) -> None:
    make_corpus(make)
    export = ask_for_export(make)
    lost = claimed(make.sessions)
    worker.run(worker.Bench(make.sessions, make.keys, folder), taken_over(make.sessions))
    made = kept(make, export)

    with pytest.raises(LeaseLostError):
        worker.run(worker.Bench(make.sessions, make.keys, folder), lost)

    assert [file.name for file in folder.iterdir()] == [made.file_name]
    assert kept(make, export).sha256 == made.sha256 == sha256_of_file(folder / (made.file_name or ""))
    assert audit_kinds(make, f"export:{export.id}") == ["export_requested", "export_made"]


def test_a_worker_that_lost_its_job_while_writing_leaves_the_file_of_the_other_alone(
    make: Factory, folder: Path
) -> None:
    make_corpus(make)
    export = ask_for_export(make)
    claimed(make.sessions)

    def lose_the_job(_done: int, _total: int) -> None:
        make.make_submission()
        worker.run(worker.Bench(make.sessions, make.keys, folder), taken_over(make.sessions))

    with make.sessions() as session:
        write_export(
            session, export, described="全部", by=make.actor, keys=make.keys, folder=folder, now=make.now,
            progress=lose_the_job,
        )  # fmt: skip

    made = kept(make, export)
    assert made.row_count == 4
    assert made.sha256 == sha256_of_file(folder / (made.file_name or ""))


def test_an_attempt_that_failed_leaves_no_file_not_even_a_temporary_one(
    make: Factory, folder: Path, temporary: Path
) -> None:
    make_corpus(make)
    export = ask_for_export(make)

    def fail(_done: int, _total: int) -> None:
        raise ZeroDivisionError

    with make.sessions() as session, pytest.raises(ZeroDivisionError):
        write_export(
            session, export, described="全部", by=make.actor, keys=make.keys, folder=folder, now=make.now,
            progress=fail,
        )  # fmt: skip

    assert list(folder.iterdir()) == []
    assert list(temporary.iterdir()) == []
    assert kept(make, export).file_name is None


@pytest.mark.on_both("a statement of its own")
def test_a_workbook_is_made_with_the_rights_held_when_it_is_made(make: Factory, folder: Path) -> None:
    make_corpus(make)
    make.make_user("wang", Role.MODERATOR)
    with make.sessions() as session:
        wang = account.actor_of(session, account.get_user(session, "wang"))
    export = ask_for_export(replace(make, actor=wang))
    with writing(make.sessions) as session:
        session.execute(delete(RoleGrant).where(RoleGrant.user_id == wang.id))

    worker.run(worker.Bench(make.sessions, make.keys, folder), claimed(make.sessions))

    assert kept(make, export).row_count == 0


def test_a_job_of_an_unknown_kind_is_refused(make: Factory, folder: Path) -> None:
    with writing(make.sessions) as session:
        enqueue(session, "horoscope", {}, now=make.now)

    with pytest.raises(UnknownJobError):
        worker.run(worker.Bench(make.sessions, make.keys, folder), claimed(make.sessions))


def test_a_job_whose_account_was_disabled_meanwhile_gives_nothing_away(make: Factory, folder: Path) -> None:
    make_corpus(make)
    make.make_user("wang", Role.MODERATOR)
    with make.sessions() as session:
        wang = account.actor_of(session, account.get_user(session, "wang"))
    export = ask_for_export(replace(make, actor=wang))
    with writing(make.sessions) as session:
        users.set_disabled(session, account.get_user(session, "wang"), is_disabled=True, now=make.now)

    worker.run(worker.Bench(make.sessions, make.keys, folder), claimed(make.sessions))

    assert kept(make, export).row_count == 0


@pytest.mark.on_both("a statement of its own")
def test_the_lease_is_renewed_while_the_workbook_grows(make: Factory, folder: Path) -> None:
    make_corpus(make)
    ask_for_export(make)
    lease = claimed(make.sessions)
    with writing(make.sessions) as session:
        session.execute(update(Job).values(leased_until=datetime.now(UTC) + timedelta(seconds=1)))

    worker.run(worker.Bench(make.sessions, make.keys, folder), lease)

    with make.sessions() as session:
        assert session.scalars(select(Job.done_count)).one() == 3
