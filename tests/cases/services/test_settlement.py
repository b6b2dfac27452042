"""Once a decision can no longer be taken back, all that hangs on it is done: at least once, in order, never before."""

import os
import signal
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from feedback.base.adapters.database import make_engine, make_sessions, writing
from feedback.base.domain.refusal import RefusalError
from feedback.base.models.audit import AuditEntry
from feedback.cases.domain.action import Action
from feedback.cases.domain.bulk import BulkOrder
from feedback.cases.models.bulk import Bulk
from feedback.cases.models.event import Event
from feedback.cases.models.settlement import Settlement
from feedback.cases.models.submission import Submission
from feedback.cases.services import moderation, settlement
from feedback.cases.services.settlement import Subscriber
from feedback.desk.domain.queue import QueueFilter
from feedback.desk.queries.bulk import candidates, own_bulk
from feedback.intake.services.submission import Receipt
from tests.actors import carry_out, first_campaign_id
from tests.cases.services.test_moderation import DECISIONS, REPLY
from tests.factories import Factory
from tests.stored import events_of, submission_of

WITHIN = timedelta(seconds=30)
MOMENT = timedelta(microseconds=1)

Heard = tuple[str, int]


def decide(make: Factory, receipt: Receipt, *actions: Action, at: datetime | None = None) -> datetime:
    """Take decisions one after the other, a second apart; returns when the last was taken."""
    moment = at or make.now
    for action in actions:
        moment += timedelta(seconds=1)
        with writing(make.sessions) as session:
            found = submission_of(session, receipt)
            decision = make.make_decision(found, reason=DECISIONS[action], at=moment)
            if action is Action.REPLY:
                moderation.reply(session, found, REPLY, decision)
            else:
                getattr(moderation, action)(session, found, decision)
    return moment


def take_back(make: Factory, receipt: Receipt, *, at: datetime) -> None:
    with writing(make.sessions) as session:
        found = submission_of(session, receipt)
        moderation.undo(session, found, make.make_decision(found, at=at), within=WITHIN)


def settle(make: Factory, now: datetime, *subscribers: Subscriber) -> int:
    with writing(make.sessions) as session:
        return settlement.settle(session, subscribers, now=now, within=WITHIN)


def hearing(heard: list[Heard]) -> Subscriber:
    def hear(_session: Session, submission: Submission, event: Event) -> None:
        heard.append((submission.number, event.position))

    return hear


def waiting(make: Factory) -> int:
    with make.sessions() as session:
        return session.scalar(select(func.count()).select_from(Settlement)) or 0


def test_a_decision_settles_the_moment_it_can_no_longer_be_taken_back_and_once(make: Factory) -> None:
    receipt, heard = make.make_submission(), list[Heard]()
    at = decide(make, receipt, Action.ACCEPT)

    early = settle(make, at + WITHIN - MOMENT, hearing(heard))
    due = settle(make, at + WITHIN, hearing(heard))
    again = settle(make, at + WITHIN, hearing(heard))

    assert (early, due, again) == (0, 1, 0)
    assert heard == [(receipt.number, 2)]


def test_what_was_taken_back_never_settles(make: Factory) -> None:
    receipt, heard = make.make_submission(), list[Heard]()
    at = decide(make, receipt, Action.ACCEPT)
    take_back(make, receipt, at=at + WITHIN - MOMENT)

    settle(make, at + timedelta(days=1), hearing(heard))

    assert heard == []
    assert waiting(make) == 0


def test_what_has_settled_cannot_be_taken_back_whatever_the_clock_of_another_machine_says(make: Factory) -> None:
    receipt = make.make_submission()
    at = decide(make, receipt, Action.ACCEPT)
    settle(make, at + WITHIN)

    with pytest.raises(RefusalError, match="已经不能撤销"):
        take_back(make, receipt, at=at + timedelta(seconds=1))

    with make.sessions() as session:
        assert submission_of(session, receipt).status == "accepted"


def test_every_decision_of_staff_settles_and_nothing_else(make: Factory) -> None:
    receipt, heard = make.make_submission(), list[Heard]()
    at = decide(make, receipt, Action.ACCEPT, Action.REPLY, Action.COMPLETE, Action.REOPEN)
    with writing(make.sessions) as session:
        found = submission_of(session, receipt)
        known = moderation.Classification({"category": "heroes"})
        moderation.classify(session, found, known, make.make_decision(found, at=at))

    while settle(make, at + WITHIN, hearing(heard)):
        pass

    with make.sessions() as session:
        own = [one.position for one in events_of(session, submission_of(session, receipt)) if one.kind != "received"]
    assert heard == [(receipt.number, position) for position in own]


def test_what_was_decided_of_one_submission_is_heard_in_its_order(make: Factory) -> None:
    first, second, heard = make.make_submission(), make.make_submission(), list[Heard]()
    at = decide(make, first, Action.ACCEPT, Action.REPLY, Action.COMPLETE)
    decide(make, second, Action.REJECT)

    rounds = [settle(make, at + WITHIN, hearing(heard)) for _ in range(4)]

    assert [place for number, place in heard if number == first.number] == [2, 3, 4]
    assert rounds == [2, 1, 1, 0]


def test_what_fails_is_tried_again_later_holds_back_its_own_submission_and_no_other(make: Factory) -> None:
    first, second, heard = make.make_submission(), make.make_submission(), list[Heard]()
    at = decide(make, first, Action.ACCEPT, Action.REPLY)
    decide(make, second, Action.ACCEPT)
    failing = {first.number}

    def fail(session: Session, submission: Submission, event: Event) -> None:
        session.add(AuditEntry(kind="signed_out", at=make.now, subject=submission.number))
        session.flush()
        if submission.number in failing:
            raise RuntimeError("the server of somebody else is down")

    settle(make, at + WITHIN, fail, hearing(heard))
    at_once = settle(make, at + WITHIN, fail, hearing(heard))
    failing.clear()
    while settle(make, at + timedelta(hours=2), fail, hearing(heard)):
        pass

    assert at_once == 0
    assert heard == [(second.number, 2), (first.number, 2), (first.number, 3)]
    with make.sessions() as session:
        kept = session.scalars(select(AuditEntry.subject).where(AuditEntry.kind == "signed_out")).all()
        # What failed left nothing behind.
        assert sorted(kept) == sorted([second.number, first.number, first.number])


def test_a_bulk_settles_as_a_whole_when_it_can_no_longer_be_undone(make: Factory) -> None:
    receipts, heard = [make.make_submission() for _ in range(3)], list[Heard]()
    with make.sessions() as session:
        wanted = QueueFilter(first_campaign_id(make))
        found = candidates(session, wanted, make.actor, numbers=None, now=make.now)
    bulk_id = carry_out(make.sessions, BulkOrder(1, Action.ACCEPT), found, by=make.actor, now=make.now)
    with writing(make.sessions) as session:
        session.get_one(Bulk, bulk_id).finished_at = None
    later = decide(make, receipts[0], Action.REPLY)
    running = settle(make, make.now + timedelta(days=1), hearing(heard))

    with writing(make.sessions) as session:
        progress = own_bulk(session, bulk_id, make.actor)
        assert progress is not None
        progress.bulk.finished_at = later
    early = settle(make, later + WITHIN - MOMENT, hearing(heard))
    due = settle(make, later + WITHIN, hearing(heard))
    settle(make, later + WITHIN, hearing(heard))

    assert (running, early, due) == (0, 0, 3)
    assert heard[-1] == (receipts[0].number, 3)


def dying_at(step: int, url: str, body: Callable[[Session], object]) -> bool:
    """Whether a process of its own came to the end of a transaction before the statement at which it is killed."""
    child = os.fork()
    if child == 0:
        seen = 0

        def count(*_: object) -> None:
            nonlocal seen
            seen += 1
            if seen == step:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            engine = make_engine(url)
            event.listen(engine, "before_cursor_execute", count)
            event.listen(engine, "commit", lambda _: count())
            with writing(make_sessions(engine)) as session:
                body(session)
            count()
            os._exit(0)
        except BaseException:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return False
    assert os.waitstatus_to_exitcode(status) == 0
    return True


def test_whoever_is_killed_at_any_step_leaves_nothing_half_done_and_nothing_unheard(
    make: Factory, tmp_path: Path
) -> None:
    """Each subscriber leaves a row, and says outside of the database what it has heard, which cannot be taken back."""
    receipts = [make.make_submission() for _ in range(2)]
    at = max(decide(make, one, Action.ACCEPT, Action.REPLY) for one in receipts)
    engine = make.sessions.kw["bind"]
    url = engine.url.render_as_string(hide_password=False)
    told = tmp_path / "told"

    def subscriber(name: str) -> Subscriber:
        def hear(session: Session, submission: Submission, event: Event) -> None:
            with open(told, "a", encoding="utf-8") as file:
                file.write(f"{name} {submission.number} {event.position}\n")
            session.add(AuditEntry(kind="signed_out", at=make.now, subject=f"{name} {submission.number}"))
            session.flush()

        return hear

    def body(now: datetime) -> Callable[[Session], object]:
        both = (subscriber("mail"), subscriber("ledger"))
        return lambda session: settlement.settle(session, both, now=now, within=WITHIN)

    engine.dispose()
    assert dying_at(0, url, body(make.now + WITHIN))
    assert not told.exists()
    deaths, step = 0, 1
    while waiting(make):
        engine.dispose()
        left = waiting(make)
        engine.dispose()
        if dying_at(step, url, body(at + WITHIN)):
            step = 1
        else:
            deaths, step = deaths + 1, step + 1
            # Killed after the commit, all of the batch is done; before it, nothing is.
            assert left - waiting(make) in {0, 2}

    heard = [line.split() for line in told.read_text(encoding="utf-8").splitlines()]
    assert deaths > 10
    for name in ("mail", "ledger"):
        for one in receipts:
            places = [int(place) for who, number, place in heard if (who, number) == (name, one.number)]
            assert set(places) == {2, 3}
            assert places == sorted(places)
    with make.sessions() as session:
        kept = session.scalars(select(AuditEntry.subject).where(AuditEntry.kind == "signed_out")).all()
    assert len(kept) == 2 * 2 * len(receipts)


@pytest.mark.parametrize("seed", range(3))
def test_in_any_order_of_deciding_taking_back_and_settling_what_stands_is_heard_once_and_nothing_else(
    make: Factory, seed: int
) -> None:
    draw, now, heard = Random(seed), make.now, list[Heard]()
    receipts = [make.make_submission() for _ in range(4)]
    taken_back: set[Heard] = set()
    ways = {"received": [Action.ACCEPT, Action.REJECT, Action.REPLY], "accepted": [Action.REPLY, Action.REJECT],
            "replied": [Action.COMPLETE, Action.REOPEN], "completed": [Action.REOPEN],
            "rejected": [Action.REOPEN]}  # fmt: skip
    decided: dict[Heard, datetime] = {}

    def hear(_session: Session, submission: Submission, event: Event) -> None:
        one = (submission.number, event.position)
        assert decided[one] + WITHIN <= now
        assert one not in taken_back
        heard.append(one)

    for _ in range(60):
        receipt, now = draw.choice(receipts), now + timedelta(seconds=draw.randrange(20))
        with make.sessions() as session:
            found = submission_of(session, receipt)
        match draw.choice(["decide", "decide", "undo", "settle"]):
            case "decide":
                decided[found.number, found.version + 1] = now
                decide(make, receipt, draw.choice(ways[found.status]), at=now - timedelta(seconds=1))
            case "undo":
                try:
                    take_back(make, receipt, at=now)
                    taken_back.add((found.number, found.version))
                except RefusalError:
                    pass
            case "settle":
                settle(make, now, hear)
    now += timedelta(days=1)
    while settle(make, now, hear):
        pass

    assert sorted(heard) == sorted(set(decided) - taken_back)
    assert all(
        [place for number, place in heard if number == one.number]
        == sorted(place for number, place in heard if number == one.number)
        for one in receipts
    )


def test_nothing_of_what_was_written_is_logged_where_it_fails(make: Factory, caplog: pytest.LogCaptureFixture) -> None:
    receipt = make.make_submission()
    at = decide(make, receipt, Action.REPLY)

    def fail(session: Session, _submission: Submission, _event: Event) -> None:
        session.connection().exec_driver_sql("SELECT nothing FROM nowhere")

    settle(make, at + WITHIN, fail)

    assert "what hangs on a decision failed" in caplog.text
    assert REPLY.body not in caplog.text
    assert receipt.number not in caplog.text
