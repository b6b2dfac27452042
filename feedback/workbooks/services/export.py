"""The meeting workbook 意见建议征集汇总表: asked for on a page, made by a job, safe to make twice."""

import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.base.adapters.files import sha256_of_file, written_whole
from feedback.base.adapters.jobs import enqueue
from feedback.base.adapters.keys import Keys
from feedback.base.domain.permission import Actor
from feedback.base.domain.refusal import RefusalError
from feedback.base.domain.text import is_blank
from feedback.base.models.audit import AuditEntry
from feedback.base.models.job import Job
from feedback.campaigns.models.campaign import Campaign
from feedback.campaigns.queries.campaign import current_content, labels_of, questions_of
from feedback.desk.domain.queue import QueueFilter
from feedback.desk.queries.queue import count_exportable
from feedback.workbooks.models import Export
from feedback.workbooks.queries.export_row import export_rows

JOB_KIND = "export"

Progress = Callable[[int, int], None]


def request_export(
    session: Session, wanted: QueueFilter, *, purpose: str, described: str, by: Actor, now: datetime
) -> Export:
    """Ask for a workbook of what the filter holds; `described` says the filter in words."""
    if is_blank(purpose):
        raise RefusalError("请写明用途，例如“某月某日会议”。", field="purpose")
    job = enqueue(session, JOB_KIND, {"described": described}, now=now)
    export = Export(
        job_id=job.id, campaign_id=wanted.campaign_id, user_id=by.id, filter=wanted.to_json(), purpose=purpose
    )
    session.add(export)
    session.flush()
    session.add(
        AuditEntry(
            kind="export_requested",
            at=now,
            user_id=by.id,
            subject=f"export:{export.id}",
            reason=purpose,
            detail={"filter": wanted.to_json()},
        )
    )
    return export


def write_export(
    session: Session,
    export: Export,
    *,
    described: str,
    by: Actor,
    keys: Keys,
    folder: Path,
    now: datetime,
    progress: Progress,
) -> tuple[Path, int]:
    """Write the workbook under a name of its own and return its path and number of rows. Only reads the database."""
    # Brings openpyxl along, which only a worker needs.
    from feedback.workbooks.services.summary_sheet import SummaryBook

    wanted = QueueFilter.from_json(export.filter)
    total = count_exportable(session, wanted, by)
    path = folder / f"export-{export.id}-{secrets.token_hex(4)}.xlsx"
    count = 0
    with written_whole(path) as draft:
        book = SummaryBook(
            session.get_one(Campaign, wanted.campaign_id),
            organiser=current_content(session, wanted.campaign_id).organiser,
            labels=labels_of(session, wanted.campaign_id),
            questions=questions_of(session, wanted.campaign_id),
            described=described,
            exporter=by.display_name,
            now=now,
        )
        try:
            for chunk in export_rows(session, wanted, by, keys):
                for row in chunk:
                    book.append(row)
                count += len(chunk)
                progress(count, total)
            book.save(draft)
        except BaseException:
            book.discard()
            raise
    return path, count


def record_export(session: Session, export: Export, *, path: Path, row_count: int, now: datetime) -> None:
    """Keep what was made: how many rows, and the hash of the file."""
    export.row_count, export.file_name, export.sha256 = row_count, path.name, sha256_of_file(path)
    session.add(
        AuditEntry(
            kind="export_made",
            at=now,
            user_id=export.user_id,
            subject=f"export:{export.id}",
            detail={"rows": row_count, "sha256": export.sha256},
        )
    )


def remove_expired(session: Session, *, folder: Path, now: datetime, days: int) -> int:
    """Delete files older than `days`, also such as no record knows; who exported what, and the hash, stay on record."""
    expired = session.scalars(
        select(Export)
        .join(Job, Job.id == Export.job_id)
        .where(Export.file_name.is_not(None), Job.finished_at < now - timedelta(days=days))
    ).all()
    for export in expired:
        (folder / (export.file_name or "")).unlink(missing_ok=True)
        export.file_name = None
    for path in folder.glob("*"):
        # Another worker may sweep at the same moment.
        with suppress(OSError):
            if path.stat().st_mtime < (now - timedelta(days=days)).timestamp():
                path.unlink()
    return len(expired)
