"""Running a claimed job; what it produces and its being done are one transaction."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.database import writing
from feedback.base.adapters.jobs import Lease, attempt, beat, finish, lease_next
from feedback.base.adapters.keys import Keys
from feedback.cases.services import erasure
from feedback.desk.services import bulk
from feedback.outreach.adapters.poster import write_poster, write_posters
from feedback.outreach.domain.poster import PosterDesign, PosterSize
from feedback.outreach.models.poster import PosterPrint
from feedback.outreach.services import poster
from feedback.people.models import User
from feedback.people.services.account import actor_of
from feedback.workbooks.models import Export
from feedback.workbooks.services import export


class UnknownJobError(RuntimeError):
    """No job of that kind is known here: a newer version wrote it."""


@dataclass(frozen=True)
class Bench:
    """What a job works with: the database, the keys, and the folder of finished files."""

    sessions: sessionmaker[Session]
    keys: Keys
    folder: Path


def run_next(bench: Bench, *, now: datetime) -> bool:
    """Run the next job, if any; an error fails the job, not the worker."""
    lease = lease_next(bench.sessions, now=now)
    if lease is None:
        return False
    attempt(bench.sessions, lease, partial(run, bench), clock=_now)
    return True


def run(bench: Bench, lease: Lease) -> None:
    """Do what a job asks. It may have been begun before, and only the worker that holds the job leaves anything."""
    if lease.kind not in _JOBS:
        raise UnknownJobError(lease.kind)
    _JOBS[lease.kind](bench, lease)


def _erase(bench: Bench, lease: Lease) -> None:
    erasure.erase(bench.sessions)
    with writing(bench.sessions) as session:
        finish(session, lease, now=_now())


def _bulk(bench: Bench, lease: Lease) -> None:
    bulk.carry_on(bench.sessions, lease, clock=_now)


def _export(bench: Bench, lease: Lease) -> None:
    """Made with the rights its user holds now, not with those of the moment it was asked for."""
    with bench.sessions() as session:
        asked = session.scalars(select(Export).where(Export.job_id == lease.job_id)).one()
        by = actor_of(session, session.get_one(User, asked.user_id))
        path, count = export.write_export(
            session,
            asked,
            described=lease.payload["described"],
            by=by,
            keys=bench.keys,
            folder=bench.folder,
            now=_now(),
            progress=_progress(bench, lease),
        )
    with _kept(bench, lease, path) as session:
        export.record_export(session, session.get_one(Export, asked.id), path=path, row_count=count, now=_now())


def _posters(bench: Bench, lease: Lease) -> None:
    with bench.sessions() as session:
        asked = session.scalars(select(PosterPrint).where(PosterPrint.job_id == lease.job_id)).one()
        posters = poster.posters_for(session, asked, base=lease.payload["base"])
        size, design = PosterSize(asked.size), PosterDesign(asked.design)
    # Drawing takes a minute: no transaction stands open for so long.
    if asked.channel_id is not None:
        path = write_poster(posters[0], size, design, folder=bench.folder)
    else:
        path = write_posters(
            posters, size, design, is_zip=asked.is_zip, folder=bench.folder, progress=_progress(bench, lease)
        )
    with _kept(bench, lease, path) as session:
        session.get_one(PosterPrint, asked.id).file_name = path.name


def _progress(bench: Bench, lease: Lease) -> Callable[[int, int], None]:
    def progress(done: int, total: int) -> None:
        beat(bench.sessions, lease, done=done, total=total, now=_now())

    return progress


@contextmanager
def _kept(bench: Bench, lease: Lease, path: Path) -> Iterator[Session]:
    """The job is done and its file known in one transaction; where that fails, the file goes too."""
    try:
        with writing(bench.sessions) as session:
            finish(session, lease, now=_now())
            yield session
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _now() -> datetime:
    return datetime.now(UTC)


_JOBS: dict[str, Callable[[Bench, Lease], None]] = {
    export.JOB_KIND: _export,
    poster.JOB_KIND: _posters,
    erasure.JOB_KIND: _erase,
    bulk.JOB_KIND: _bulk,
    bulk.UNDO_KIND: _bulk,
}
