"""Nobody ends a matter alone: one proposes to refuse, complete or merge, and another confirms."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.database import writing
from feedback.campaigns.domain.second_person import SecondPerson
from feedback.cases.domain.action import Action
from feedback.cases.domain.proposal import is_second_needed
from feedback.people.services import account
from feedback.people.services import user as users
from tests.conftest import NOW
from tests.desk.web.test_duplicates import COPY, TEXT, act, compare
from tests.desk.web.test_queue_claims import take_next
from tests.factories import Factory
from tests.pages import decide
from tests.web import events, form_on, press, stored

REASON = "供水问题不归政法机关管，请拨打 12345。"


@pytest.fixture(autouse=True)
def rule(make: Factory) -> None:
    """Two moderators are there as soon as a colleague is."""
    make.set_campaign(second_person="auto")


def track(client: FlaskClient, code: str) -> str:
    return client.post("/track", data={"code": code}).text


@pytest.mark.parametrize(
    ("action", "rule", "moderators", "expected"),
    [
        ("reject", "auto", 1, False), ("reject", "auto", 2, True), ("reject", "on", 1, True),
        ("reject", "off", 9, False), ("complete", "auto", 2, True), ("merge", "auto", 2, True),
        ("accept", "on", 2, False), ("reply", "on", 2, False),
    ],
)  # fmt: skip
def test_what_ends_a_matter_needs_a_second_person(action: str, rule: str, moderators: int, *, expected: bool) -> None:
    assert is_second_needed(Action(action), SecondPerson(rule), moderators=moderators) is expected


@pytest.mark.on_both("a statement of its own")
def test_a_refusal_is_told_only_after_somebody_else_has_confirmed_it(
    client: FlaskClient, staff: FlaskClient, colleague: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    receipt = make.make_submission()
    answer = decide(staff, receipt.number, "reject", kind="out_of_scope", reason=REASON)

    assert "等另一位同事确认" in staff.get(answer.headers["Location"]).text
    assert stored(sessions, receipt.number).status == "received"
    assert "不属于受理范围" not in track(client, receipt.code)
    assert receipt.number in colleague.get("/moderation/?queue=to_confirm").text
    assert receipt.number not in staff.get("/moderation/?queue=to_confirm").text
    shown = colleague.get(f"/moderation/{receipt.number}").text
    assert REASON in shown
    assert 'data-key="u"' in shown
    # No key that is pressed by mistake takes one's own proposal back.
    assert 'data-key="u"' not in staff.get(f"/moderation/{receipt.number}").text
    assert press(colleague, form_on(shown, "/confirm")).status_code == 302

    assert stored(sessions, receipt.number).status == "rejected"
    assert REASON in track(client, receipt.code)
    assert events(sessions, receipt.number) == ["received", "proposed", "reject"]
    assert receipt.number not in colleague.get("/moderation/?queue=to_confirm").text


def test_nobody_confirms_himself(
    staff: FlaskClient, colleague: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    number = make.make_replied().number
    decide(staff, number, "complete")

    answers = [decide(staff, number, action) for action in ("confirm", "complete")]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert "需要另一位同事确认" in answers[0].text
    assert stored(sessions, number).status == "replied"
    assert decide(colleague, number, "confirm").status_code == 302
    assert stored(sessions, number).status == "completed"


def test_a_merge_waits_too(
    staff: FlaskClient, colleague: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    first, second = make.make_submission(text=TEXT).number, make.make_submission(text=COPY).number
    compare(sessions)

    assert act(staff, second, first, "merge")[0] == 302
    shown = staff.get(f"/moderation/{second}").text
    assert "等另一位同事确认" in shown
    assert "已并入" not in shown
    assert stored(sessions, second).status == "received"
    assert f"并入 {first}" in colleague.get(f"/moderation/{second}").text
    decide(colleague, second, "confirm")

    assert stored(sessions, second).status == "merged"


def test_a_colleague_says_no_with_a_reason_and_the_proposer_takes_his_own_back(
    staff: FlaskClient, colleague: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    number = make.make_submission().number
    decide(staff, number, "reject", kind="out_of_scope", reason=REASON)

    assert decide(colleague, number, "decline", reason="").status_code == 400
    assert decide(colleague, number, "decline", reason="可以转给水务局。").status_code == 302
    assert "可以转给水务局。" in staff.get(f"/moderation/{number}").text
    decide(staff, number, "reject", kind="out_of_scope", reason=REASON)
    assert decide(staff, number, "decline").status_code == 302

    assert stored(sessions, number).status == "received"
    assert events(sessions, number) == ["received", "proposed", "declined", "proposed", "withdrawn"]
    assert decide(colleague, number, "confirm").status_code == 400


def test_another_decision_settles_what_waited(
    staff: FlaskClient, colleague: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    number = make.make_submission().number
    decide(staff, number, "reject", kind="out_of_scope", reason=REASON)

    decide(colleague, number, "accept")

    assert stored(sessions, number).status == "accepted"
    assert decide(colleague, number, "confirm").status_code == 400


def test_who_is_alone_decides_alone(staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]) -> None:
    number = make.make_submission().number

    decide(staff, number, "reject", kind="out_of_scope", reason=REASON)

    assert stored(sessions, number).status == "rejected"


def test_an_account_that_is_switched_off_is_nobody(
    staff: FlaskClient, colleague: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    assert colleague
    with writing(sessions) as session:
        users.set_disabled(session, account.get_user(session, "周敏"), is_disabled=True, now=NOW)
    number = make.make_submission().number

    decide(staff, number, "reject", kind="out_of_scope", reason=REASON)

    assert stored(sessions, number).status == "rejected"


def test_what_somebody_proposed_who_may_not_decide_any_more_is_not_confirmed(
    staff: FlaskClient, colleague: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    number = make.make_submission().number
    decide(colleague, number, "reject", kind="out_of_scope", reason=REASON)
    with writing(sessions) as session:
        users.set_disabled(session, account.get_user(session, "周敏"), is_disabled=True, now=NOW)

    answer = decide(staff, number, "confirm")

    assert answer.status_code == 400
    assert "已经没有受理权限" in answer.text
    assert decide(staff, number, "decline", reason="由我重新提出。").status_code == 302


def test_a_reason_against_what_waits_no_longer_is_given_back(
    staff: FlaskClient, colleague: FlaskClient, make: Factory
) -> None:
    number = make.make_submission().number
    decide(staff, number, "reject", kind="out_of_scope", reason=REASON)
    form = form_on(colleague.get(f"/moderation/{number}").text, "/decline")
    decide(staff, number, "accept")

    answer = press(colleague, form, reason="想了半天\n才写好的理由")

    assert answer.status_code == 409
    assert form_on(answer.text, "/decline").value("reason") == "想了半天\n才写好的理由"


def test_what_is_confirmed_too_late_shows_what_happened(
    staff: FlaskClient, colleague: FlaskClient, make: Factory
) -> None:
    number = make.make_submission().number
    decide(staff, number, "reject", kind="out_of_scope", reason=REASON)
    form = form_on(colleague.get(f"/moderation/{number}").text, "/confirm")
    decide(staff, number, "accept")

    answer = press(colleague, form)

    assert answer.status_code == 409
    assert "有了新的处理" in answer.text


def test_what_is_saved_at_once_is_not_said_to_wait(staff: FlaskClient, colleague: FlaskClient, make: Factory) -> None:
    number = make.make_submission().number
    decide(staff, number, "reject", kind="out_of_scope", reason=REASON)

    for name, browser in (("王主任", staff), ("李主任", colleague)):
        form = form_on(browser.get(f"/moderation/{number}").text, "/classify")
        saved = press(browser, form, responsible_person=name)

        assert saved.status_code == 302
        assert '<p class="notice ok" role="status">已保存。</p>' in browser.get(f"/moderation/{number}").text


@pytest.mark.on_both("a statement of its own")
@pytest.mark.parametrize("action", ["reject", "merge"])
def test_what_was_proposed_is_the_next_one_of_whoever_confirms(
    staff: FlaskClient, colleague: FlaskClient, make: Factory, sessions: sessionmaker[Session], action: str
) -> None:
    number, other = (make.make_submission(text=text).number for text in (TEXT, COPY))
    assert take_next(staff) == number

    if action == "reject":
        decide(staff, number, "reject", kind="out_of_scope", reason=REASON)
    else:
        act(staff, number, other, "merge")

    assert take_next(colleague, "campaign=1&queue=to_confirm") == number


def test_a_merged_one_is_nobody_s_any_more(staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]) -> None:
    make.set_campaign(second_person="off")
    number, other = (make.make_submission(text=text).number for text in (TEXT, COPY))
    take_next(staff)

    act(staff, number, other, "merge")

    assert (stored(sessions, number).status, stored(sessions, number).claimed_by_id) == ("merged", None)


def test_nothing_waits_for_confirmation_where_the_sender_asks_for_another_look(
    client: FlaskClient, staff: FlaskClient, colleague: FlaskClient, make: Factory
) -> None:
    receipt = make.make_replied()
    decide(staff, receipt.number, "complete")

    asked = client.post("/track/reconsider", data={"code": receipt.code, "reason": "还是没有解决。"})

    assert asked.status_code == 200
    make.settle()
    assert receipt.number not in colleague.get("/moderation/?queue=to_confirm").text
    assert decide(colleague, receipt.number, "confirm").status_code == 400
