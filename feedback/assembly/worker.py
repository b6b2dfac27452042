"""Running a claimed job; what it produces and its being done are one transaction."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.database import writing
from feedback.base.adapters.jobs import Claim, beat, finish, renew
from feedback.base.adapters.keys import Keys
from feedback.campaigns.models.campaign import Campaign
from feedback.cases.services import erasure
from feedback.desk.services import bulk
from feedback.outreach.domain.poster import PosterDesign, PosterFormat
from feedback.outreach.models.poster import PosterPrint
from feedback.outreach.services import poster
from feedback.people.models import User
from feedback.people.services.account import actor_of
from feedback.workbooks.models import Export
from feedback.workbooks.services import export


class UnknownJobError(RuntimeError):
    """No job of that kind is known here: a newer version wrote it."""


def run(sessions: sessionmaker[Session], claim: Claim, *, keys: Keys, folder: Path) -> None:
    """Do what a job asks. It may have been begun before, and only the worker that holds the job leaves anything."""
    match claim.kind:
        case export.JOB_KIND:
            _export(sessions, claim, keys=keys, folder=folder)
        case poster.JOB_KIND:
            _posters(sessions, claim, folder=folder)
        case erasure.JOB_KIND:
            erasure.erase(sessions)
            with writing(sessions) as session:
                finish(session, claim, now=_now())
        case bulk.JOB_KIND | bulk.UNDO_KIND:
            _bulk(sessions, claim)
        case _:
            raise UnknownJobError(claim.kind)


def _bulk(sessions: sessionmaker[Session], claim: Claim) -> None:
    """Batch after batch, each in a transaction of its own that ends before others have waited long for it."""
    is_over = False
    while not is_over:
        with writing(sessions) as session:
            done, total = bulk.how_far(session, claim.kind, claim.job_id)
            renew(session, claim, done=done, total=total, now=_now())
            is_over = not bulk.go_on(session, claim.kind, claim.job_id, now=_now())
            if is_over:
                finish(session, claim, now=_now())


def _export(sessions: sessionmaker[Session], claim: Claim, *, keys: Keys, folder: Path) -> None:
    """Made with the rights its user holds now, not with those of the moment it was asked for."""
    with sessions() as session:
        asked = session.scalars(select(Export).where(Export.job_id == claim.job_id)).one()
        by = actor_of(session, session.get_one(User, asked.user_id))
        path, count = export.write_export(
            session,
            asked,
            described=claim.payload["described"],
            by=by,
            keys=keys,
            folder=folder,
            now=_now(),
            progress=_progress(sessions, claim),
        )
    with _kept(sessions, claim, path) as session:
        export.record_export(session, session.get_one(Export, asked.id), path=path, row_count=count, now=_now())


def _posters(sessions: sessionmaker[Session], claim: Claim, *, folder: Path) -> None:
    with sessions() as session:
        asked = session.scalars(select(PosterPrint).where(PosterPrint.job_id == claim.job_id)).one()
        posters = poster.posters_of(session, session.get_one(Campaign, asked.campaign_id), base=claim.payload["base"])
        form, design = PosterFormat(asked.form), PosterDesign(asked.design)
    # Drawing takes a minute: no transaction stands open for so long.
    path = poster.write_posters(
        posters, form, design, is_zip=asked.is_zip, folder=folder, progress=_progress(sessions, claim)
    )
    with _kept(sessions, claim, path) as session:
        session.get_one(PosterPrint, asked.id).file_name = path.name


def _progress(sessions: sessionmaker[Session], claim: Claim) -> Callable[[int, int], None]:
    def progress(done: int, total: int) -> None:
        beat(sessions, claim, done=done, total=total, now=_now())

    return progress


@contextmanager
def _kept(sessions: sessionmaker[Session], claim: Claim, path: Path) -> Iterator[Session]:
    """The job is done and its file known in one transaction; where that fails, the file goes too."""
    try:
        with writing(sessions) as session:
            finish(session, claim, now=_now())
            yield session
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _now() -> datetime:
    return datetime.now(UTC)
