"""Running a claimed job; what it produces and its being done are one transaction."""

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from feedback.adapters.database import writing
from feedback.adapters.jobs import Claim, beat, finish
from feedback.adapters.keys import Keys
from feedback.models.export import Export
from feedback.models.user import User
from feedback.services.account import actor_of
from feedback.services.export import JOB_KIND, record_export, write_export


class UnknownJobError(RuntimeError):
    """No job of that kind is known here: a newer version wrote it."""


def run(sessions: sessionmaker[Session], claim: Claim, *, keys: Keys, folder: Path) -> None:
    """Do what a job asks. Each run writes a file of its own and only the one that holds the job records it."""
    if claim.kind != JOB_KIND:
        raise UnknownJobError(claim.kind)
    _export(sessions, claim, keys=keys, folder=folder)


def _export(sessions: sessionmaker[Session], claim: Claim, *, keys: Keys, folder: Path) -> None:
    """Made with the rights its user holds now, not with those of the moment it was asked for."""

    def progress(done: int, total: int) -> None:
        beat(sessions, claim, done=done, total=total, now=_now())

    with sessions() as session:
        export = session.scalars(select(Export).where(Export.job_id == claim.job_id)).one()
        by = actor_of(session, session.get_one(User, export.user_id))
        path, count = write_export(
            session,
            export,
            described=claim.payload["described"],
            by=by,
            keys=keys,
            folder=folder,
            now=_now(),
            progress=progress,
        )
    try:
        with writing(sessions) as session:
            finish(session, claim, now=_now())
            record_export(session, session.get_one(Export, export.id), path=path, row_count=count, now=_now())
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _now() -> datetime:
    return datetime.now(UTC)
