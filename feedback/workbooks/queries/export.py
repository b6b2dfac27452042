"""Who asked for which workbook, and may still fetch it."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from feedback.base.domain.permission import Actor, Permission
from feedback.base.models.job import Job
from feedback.campaigns.models.campaign import Campaign
from feedback.campaigns.queries.reach import run_by
from feedback.workbooks.models import Export


def exports_of(session: Session, actor: Actor) -> Sequence[tuple[Export, Job]]:
    """The actor's own exports, the newest first."""
    return [
        (export, job)
        for export, job in session.execute(
            select(Export, Job)
            .join(Job, Job.id == Export.job_id)
            .where(*_own(actor))
            .order_by(Export.id.desc())
            .limit(50)
        )
    ]


def own_export(session: Session, export_id: int, actor: Actor) -> tuple[Export, Job] | None:
    """One export with its job, if the actor asked for it and may still make it."""
    row = session.execute(
        select(Export, Job).join(Job, Job.id == Export.job_id).where(Export.id == export_id, *_own(actor))
    ).first()
    return None if row is None else (row[0], row[1])


def _own(actor: Actor) -> list[ColumnElement[bool]]:
    """What one asked for, of campaigns one may still export."""
    exportable = select(Campaign.id).where(run_by(actor.paths_with(Permission.EXPORT_CREATE)))
    return [Export.user_id == actor.id, Export.campaign_id.in_(exportable)]
