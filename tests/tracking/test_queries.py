"""What the holder of a query code reads: days and words, nothing about staff."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta

from feedback.base.adapters.database import writing
from feedback.cases.domain.reply import Draft
from feedback.cases.domain.submission import PublicState
from feedback.cases.services import moderation
from feedback.intake.services.submission import Receipt
from feedback.tracking.queries import Milestone, Progress, find_by_code, progress_of
from feedback.tracking.services import withdraw_contact
from tests.conftest import NOW
from tests.factories import Factory
from tests.stored import followed, submission_of

TODAY = NOW.date()


def progress(make: Factory, receipt: Receipt) -> Progress:
    with make.sessions() as session:
        return progress_of(session, followed(session, receipt, make.keys), settled_by=make.now + timedelta(days=30))


def way(shown: Progress) -> list[tuple[str, date | None, bool]]:
    return [(milestone.state.value, milestone.reached_on, milestone.is_current) for milestone in shown.milestones]


def accept(make: Factory, receipt: Receipt) -> None:
    with writing(make.sessions) as session:
        found = submission_of(session, receipt)
        moderation.accept(session, found, make.make_decision(found))


def reject(make: Factory, receipt: Receipt, reason: str) -> None:
    with writing(make.sessions) as session:
        found = submission_of(session, receipt)
        moderation.reject(session, found, make.make_decision(found, reason))


def reopen(make: Factory, receipt: Receipt) -> None:
    with writing(make.sessions) as session:
        found = submission_of(session, receipt)
        moderation.reopen(session, found, make.make_decision(found, "还有新情况。"))


def reply(make: Factory, receipt: Receipt, body: str) -> None:
    with writing(make.sessions) as session:
        found = submission_of(session, receipt)
        moderation.reply(session, found, Draft(body, "planned", "要点"), make.make_decision(found))


def test_a_new_opinion_is_under_review_and_the_rest_lies_ahead(make: Factory) -> None:
    shown = progress(make, make.make_submission())

    assert way(shown) == [
        ("under_review", TODAY, True),
        ("in_progress", None, False),
        ("answered", None, False),
    ]
    assert (shown.received_on, shown.answers, shown.outcome, shown.rejection_reason) == (TODAY, [], None, None)


def test_each_state_shows_the_day_in_china_on_which_it_was_reached(make: Factory) -> None:
    receipt = replace(make, now=datetime(2026, 11, 20, 1, 30, tzinfo=UTC)).make_submission()
    accept(replace(make, now=datetime(2026, 11, 21, 15, 59, tzinfo=UTC)), receipt)
    reply(replace(make, now=datetime(2026, 11, 21, 16, 0, tzinfo=UTC)), receipt, "您好，已改进。")

    shown = progress(make, receipt)

    assert way(shown) == [
        ("under_review", date(2026, 11, 20), False),
        ("in_progress", date(2026, 11, 21), False),
        ("answered", date(2026, 11, 22), True),
    ]
    assert shown.answers == [(date(2026, 11, 22), "您好，已改进。")]
    assert shown.outcome == "planned"


def test_nothing_finer_than_a_day_and_no_name_of_staff_is_shown(make: Factory) -> None:
    receipt = make.make_replied()

    shown = progress(make, receipt)

    values = [getattr(shown, field.name) for field in fields(shown)]
    assert not any(isinstance(value, datetime) for value in values)
    assert not any(isinstance(milestone.reached_on, datetime) for milestone in shown.milestones)
    assert not any(isinstance(day, datetime) for day, _ in shown.answers)
    assert {type(milestone) for milestone in shown.milestones} == {Milestone}
    assert make.actor.display_name not in repr(shown)
    assert make.actor.name not in repr(shown)
    assert "replied" not in repr(shown)


def test_a_refused_opinion_shows_its_reason_on_a_way_of_its_own(make: Factory) -> None:
    receipt = make.make_submission()

    reject(make, receipt, "属于法院已经受理的案件。")

    shown = progress(make, receipt)
    assert way(shown) == [("under_review", TODAY, False), ("out_of_scope", TODAY, True)]
    assert shown.rejection_reason == "属于法院已经受理的案件。"


def test_a_refusal_that_was_taken_back_shows_no_reason_any_more(make: Factory) -> None:
    receipt = make.make_submission()
    reject(make, receipt, "属于法院已经受理的案件。")

    reopen(replace(make, now=make.now + timedelta(days=1)), receipt)

    shown = progress(make, receipt)
    assert shown.rejection_reason is None
    assert [milestone.state for milestone in shown.milestones if milestone.is_current] == [PublicState.UNDER_REVIEW]
    assert shown.received_on == TODAY


def test_an_answer_stays_while_the_opinion_is_taken_up_again_and_the_newest_stands_first(make: Factory) -> None:
    receipt = make.make_replied(body="第一次答复")
    later = replace(make, now=make.now + timedelta(days=3))

    reopen(later, receipt)
    reopened = progress(make, receipt)
    reply(later, receipt, "第二次答复")

    assert way(reopened) == [
        ("under_review", TODAY, False),
        ("in_progress", TODAY + timedelta(days=3), True),
        ("answered", None, False),
    ]
    assert [body for _, body in reopened.answers] == ["第一次答复"]
    assert [body for _, body in progress(make, receipt).answers] == ["第二次答复", "第一次答复"]


def test_a_state_that_was_skipped_does_not_lie_ahead(make: Factory) -> None:
    receipt = make.make_submission()

    reply(make, receipt, "您好，已改进。")

    assert way(progress(make, receipt)) == [
        ("under_review", TODAY, False),
        ("in_progress", TODAY, False),
        ("answered", TODAY, True),
    ]


def test_whether_contact_details_are_kept_is_told_until_they_are_withdrawn(make: Factory) -> None:
    receipt = make.make_submission(phone="13812341234", has_consented=True)
    assert progress(make, receipt).has_contact

    with writing(make.sessions) as session:
        found = find_by_code(session, receipt.code, make.keys)
        assert found is not None
        withdraw_contact(session, found, now=make.now)

    shown = progress(make, receipt)
    assert not shown.has_contact
    assert way(shown)[0] == ("under_review", TODAY, True)
    assert not progress(make, make.make_submission()).has_contact
