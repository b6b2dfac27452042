"""Decisions about many at once: each item through the service that decides about one, and the whole can be undone."""

import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.database import writing
from feedback.base.adapters.jobs import Clock, Lease, attempt, enqueue, finish, lease_queued, renew
from feedback.base.domain.permission import Actor, Permission
from feedback.base.domain.refusal import RefusalError
from feedback.base.domain.text import MAX_REASON_LENGTH
from feedback.base.models.audit import AuditEntry
from feedback.base.models.job import Job
from feedback.cases.domain.action import Action
from feedback.cases.domain.bulk import (
    BATCH_SIZE,
    MOST_AT_ONCE,
    MOST_ITEMS,
    BulkOrder,
    Candidate,
    Outcome,
    Why,
    obstacle,
    seconds_to_undo,
)
from feedback.cases.domain.decision import Decision
from feedback.cases.domain.opinion import check_text
from feedback.cases.domain.submission import IllegalTransitionError
from feedback.cases.models.bulk import Bulk, BulkItem
from feedback.cases.models.event import Event
from feedback.cases.models.proposal import Proposal
from feedback.cases.models.submission import Submission
from feedback.cases.queries.arrival import numbers_with_acts
from feedback.cases.queries.visibility import visible_to
from feedback.cases.services import confirmation, moderation
from feedback.cases.services.arrival import take_in
from feedback.cases.services.moderation import Classification
from feedback.desk.queries.bulk import BulkProgress, candidate_of
from feedback.people.models import User
from feedback.people.services.account import actor_of

JOB_KIND, UNDO_KIND = "bulk", "bulk_undo"

_DONE = (Outcome.CHANGED, Outcome.PROPOSED)


def start(session: Session, order: BulkOrder, candidates: Sequence[Candidate], *, by: Actor, now: datetime) -> Bulk:
    """Freeze who is decided about, and ask a worker to decide.

    Raises RefusalError for too many, for none at all, and for an order that says too little.
    """
    _check(order, candidates)
    bulk = Bulk(
        campaign_id=order.campaign_id,
        user_id=by.id,
        action=order.action,
        reason=order.reason,
        rejection_kind=order.rejection_kind,
        chosen=dict(order.chosen),
        started_at=now,
    )
    session.add(bulk)
    session.flush()
    rows = [
        {"bulk_id": bulk.id, "submission_id": one.id, "seen_version": one.version, "outcome": Outcome.WAITING}
        for one in candidates
    ]
    session.execute(insert(BulkItem), rows)
    _record(session, "bulk_started", bulk, now, action=order.action, items=len(rows))
    bulk.job_id = _ask_worker(session, JOB_KIND, total=len(rows), now=now)
    return bulk


def undo(session: Session, progress: BulkProgress, *, now: datetime, within: timedelta) -> None:
    """Ask a worker to put back what still stands as it was left; RefusalError where senders may have been told."""
    if progress.is_undone:
        raise RefusalError("这次批量处理已经撤销了。")
    check_time(progress, now=now, within=within)
    total = _count(session, progress.bulk, _DONE)
    progress.bulk.undo_job_id = _ask_worker(session, UNDO_KIND, total=total, now=now)


def do_few(sessions: sessionmaker[Session], job_id: int | None, *, clock: Clock) -> None:
    """Do what a worker is asked for while somebody waits, if it is little and no worker has begun.

    Whoever dies of it leaves the rest to a worker, and so does what fails.
    """
    if job_id is None:
        return
    with sessions() as session:
        if session.get_one(Job, job_id).total_count > MOST_AT_ONCE:
            return
    lease = lease_queued(sessions, job_id, now=clock())
    if lease is not None:
        attempt(sessions, lease, partial(carry_on, sessions, clock=clock), clock=clock)


def carry_on(sessions: sessionmaker[Session], lease: Lease, *, clock: Clock) -> None:
    """Do a job batch after batch, each in a transaction of its own that ends before others have waited long for it."""
    is_over = False
    while not is_over:
        with writing(sessions) as session:
            began = time.monotonic()
            done, total = how_far(session, lease.kind, lease.job_id)
            renew(session, lease, done=done, total=total, now=clock())
            is_over = not go_on(session, lease.kind, lease.job_id, now=clock())
            if is_over:
                finish(session, lease, now=clock())
        if not is_over:
            time.sleep(time.monotonic() - began)


def check_time(progress: BulkProgress, *, now: datetime, within: timedelta) -> None:
    """Raise RefusalError where it is too early or too late for undoing the whole."""
    if not seconds_to_undo(progress.ended_at, now=now, within=within):
        raise RefusalError("现在不能整批撤销：还没有做完，或者提出人已经能看到。需要更正时，请打开那一件重新办理。")


def go_on(session: Session, kind: str, job_id: int, *, now: datetime) -> bool:
    """The next batch of a job, with the rights its user holds now; False where nothing was left, and it is over."""
    bulk = _of_job(session, kind, job_id)
    by = actor_of(session, session.get_one(User, bulk.user_id))
    if kind == JOB_KIND:
        if _carry_out(session, bulk, by=by, now=now, most=BATCH_SIZE):
            return True
        bulk.finished_at = now
        return False
    if _put_back(session, bulk, by=by, now=now, most=BATCH_SIZE):
        return True
    _end_undo(session, bulk, now)
    return False


def how_far(session: Session, kind: str, job_id: int) -> tuple[int, int]:
    """How many items of a job are done, and of how many."""
    bulk = _of_job(session, kind, job_id)
    waiting = (Outcome.WAITING,) if kind == JOB_KIND else _DONE
    total = session.get_one(Job, job_id).total_count
    return total - _count(session, bulk, waiting), total


def _check(order: BulkOrder, candidates: Sequence[Candidate]) -> None:
    if len(candidates) > MOST_ITEMS:
        raise RefusalError(f"一次最多处理 {MOST_ITEMS} 件，请把筛选的范围缩小。")
    if order.action is Action.REJECT:
        check_text(order.reason or "", most=MAX_REASON_LENGTH, field="reason")
    if order.action is Action.CLASSIFY and not order.chosen:
        raise RefusalError("请至少选定一项归类。")
    if all(obstacle(order.action, one, order.chosen) for one in candidates):
        raise RefusalError("这些意见现在都不能这样办理。")


def _carry_out(session: Session, bulk: Bulk, *, by: Actor, now: datetime, most: int) -> int:
    """Decide about some that wait; how many there were."""
    items = _items(session, bulk, (Outcome.WAITING,), most)
    found = _locked(session, items, by)
    proposed = set(session.scalars(select(Proposal.submission_id).where(Proposal.submission_id.in_(found))))
    results: list[tuple[Outcome, Why | None, int | None]] = []
    for item in items:
        submission = found.get(item.submission_id)
        why = _hindrance(bulk, item, submission, by, is_proposed=item.submission_id in proposed, now=now)
        if submission is None or why is not None:
            results.append((Outcome.SKIPPED, why, None))
        else:
            results.append((*_attempt(session, bulk, submission, by=by, now=now), submission.version))
    # Written at the end, all with one statement.
    for item, result in zip(items, results, strict=True):
        item.outcome, item.why, item.version = result
    session.flush()
    return len(items)


def _hindrance(
    bulk: Bulk, item: BulkItem, submission: Submission | None, by: Actor, *, is_proposed: bool, now: datetime
) -> Why | None:
    """Why an item is left alone, judged by how it stands at this moment."""
    if submission is None:
        return Why.FORBIDDEN
    if submission.version != item.seen_version:
        return Why.CHANGED
    candidate = candidate_of(submission, by, is_proposed=is_proposed, now=now)
    return obstacle(Action(bulk.action), candidate, bulk.chosen)


def _attempt(
    session: Session, bulk: Bulk, submission: Submission, *, by: Actor, now: datetime
) -> tuple[Outcome, Why | None]:
    """Decide about one; what fails leaves nothing behind and stops none of the others."""
    before = submission.status
    try:
        with session.begin_nested():
            _decide(session, bulk, submission, by=by, now=now)
    except IllegalTransitionError:
        return Outcome.SKIPPED, Why.STATE
    except RefusalError:
        return Outcome.SKIPPED, Why.REFUSED
    except IntegrityError:
        logging.getLogger(__name__).exception("an item of a bulk was refused by the database")
        return Outcome.SKIPPED, Why.FAILED
    is_decided = bulk.action == Action.CLASSIFY or submission.status != before
    return Outcome.CHANGED if is_decided else Outcome.PROPOSED, None


def _decide(session: Session, bulk: Bulk, submission: Submission, *, by: Actor, now: datetime) -> None:
    decision = Decision(by, submission.version, now, bulk.reason, bulk_id=bulk.id)
    match Action(bulk.action):
        case Action.ACCEPT:
            moderation.accept(session, submission, decision)
        case Action.REJECT:
            moderation.reject(session, submission, decision, kind=bulk.rejection_kind)
        case Action.COMPLETE:
            moderation.complete(session, submission, decision)
        case Action.CLASSIFY:
            moderation.classify(session, submission, Classification(bulk.chosen), decision)


def _put_back(session: Session, bulk: Bulk, *, by: Actor, now: datetime, most: int) -> int:
    """Undo some of what was done, where nothing has happened since; how many there were."""
    items = _items(session, bulk, _DONE, most)
    found = _locked(session, items, by)
    for item in items:
        submission = found.get(item.submission_id)
        if submission is None or submission.version != item.version:
            item.outcome = Outcome.KEPT
            continue
        decision = Decision(by, submission.version, now)
        if item.outcome == Outcome.PROPOSED:
            confirmation.decline(session, submission, decision)
        else:
            last = session.get_one(Event, (submission.id, submission.version))
            try:
                moderation.take_back(session, submission, last, decision)
            except moderation.SettledError:
                # Another machine's clock was ahead: its sender may know.
                item.outcome = Outcome.KEPT
                continue
        item.outcome = Outcome.UNDONE
    session.flush()
    return len(items)


def _end_undo(session: Session, bulk: Bulk, now: datetime) -> None:
    bulk.undone_at = now
    undone, kept = (_count(session, bulk, (outcome,)) for outcome in (Outcome.UNDONE, Outcome.KEPT))
    _record(session, "bulk_undone", bulk, now, undone=undone, kept=kept)


def _items(session: Session, bulk: Bulk, outcomes: Sequence[Outcome], most: int) -> Sequence[BulkItem]:
    own = select(BulkItem).where(BulkItem.bulk_id == bulk.id, BulkItem.outcome.in_(outcomes))
    return session.scalars(own.order_by(BulkItem.submission_id).limit(most)).all()


def _locked(session: Session, items: Sequence[BulkItem], by: Actor) -> dict[int, Submission]:
    """The submissions of some items that may be decided about at this moment, locked in the order others lock in."""
    ids = [item.submission_id for item in items]
    # Nobody has seen that on the page where the bulk was asked for: it is left alone as changed.
    take_in(session, numbers_with_acts(session, ids))
    permitted = select(Submission).where(visible_to(by, Permission.SUBMISSION_DECIDE), Submission.id.in_(ids))
    locked = session.scalars(permitted.order_by(Submission.number).with_for_update(of=Submission, key_share=True))
    return {submission.id: submission for submission in locked}


def _count(session: Session, bulk: Bulk, outcomes: Sequence[Outcome]) -> int:
    own = select(func.count()).where(BulkItem.bulk_id == bulk.id, BulkItem.outcome.in_(outcomes))
    return session.scalar(own) or 0


def _of_job(session: Session, kind: str, job_id: int) -> Bulk:
    column = Bulk.job_id if kind == JOB_KIND else Bulk.undo_job_id
    return session.scalars(select(Bulk).where(column == job_id)).one()


def _ask_worker(session: Session, kind: str, *, total: int, now: datetime) -> int:
    job = enqueue(session, kind, {}, now=now)
    job.total_count = total
    return job.id


def _record(session: Session, kind: str, bulk: Bulk, now: datetime, **detail: Any) -> None:
    subject = f"bulk:{bulk.id}"
    session.add(AuditEntry(kind=kind, at=now, user_id=bulk.user_id, subject=subject, detail=detail))
