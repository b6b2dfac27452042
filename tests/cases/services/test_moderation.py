"""Decisions: each one event, each on what its page showed."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import product
from threading import Barrier
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.base.adapters.database import start_writing, writing
from feedback.base.domain.refusal import RefusalError
from feedback.base.models.audit import AuditEntry
from feedback.cases.domain.action import Action
from feedback.cases.domain.opinion import OpinionError
from feedback.cases.domain.reply import Draft
from feedback.cases.domain.submission import IllegalTransitionError, Status, next_status
from feedback.cases.models.event import Event
from feedback.cases.models.reply import Reply
from feedback.cases.models.submission import Submission, SubmissionUnit
from feedback.cases.queries.submission import get_submission
from feedback.cases.services import moderation
from feedback.cases.services.moderation import Classification, StaleSubmissionError
from feedback.intake.services.submission import Receipt
from tests.factories import Factory
from tests.stored import events_of, every_row, submission_of

REPLY = Draft("您好，已增加车位。", "adopted", "增加车位")
NOTHING_KNOWN = {**dict.fromkeys(moderation.CLASSIFIED), "priority": "normal"}

# Each with the reason it is given.
DECISIONS = {
    Action.ACCEPT: None,
    Action.REJECT: "不在受理范围内。",
    Action.REPLY: None,
    Action.COMPLETE: None,
    Action.REOPEN: "还有新情况。",
}


def decide(make: Factory, receipt: Receipt, action: Action, *, draft: Draft = REPLY, **changes: str | int) -> None:
    """Take one decision in a transaction of its own, as the actor would unless `changes` say otherwise of it."""
    with writing(make.sessions) as session:
        found = submission_of(session, receipt)
        decision = make.make_decision(found, **{"reason": DECISIONS[action], **changes})
        match action:
            case Action.ACCEPT:
                moderation.accept(session, found, decision)
            case Action.REJECT:
                moderation.reject(session, found, decision)
            case Action.REPLY:
                moderation.reply(session, found, draft, decision)
            case Action.COMPLETE:
                moderation.complete(session, found, decision)
            case Action.REOPEN:
                moderation.reopen(session, found, decision)


def classify(make: Factory, receipt: Receipt, *, units: list[int] | None = None, **values: Any) -> None:
    with writing(make.sessions) as session:
        found = submission_of(session, receipt)
        known = Classification({**NOTHING_KNOWN, **values}, units or [])
        moderation.classify(session, found, known, make.make_decision(found))


def replayed(events: list[Event]) -> tuple[str | None, int]:
    """The status and version that the events alone lead to."""
    status, version = None, 0
    for event in events:
        assert event.from_status == status
        assert event.position == version + 1
        if event.kind in set(Action):
            assert event.to_status == next_status(Status(event.from_status or ""), Action(event.kind))
        status, version = event.to_status, event.position
    return status, version


def test_each_decision_appends_one_event_numbered_by_the_version_it_leads_to(make: Factory) -> None:
    receipt = make.make_submission()
    way = ["accept", "reject", "reopen", "accept", "reply", "complete", "reopen", "reply"]

    for step, action in enumerate(way, 2):
        decide(make, receipt, Action(action))

        with make.sessions() as session:
            found = submission_of(session, receipt)
            events = events_of(session, found)
            assert (found.version, len(events), events[-1].position) == (step, step, step)
            assert (events[-1].kind, events[-1].to_status) == (action, found.status)

    assert [event.kind for event in events] == ["received", *way]


def test_an_event_says_who_when_and_why(make: Factory) -> None:
    receipt = make.make_submission()

    decide(make, receipt, Action.REJECT, reason="属于法院已经受理的案件。")

    with make.sessions() as session:
        found = submission_of(session, receipt)
        event = events_of(session, found)[-1]
        assert (event.user_id, event.at, event.reason) == (make.actor.id, make.now, "属于法院已经受理的案件。")
        assert (event.from_status, event.to_status) == ("received", "rejected")
        assert found.rejection_reason == event.reason


def test_a_reply_is_kept_with_its_outcome_and_a_later_one_stands_beside_it(make: Factory) -> None:
    receipt = make.make_replied(body="第一次答复")
    decide(make, receipt, Action.REOPEN)

    decide(make, receipt, Action.REPLY, draft=replace(REPLY, body="第二次答复", outcome="planned"))

    with make.sessions() as session:
        found = submission_of(session, receipt)
        replies = session.scalars(select(Reply).order_by(Reply.id)).all()
        assert [reply.body for reply in replies] == ["第一次答复", "第二次答复"]
        assert {reply.user_id for reply in replies} == {make.actor.id}
        assert (found.outcome, found.summary) == ("planned", "增加车位")
        detail = events_of(session, found)[-1].detail or {}
        assert (detail["outcome"], detail["summary"]) == ("planned", "增加车位")


def test_a_decision_on_an_outdated_page_is_refused_and_changes_nothing(make: Factory) -> None:
    receipt = make.make_submission()
    decide(make, receipt, Action.ACCEPT)
    with make.sessions() as session:
        before = every_row(session)

    for action, seen in product(DECISIONS, (0, 1, 3)):
        with pytest.raises(StaleSubmissionError):
            decide(make, receipt, action, seen_version=seen)

    with make.sessions() as session:
        assert every_row(session) == before


def test_what_the_state_does_not_allow_is_refused_and_changes_nothing(make: Factory) -> None:
    receipt = make.make_replied()
    with make.sessions() as session:
        before = every_row(session)

    for action in (Action.ACCEPT, Action.REJECT, Action.REPLY):
        with pytest.raises(IllegalTransitionError):
            decide(make, receipt, action)

    with make.sessions() as session:
        assert every_row(session) == before


def test_a_reason_and_a_reply_must_be_readable(make: Factory) -> None:
    receipt = make.make_submission()

    for text in ("", " \u3000\u200b", "坏\ufffd字", "好" * 20_001):
        with pytest.raises(OpinionError) as refused_reason:
            decide(make, receipt, Action.REJECT, reason=text)
        with pytest.raises(OpinionError) as refused_body:
            decide(make, receipt, Action.REPLY, draft=replace(REPLY, body=text))
        assert (refused_reason.value.field, refused_body.value.field) == ("reason", "body")

    with make.sessions() as session:
        assert len(events_of(session, submission_of(session, receipt))) == 1


def test_a_summary_no_database_keeps_whole_is_refused(make: Factory) -> None:
    receipt = make.make_submission()

    for summary in ("要\x00点", "要\ufffd点"):
        with pytest.raises(RefusalError) as refusal:
            decide(make, receipt, Action.REPLY, draft=replace(REPLY, summary=summary))
        assert refusal.value.field == "summary"


def test_of_two_moderators_who_decide_at_once_one_is_told_to_look_again(make: Factory) -> None:
    receipt = make.make_submission()
    ready = Barrier(2)

    def accept(_moderator: int) -> bool:
        with make.sessions() as session:
            seen = get_submission(session, receipt.number, make.actor).version
            ready.wait()
            start_writing(session)
            found = get_submission(session, receipt.number, make.actor, to_change=True)
            try:
                moderation.accept(session, found, make.make_decision(found, seen_version=seen))
            except StaleSubmissionError:
                return False
            session.commit()
            return True

    with ThreadPoolExecutor(2) as pool:
        accepted = list(pool.map(accept, range(2)))

    with make.sessions() as session:
        assert sorted(accepted) == [False, True]
        assert replayed(events_of(session, submission_of(session, receipt))) == ("accepted", 2)


@settings(
    max_examples=12,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.sampled_from([*DECISIONS, "classify"]), min_size=6, max_size=12))
def test_the_events_alone_lead_to_the_state_whatever_was_tried(make: Factory, tried: list[Action | str]) -> None:
    receipt = make.make_submission()
    for place, action in enumerate(tried):
        try:
            if isinstance(action, Action):
                decide(make, receipt, action)
            else:
                classify(make, receipt, responsible_person=f"第 {place} 人")
        except IllegalTransitionError:
            continue

    with make.sessions() as session:
        found = submission_of(session, receipt)
        assert replayed(events_of(session, found)) == (found.status, found.version)


def test_classifying_keeps_the_old_and_the_new_of_what_changed(make: Factory) -> None:
    unit, concerned = make.make_unit("c1", "城东区法院"), make.make_unit("c2", "城西区法院")
    receipt = make.make_submission(category="efficiency")

    # A form may name a unit twice.
    twice = [concerned.id, unit.id, concerned.id]
    classify(make, receipt, category="work_style", responsible_unit_id=unit.id, units=twice)

    with make.sessions() as session:
        found = submission_of(session, receipt)
        event = events_of(session, found)[-1]
        assert (found.category, found.responsible_unit_id) == ("work_style", unit.id)
        assert units_of(session, found) == {unit.id, concerned.id}
        assert (event.kind, event.from_status, event.to_status) == ("classified", "received", "received")
        assert event.detail == {
            "category": ["efficiency", "work_style"],
            "responsible_unit_id": [None, unit.id],
            "units": [[], sorted([unit.id, concerned.id])],
        }


def test_classifying_as_it_is_already_appends_nothing(make: Factory) -> None:
    receipt = make.make_submission()
    classify(make, receipt, task="loyalty")
    with make.sessions() as session:
        before = every_row(session)

    classify(make, receipt, task="loyalty")

    with make.sessions() as session:
        assert every_row(session) == before


def test_a_unit_that_does_not_exist_is_refused_and_nothing_is_changed(make: Factory) -> None:
    receipt = make.make_submission()
    with make.sessions() as session:
        before = every_row(session)

    with pytest.raises(RefusalError) as refusal:
        classify(make, receipt, task="loyalty", units=[99])

    assert refusal.value.field == "units"
    with make.sessions() as session:
        assert every_row(session) == before


def test_looking_at_contact_details_is_recorded_with_its_reason(make: Factory) -> None:
    receipt = make.make_submission(phone="13812341234", has_consented=True)

    with writing(make.sessions) as session:
        found = submission_of(session, receipt)
        moderation.view_contact(session, found, reason="电话核实地点", by=make.actor, now=make.now)

    with make.sessions() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.kind == "contact_viewed")).one()
        assert (entry.user_id, entry.at, entry.reason) == (make.actor.id, make.now, "电话核实地点")
        assert entry.submission_id == submission_of(session, receipt).id


def test_without_a_reason_nobody_looks_at_contact_details(make: Factory) -> None:
    receipt = make.make_submission(phone="13812341234", has_consented=True)

    for reason in ("", "  ", "好" * 1_001):
        with pytest.raises(OpinionError), writing(make.sessions) as session:
            found = submission_of(session, receipt)
            moderation.view_contact(session, found, reason=reason, by=make.actor, now=make.now)


def test_a_decision_is_dated_by_its_own_moment_and_not_by_that_of_the_opinion(make: Factory) -> None:
    receipt = make.make_submission()

    with writing(make.sessions) as session:
        later = make.now + timedelta(days=2, minutes=7)
        found = submission_of(session, receipt)
        moderation.accept(session, found, make.make_decision(found, at=later))

    with make.sessions() as session:
        assert events_of(session, submission_of(session, receipt))[-1].at == later


def units_of(session: Session, submission: Submission) -> set[int]:
    return set(session.scalars(select(SubmissionUnit.unit_id).where(SubmissionUnit.submission_id == submission.id)))
