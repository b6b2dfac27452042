"""Deciding about many: each as if alone, by a worker where there are many, and the whole can be undone."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, event, select, text, update
from sqlalchemy.orm import Session

from feedback.assembly import worker
from feedback.base.adapters.database import writing
from feedback.base.adapters.jobs import MAX_ATTEMPTS, LeaseLostError, give_back, lease_next
from feedback.base.domain.permission import Actor, Role
from feedback.base.domain.refusal import RefusalError
from feedback.base.models.audit import AuditEntry
from feedback.base.models.job import Job
from feedback.cases.domain.action import Action
from feedback.cases.domain.bulk import BATCH_SIZE, MOST_AT_ONCE, BulkOrder, Outcome, Why
from feedback.cases.domain.decision import Decision
from feedback.cases.domain.reply import Draft
from feedback.cases.domain.submission import PublicState
from feedback.cases.models.bulk import Bulk, BulkItem
from feedback.cases.models.event import Event
from feedback.cases.models.settlement import Settlement
from feedback.cases.models.submission import Submission
from feedback.cases.services import confirmation, moderation
from feedback.cases.services.moderation import Classification
from feedback.desk.domain.queue import QueueFilter
from feedback.desk.queries.bulk import candidates, own_bulk
from feedback.desk.services import bulk
from feedback.editing.services.campaign import get_campaign, open_campaign
from feedback.intake.services.submission import Receipt
from feedback.people.services import account
from feedback.people.services import user as users
from feedback.tracking.queries import progress_of
from tests.actors import carry_out, change, first_campaign_id, make_actor, make_many
from tests.assembly.test_worker import claimed, taken_over
from tests.factories import Factory
from tests.stored import events_of, followed, submission_of

REASON = "供水问题不归政法机关管，请拨打 12345。"
WITHIN = timedelta(seconds=30)
MANY = MOST_AT_ONCE + 50


class PowerCutError(Exception):
    """The worker is gone, in the middle of a statement."""


def begin(
    make: Factory,
    action: str,
    receipts: Sequence[Receipt] | None = None,
    *,
    by: Actor | None = None,
    now: datetime | None = None,
    **fields: Any,
) -> int:
    """Decide about some submissions, or about all there are, as the page would; returns the bulk's id."""
    actor, moment = by or make.actor, now or make.now
    if action == "reject":
        fields.setdefault("reason", REASON)
    with writing(make.sessions) as session:
        wanted = QueueFilter(first_campaign_id(make))
        numbers = None if receipts is None else [receipt.number for receipt in receipts]
        found = candidates(session, wanted, actor, numbers=numbers, now=moment)
    order = BulkOrder(wanted.campaign_id, Action(action), **fields)
    return carry_out(make.sessions, order, found, by=actor, now=moment)


def undo(make: Factory, bulk_id: int, *, now: datetime | None = None) -> None:
    with writing(make.sessions) as session:
        progress = own_bulk(session, bulk_id, make.actor, to_change=True)
        assert progress is not None
        bulk.undo(session, progress, now=now or make.now, within=WITHIN)
    bulk.do_few(make.sessions, progress.bulk.undo_job_id, clock=lambda: now or make.now)


def work(make: Factory, folder: Path) -> None:
    """Let a worker do the next job."""
    worker.run(worker.Bench(make.sessions, make.keys, folder), claimed(make.sessions))


def results(make: Factory, bulk_id: int) -> list[tuple[str, str | None]]:
    """What became of each item and why, in the order of arrival."""
    with make.sessions() as session:
        own = select(BulkItem.outcome, BulkItem.why).where(BulkItem.bulk_id == bulk_id)
        return [(outcome, why) for outcome, why in session.execute(own.order_by(BulkItem.submission_id))]


def stored(make: Factory, receipt: Receipt) -> Submission:
    with make.sessions() as session:
        return submission_of(session, receipt)


def kinds(make: Factory, receipt: Receipt) -> list[str]:
    with make.sessions() as session:
        return [one.kind for one in events_of(session, submission_of(session, receipt))]


def last_event(make: Factory, receipt: Receipt) -> Event:
    with make.sessions() as session:
        return events_of(session, submission_of(session, receipt))[-1]


def told(make: Factory, receipt: Receipt, settled_by: datetime) -> PublicState:
    """The state its sender sees."""
    with make.sessions() as session:
        shown = progress_of(session, followed(session, receipt, make.keys), settled_by=settled_by)
    return next(milestone.state for milestone in shown.milestones if milestone.is_current)


Alone = tuple[Session, Submission, Decision]


@contextmanager
def alone(make: Factory, receipt: Receipt, *, by: Actor | None = None) -> Iterator[Alone]:
    """What somebody decides about one alone."""
    with writing(make.sessions) as session:
        found = submission_of(session, receipt)
        yield session, found, make.make_decision(found, by=by or make.actor)


def answer(make: Factory, receipt: Receipt) -> None:
    with alone(make, receipt) as (session, found, decision):
        moderation.reply(session, found, Draft("您好，已改进。", "adopted", "改进"), decision)


@contextmanager
def power_cut(make: Factory, *, after: int) -> Iterator[None]:
    """Everything stops before a certain statement."""
    engine, ran = make.sessions.kw["bind"], 0

    def cut(*_: Any) -> None:
        nonlocal ran
        ran += 1
        if ran > after:
            raise PowerCutError

    event.listen(engine, "before_cursor_execute", cut)
    try:
        with pytest.raises(PowerCutError):
            yield
    finally:
        event.remove(engine, "before_cursor_execute", cut)


@contextmanager
def counted(make: Factory) -> Iterator[list[str]]:
    """The statements that run meanwhile."""
    engine, ran = make.sessions.kw["bind"], list[str]()

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        ran.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield ran
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize(
    ("action", "status", "kind"),
    [("accept", "accepted", "accept"), ("reject", "rejected", "reject"), ("classify", "received", "classified")],
)
def test_each_item_gets_an_event_of_its_own_that_names_the_bulk(
    make: Factory, action: str, status: str, kind: str
) -> None:
    receipts = make_many(make, 3)
    fields = {"chosen": {"category": "heroes", "task": "loyalty"}} if action == "classify" else {}

    bulk_id = begin(make, action, receipts, **fields)

    assert results(make, bulk_id) == [("changed", None)] * 3
    for receipt in receipts:
        found, last = stored(make, receipt), last_event(make, receipt)
        assert (found.status, found.version) == (status, 2)
        assert (last.kind, last.position, last.user_id) == (kind, 2, make.actor.id)
        assert (last.detail or {})["bulk"] == bulk_id
    assert found.rejection_reason == (REASON if action == "reject" else None)
    assert (found.category, found.task) == (("heroes", "loyalty") if fields else (None, None))


def test_answered_ones_are_completed(make: Factory) -> None:
    receipts = [make.make_replied(), make.make_submission()]

    bulk_id = begin(make, "complete", receipts)

    assert results(make, bulk_id) == [("changed", None), ("skipped", "state")]
    assert [stored(make, receipt).status for receipt in receipts] == ["completed", "received"]


def test_classifying_leaves_alone_what_was_not_chosen(make: Factory) -> None:
    unit = make.make_unit("c1", "城东区法院")
    receipt = make.make_submission(category="efficiency")
    with alone(make, receipt) as (session, found, decision):
        known = Classification({"task": "loyalty", "responsible_person": "李主任"}, [unit.id])
        moderation.classify(session, found, known, decision)

    begin(make, "classify", [receipt], chosen={"responsible_unit_id": unit.id})

    found = stored(make, receipt)
    assert (found.category, found.task, found.responsible_person) == ("efficiency", "loyalty", "李主任")
    assert found.responsible_unit_id == unit.id
    assert (last_event(make, receipt).detail or {}).keys() == {"responsible_unit_id", "bulk"}


def test_what_cannot_be_done_is_left_alone_with_its_reason_and_stops_nothing(make: Factory) -> None:
    colleague = make_actor(make, "周敏", Role.MODERATOR)
    free, claimed_one, own, replied, moved, proposed = (
        make.make_submission(), make.make_submission(), make.make_submission(), make.make_replied(),
        make.make_submission(), make.make_submission(),
    )  # fmt: skip
    until = make.now + timedelta(minutes=5)
    change(make, claimed_one, claimed_by_id=colleague.id, claimed_until=until)
    change(make, own, claimed_by_id=make.actor.id, claimed_until=until)
    make.set_campaign(second_person="on")
    with alone(make, proposed, by=colleague) as (session, found, decision):
        moderation.reject(session, found, replace(decision, reason=REASON))
    everything = [free, claimed_one, own, replied, moved, proposed]
    with make.sessions() as session:
        wanted = QueueFilter(first_campaign_id(make))
        numbers = [receipt.number for receipt in everything]
        seen = candidates(session, wanted, make.actor, numbers=numbers, now=make.now)
    with alone(make, moved, by=colleague) as (session, found, decision):
        moderation.accept(session, found, decision)

    bulk_id = carry_out(make.sessions, BulkOrder(wanted.campaign_id, Action.ACCEPT), seen, by=make.actor, now=make.now)

    assert results(make, bulk_id) == [
        ("changed", None), ("skipped", "claimed"), ("changed", None), ("skipped", "state"), ("skipped", "changed"),
        ("skipped", "proposed"),
    ]  # fmt: skip
    assert stored(make, own).claimed_by_id is None
    assert kinds(make, moved) == ["received", "accept"]
    assert kinds(make, proposed) == ["received", "proposed"]


def test_an_item_the_database_refuses_fails_alone(make: Factory) -> None:
    receipts = make_many(make, 3)
    refused = stored(make, receipts[1]).id
    with writing(make.sessions) as session:
        for statement in refusing(session, refused):
            session.execute(text(statement))

    bulk_id = begin(make, "reject", receipts)

    assert results(make, bulk_id) == [("changed", None), ("skipped", "failed"), ("changed", None)]
    assert [stored(make, receipt).status for receipt in receipts] == ["rejected", "received", "rejected"]
    assert stored(make, receipts[1]).rejection_reason is None


def refusing(session: Session, submission_id: int) -> list[str]:
    """What makes the database refuse every event of one submission."""
    when = f"WHEN (NEW.submission_id = {submission_id})"
    if session.get_bind().dialect.name == "sqlite":
        return [f"CREATE TRIGGER odd BEFORE INSERT ON event {when} BEGIN SELECT RAISE(ABORT, 'odd'); END"]
    return [f"CREATE TRIGGER odd BEFORE INSERT ON event FOR EACH ROW {when} EXECUTE FUNCTION feedback_refuse()"]


def test_where_a_second_person_is_needed_a_bulk_proposes(make: Factory) -> None:
    make.set_campaign(second_person="on")
    colleague = make_actor(make, "周敏", Role.MODERATOR)
    receipts = make_many(make, 2)

    bulk_id = begin(make, "reject", receipts)

    assert results(make, bulk_id) == [("proposed", None)] * 2
    assert [stored(make, receipt).status for receipt in receipts] == ["received"] * 2
    assert (last_event(make, receipts[0]).kind, last_event(make, receipts[0]).detail) == (
        "proposed",
        {"action": "reject", "bulk": bulk_id},
    )
    with writing(make.sessions) as session:
        found = submission_of(session, receipts[0])
        confirmation.confirm(session, found, make.make_decision(found, by=colleague))
    assert stored(make, receipts[0]).status == "rejected"


@pytest.mark.parametrize(
    ("action", "fields"),
    [("reject", {"reason": " \u3000"}), ("reject", {"reason": "长" * 1_001}), ("classify", {}), ("complete", {})],
    ids=["no reason", "a long reason", "nothing chosen", "nothing to do"],
)
def test_an_order_that_leads_to_nothing_is_refused(make: Factory, action: str, fields: dict[str, str]) -> None:
    receipts = make_many(make, 2)

    with pytest.raises(RefusalError):
        begin(make, action, receipts, **fields)

    with make.sessions() as session:
        assert session.scalars(select(Bulk)).all() == []


def test_a_bulk_is_on_record_with_numbers_and_without_words(make: Factory) -> None:
    bulk_id = begin(make, "reject", make_many(make, 3))
    undo(make, bulk_id)

    with make.sessions() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.subject == f"bulk:{bulk_id}")).all()
    assert [(one.kind, one.user_id, one.reason, one.detail) for one in entries] == [
        ("bulk_started", make.actor.id, None, {"action": "reject", "items": 3}),
        ("bulk_undone", make.actor.id, None, {"undone": 3, "kept": 0}),
    ]


def test_many_are_done_by_a_worker_that_says_how_far_it_is(make: Factory, tmp_path: Path) -> None:
    receipts = make_many(make, MANY)
    bulk_id = begin(make, "accept")
    assert set(results(make, bulk_id)) == {("waiting", None)}

    work(make, tmp_path)

    assert results(make, bulk_id) == [("changed", None)] * MANY
    with make.sessions() as session:
        job, found = session.scalars(select(Job)).one(), session.get_one(Bulk, bulk_id)
        events = session.scalars(select(Event.kind).where(Event.kind == "accept")).all()
    assert (job.status, job.done_count, job.total_count) == ("done", MANY, MANY)
    assert found.finished_at is not None
    assert len(events) == len(receipts)


@pytest.mark.parametrize("after", [9, 200, 1_000])
def test_after_a_crash_another_worker_goes_on_and_nothing_is_done_twice(
    make: Factory, tmp_path: Path, after: int
) -> None:
    receipts = make_many(make, MANY)
    bulk_id = begin(make, "reject")
    claim = claimed(make.sessions)
    with power_cut(make, after=after):
        worker.run(worker.Bench(make.sessions, make.keys, tmp_path), claim)
    assert ("waiting", None) in results(make, bulk_id)

    worker.run(worker.Bench(make.sessions, make.keys, tmp_path), taken_over(make.sessions))

    assert results(make, bulk_id) == [("changed", None)] * MANY
    with make.sessions() as session:
        versions = session.scalars(select(Submission.version)).all()
        rejected = session.scalars(select(Event.submission_id).where(Event.kind == "reject")).all()
    assert set(versions) == {2}
    assert len(rejected) == len(set(rejected)) == len(receipts)


def test_a_worker_that_lost_its_job_does_nothing_more(make: Factory, tmp_path: Path) -> None:
    make_many(make, MANY)
    bulk_id = begin(make, "accept")
    lost = claimed(make.sessions)
    held = taken_over(make.sessions)

    with pytest.raises(LeaseLostError):
        worker.run(worker.Bench(make.sessions, make.keys, tmp_path), lost)

    assert set(results(make, bulk_id)) == {("waiting", None)}
    worker.run(worker.Bench(make.sessions, make.keys, tmp_path), held)
    assert set(results(make, bulk_id)) == {("changed", None)}


def test_a_bulk_is_carried_out_with_the_rights_held_then(make: Factory, tmp_path: Path) -> None:
    make_many(make, MANY)
    wang = make_actor(make, "wang", Role.MODERATOR)
    bulk_id = begin(make, "accept", by=wang)
    with writing(make.sessions) as session:
        users.set_disabled(session, account.get_user(session, "wang"), is_disabled=True, now=make.now)

    work(make, tmp_path)

    assert set(results(make, bulk_id)) == {("skipped", "forbidden")}


def test_a_bulk_holds_nothing_its_actor_may_not_decide_about(make: Factory) -> None:
    own, clue = make_many(make, 2)
    change(make, clue, lane="clue")

    bulk_id = begin(make, "accept", [own, clue])

    assert len(results(make, bulk_id)) == 1


def test_the_whole_is_undone_but_what_somebody_has_gone_on_with(make: Factory) -> None:
    receipts = make_many(make, 3)
    bulk_id = begin(make, "accept", receipts)
    answer(make, receipts[1])

    undo(make, bulk_id)

    assert results(make, bulk_id) == [("undone", None), ("kept", None), ("undone", None)]
    assert [stored(make, receipt).status for receipt in receipts] == ["received", "replied", "received"]
    assert kinds(make, receipts[0]) == ["received", "accept", "undone"]
    assert (last_event(make, receipts[0]).detail or {})["of"] == "accept"
    with pytest.raises(RefusalError):
        undo(make, bulk_id)


def test_undoing_puts_classes_and_reasons_back_and_takes_proposals_back(make: Factory) -> None:
    classified, rejected, proposed = make.make_submission(category="efficiency"), *make_many(make, 2)
    first = begin(make, "classify", [classified], chosen={"category": "heroes"})
    second = begin(make, "reject", [rejected])
    make.set_campaign(second_person="on")
    third = begin(make, "reject", [proposed])

    for bulk_id in (first, second, third):
        undo(make, bulk_id)

    assert stored(make, classified).category == "efficiency"
    assert (stored(make, rejected).status, stored(make, rejected).rejection_reason) == ("received", None)
    assert kinds(make, proposed) == ["received", "proposed", "withdrawn"]
    assert results(make, third) == [("undone", None)]
    begin(make, "reject", [proposed])


def test_the_whole_can_be_undone_for_a_short_time_only(make: Factory) -> None:
    bulk_id = begin(make, "accept", make_many(make, 2))

    with pytest.raises(RefusalError):
        undo(make, bulk_id, now=make.now + WITHIN)

    assert set(results(make, bulk_id)) == {("changed", None)}


def test_a_bulk_that_runs_cannot_be_undone(make: Factory) -> None:
    make_many(make, MANY)
    bulk_id = begin(make, "accept")

    with pytest.raises(RefusalError):
        undo(make, bulk_id)


@pytest.mark.parametrize("after", [9, 300])
def test_many_are_undone_by_a_worker_crash_or_not(make: Factory, tmp_path: Path, after: int) -> None:
    receipts = make_many(make, MANY)
    bulk_id = begin(make, "accept")
    work(make, tmp_path)
    answer(make, receipts[7])
    undo(make, bulk_id, now=datetime.now(UTC))
    claim = claimed(make.sessions)
    with power_cut(make, after=after):
        worker.run(worker.Bench(make.sessions, make.keys, tmp_path), claim)

    worker.run(worker.Bench(make.sessions, make.keys, tmp_path), taken_over(make.sessions))

    expected = [("undone", None)] * MANY
    expected[7] = ("kept", None)
    assert results(make, bulk_id) == expected
    with make.sessions() as session:
        versions = session.scalars(select(Submission.version)).all()
        found = session.get_one(Bulk, bulk_id)
    assert set(versions) == {3}
    assert found.undone_at is not None


def test_a_sender_sees_nothing_while_a_bulk_runs_nor_while_it_can_be_undone(make: Factory, tmp_path: Path) -> None:
    receipts = make_many(make, MANY)
    bulk_id = begin(make, "reject")
    claim = claimed(make.sessions)
    with power_cut(make, after=1_000):
        worker.run(worker.Bench(make.sessions, make.keys, tmp_path), claim)
    assert stored(make, receipts[0]).status == "rejected"
    much_later = datetime.now(UTC) + timedelta(days=1)

    while_it_runs = told(make, receipts[0], much_later)
    worker.run(worker.Bench(make.sessions, make.keys, tmp_path), taken_over(make.sessions))
    with make.sessions() as session:
        finished_at = session.get_one(Bulk, bulk_id).finished_at
    assert finished_at is not None

    assert while_it_runs is PublicState.UNDER_REVIEW
    assert told(make, receipts[0], finished_at - timedelta(microseconds=1)) is PublicState.UNDER_REVIEW
    assert told(make, receipts[0], finished_at) is PublicState.OUT_OF_SCOPE
    # What the sender of the last one sees, whose event is hardly older than the end, changes at the same moment.
    assert told(make, receipts[-1], finished_at) is PublicState.OUT_OF_SCOPE


def test_a_sender_sees_nothing_while_a_bulk_is_being_undone_and_then_never_did(make: Factory, tmp_path: Path) -> None:
    receipts = make_many(make, MANY)
    bulk_id = begin(make, "reject")
    work(make, tmp_path)
    undo(make, bulk_id, now=datetime.now(UTC))
    much_later = datetime.now(UTC) + timedelta(days=1)

    meanwhile = told(make, receipts[0], much_later)
    work(make, tmp_path)

    assert meanwhile is PublicState.UNDER_REVIEW
    with make.sessions() as session:
        undone_at = session.get_one(Bulk, bulk_id).undone_at
    assert undone_at is not None
    moments = [undone_at - timedelta(seconds=10), undone_at, much_later]
    assert {told(make, receipts[0], moment) for moment in moments} == {PublicState.UNDER_REVIEW}


def test_an_answer_that_follows_a_bulk_is_told_with_it(make: Factory, tmp_path: Path) -> None:
    receipts = make_many(make, MANY)
    begin(make, "accept")
    claim = claimed(make.sessions)
    with power_cut(make, after=1_500):
        worker.run(worker.Bench(make.sessions, make.keys, tmp_path), claim)
    answer(make, receipts[0])

    def answers() -> list[str]:
        with make.sessions() as session:
            found = followed(session, receipts[0], make.keys)
            settled_by = datetime.now(UTC) + timedelta(days=1)
            return [body for _, body in progress_of(session, found, settled_by=settled_by).answers]

    before = answers()
    worker.run(worker.Bench(make.sessions, make.keys, tmp_path), taken_over(make.sessions))

    assert (before, answers()) == ([], ["您好，已改进。"])


def test_a_bulk_whose_job_was_given_up_ends_there_and_senders_hear_of_what_was_done(
    make: Factory, tmp_path: Path
) -> None:
    receipts = make_many(make, MANY)
    bulk_id = begin(make, "accept")
    now = datetime.now(UTC)
    ended_at = now + timedelta(minutes=1)
    for _ in range(MAX_ATTEMPTS):
        claim = lease_next(make.sessions, now=now)
        assert claim is not None
        with power_cut(make, after=500):
            worker.run(worker.Bench(make.sessions, make.keys, tmp_path), claim)
        give_back(make.sessions, claim, now=ended_at)

    with make.sessions() as session:
        progress = own_bulk(session, bulk_id, make.actor)
    assert progress is not None
    assert (progress.ended_at, progress.running) == (ended_at, None)
    assert told(make, receipts[0], ended_at - timedelta(seconds=1)) is PublicState.UNDER_REVIEW
    assert told(make, receipts[0], ended_at) is PublicState.IN_PROGRESS


def test_telling_a_sender_asks_one_more_question_and_only_where_a_bulk_is_named(make: Factory) -> None:
    single, among = make_many(make, 2)
    with alone(make, single) as (session, found, decision):
        moderation.accept(session, found, decision)
    begin(make, "accept", [among])
    asked = []

    for receipt in (single, among):
        with make.sessions() as session:
            found = followed(session, receipt, make.keys)
            with counted(make) as statements:
                progress_of(session, found, settled_by=make.now)
            asked.append(len(statements))

    assert asked[1] == asked[0] + 1


def test_each_item_costs_the_same_however_many_there_are_beside_it(make: Factory) -> None:
    per_item = []
    for others in (5, 60):
        make_many(make, others)
        counts = []
        for batches in (3, 6):
            picked = make_many(make, batches * BATCH_SIZE)
            with counted(make) as statements:
                begin(make, "reject", picked)
            counts.append(len(statements))
        per_item.append((counts[1] - counts[0]) / (3 * BATCH_SIZE))

    # Of which four or five are its part of what each batch asks.
    assert per_item[0] == per_item[1] <= 16


def test_opening_a_campaign_erases_the_words_of_bulks_on_its_trials(make: Factory) -> None:
    make.set_campaign(status="draft")
    trial = make.make_submission()
    with writing(make.sessions) as session:
        wanted = QueueFilter(first_campaign_id(make), is_trial=True)
        found = candidates(session, wanted, make.actor, numbers=[trial.number], now=make.now)
    order = BulkOrder(wanted.campaign_id, Action.REJECT, REASON)
    bulk_id = carry_out(make.sessions, order, found, by=make.actor, now=make.now)

    with writing(make.sessions) as session:
        open_campaign(session, get_campaign(session, "default"), now=make.now)

    with make.sessions() as session:
        assert session.get_one(Bulk, bulk_id).reason == "（已清除）"


def test_a_claim_that_is_over_hinders_nobody(make: Factory) -> None:
    receipt = make.make_submission()
    colleague = make_actor(make, "周敏", Role.MODERATOR)
    change(make, receipt, claimed_by_id=colleague.id, claimed_until=make.now)

    bulk_id = begin(replace(make, actor=make.actor), "accept", [receipt])

    assert results(make, bulk_id) == [(Outcome.CHANGED, None)]


def test_one_of_two_who_reject_the_same_at_once_skips_it(make: Factory) -> None:
    colleague = make_actor(make, "周敏", Role.MODERATOR)
    receipts = make_many(make, 3)
    with make.sessions() as session:
        wanted = QueueFilter(first_campaign_id(make))
        seen = candidates(session, wanted, make.actor, numbers=None, now=make.now)
    begin(make, "accept", receipts[:2], by=colleague)

    order = BulkOrder(wanted.campaign_id, Action.REJECT, REASON)
    bulk_id = carry_out(make.sessions, order, seen, by=make.actor, now=make.now)

    assert results(make, bulk_id) == [("skipped", Why.CHANGED)] * 2 + [("changed", None)]


def test_a_bulk_leaves_no_claim_of_its_own_behind(make: Factory) -> None:
    receipts = make_many(make, 2)
    with writing(make.sessions) as session:
        session.execute(update(Submission).values(claimed_by_id=make.actor.id, claimed_until=make.now + WITHIN))

    begin(make, "accept", receipts)

    assert {stored(make, receipt).claimed_by_id for receipt in receipts} == {None}


def test_one_decision_that_has_settled_keeps_no_other_from_being_undone(make: Factory) -> None:
    """A worker on a machine whose clock is ahead may settle what this one would still take back."""
    receipts = make_many(make, 3)
    bulk_id = begin(make, "accept")
    with writing(make.sessions) as session:
        settled = submission_of(session, receipts[1])
        session.execute(delete(Settlement).where(Settlement.submission_id == settled.id))

    undo(make, bulk_id)

    assert Counter(outcome for outcome, _ in results(make, bulk_id)) == {"undone": 2, "kept": 1}
    assert stored(make, receipts[1]).status == "accepted"


def test_what_a_worker_has_begun_is_left_to_it(make: Factory, tmp_path: Path) -> None:
    receipts = make_many(make, 3)
    with writing(make.sessions) as session:
        wanted = QueueFilter(first_campaign_id(make))
        found = candidates(session, wanted, make.actor, numbers=None, now=make.now)
        started = bulk.start(session, BulkOrder(1, Action.ACCEPT), found, by=make.actor, now=make.now)
    lease = claimed(make.sessions)

    bulk.do_few(make.sessions, started.job_id, clock=lambda: make.now)
    before = results(make, started.id)
    worker.run(worker.Bench(make.sessions, make.keys, tmp_path), lease)

    assert before == [("waiting", None)] * 3
    assert results(make, started.id) == [("changed", None)] * 3
    assert {tuple(kinds(make, receipt)) for receipt in receipts} == {("received", "accept")}


def test_what_fails_while_somebody_waits_is_left_to_a_worker(
    make: Factory, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipts = make_many(make, 12)
    tries = chain([True, False], repeat(True))

    def go_on(*asked: Any, **when: Any) -> bool:
        if not next(tries):
            raise OSError("no space left on device")
        return own(*asked, **when)

    own = bulk.go_on
    monkeypatch.setattr(bulk, "go_on", go_on)
    bulk_id = begin(make, "accept")
    waiting = results(make, bulk_id).count(("waiting", None))

    work(make, tmp_path)

    assert waiting == 12 - BATCH_SIZE
    assert "a job failed" in caplog.text
    assert results(make, bulk_id) == [("changed", None)] * 12
    assert {tuple(kinds(make, receipt)) for receipt in receipts} == {("received", "accept")}
