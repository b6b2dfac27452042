"""Two people at one submission, and sessions that end under somebody's hands: nothing typed is lost."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.database import writing
from feedback.cases.domain.action import Asks
from feedback.cases.domain.submission import Status
from feedback.desk.web.actions import BUTTONS, Place
from feedback.people.models import StaffSession
from tests.authenticators import fresh_code
from tests.conftest import PASSWORD
from tests.desk.web.test_moderation_decisions import brought_to
from tests.factories import Factory
from tests.pages import decide
from tests.web import PageForm, contents, events, form_on, forms_on, press, stored

pytestmark = pytest.mark.on_both("locks")

REPLY = {"body": "\n您好，\n<已增加>车位。\n", "outcome": "adopted", "summary": "增加“车位”"}


def form_of(browser: FlaskClient, number: str, action: str) -> PageForm:
    """A form of a submission's page, as somebody sees it now."""
    return form_on(browser.get(f"/moderation/{number}").text, f"/{action}")


def end_sessions(sessions: sessionmaker[Session]) -> None:
    """Everybody has been away for an hour."""
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    with writing(sessions) as session:
        session.execute(update(StaffSession).values(last_seen_at=long_ago))


def credentials(make: Factory) -> dict[str, str]:
    """What the administrator types to sign in."""
    return {"name": "admin", "password": PASSWORD, "code": fresh_code(make.sessions, "admin")}


def test_the_second_of_two_sees_what_the_first_did(
    staff: FlaskClient, colleague: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    number = make.make_submission().number
    form = form_of(staff, number, "reply")
    decide(colleague, number, "reject", kind="out_of_scope", reason="不归我们管")
    before = contents(sessions)

    answer = press(staff, form, **REPLY)

    assert answer.status_code == 409
    assert "这件意见有了新的处理" in answer.text
    assert "<strong>不予受理</strong>　周敏　不属于本次征集范围<br>不归我们管" in answer.text
    assert contents(sessions) == before


def test_the_second_one_s_reply_is_still_in_the_form_and_can_be_sent(
    staff: FlaskClient, colleague: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    number = make.make_submission().number
    form = form_of(staff, number, "reply")
    decide(colleague, number, "accept")

    kept = form_on(press(staff, form, **REPLY).text, "/reply")

    assert {name: kept.value(name) for name in REPLY} == REPLY
    assert press(staff, kept).status_code == 302
    assert events(sessions, number) == ["received", "accept", "reply"]


@pytest.mark.parametrize(
    ("so_far", "first", "second"),
    [
        ([], "accept", "reject"),
        ([], "reply", "reject"),
        (["reply"], "complete", "reopen"),
        (["reply"], "reopen", "reopen"),
    ],
    ids=["accepted meanwhile", "answered meanwhile", "completed meanwhile", "reopened meanwhile"],
)
def test_the_second_one_s_reason_is_still_in_the_form(
    staff: FlaskClient, colleague: FlaskClient, make: Factory, so_far: list[str], first: str, second: str
) -> None:
    number = make.make_submission().number
    fields = {"reply": REPLY, "reopen": {"reason": "补充"}}
    for action in so_far:
        decide(staff, number, action, **fields.get(action, {}))
    form = form_of(staff, number, second)
    decide(colleague, number, first, **fields.get(first, {}))

    answer = press(staff, form, reason="想了半天\n才写好的理由")

    assert answer.status_code == 409
    assert form_on(answer.text, f"/{second}").value("reason") == "想了半天\n才写好的理由"


def test_the_second_one_s_classification_is_still_in_the_form(
    staff: FlaskClient, colleague: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    number = make.make_submission().number
    form = form_of(staff, number, "classify")
    decide(colleague, number, "accept")

    answer = press(staff, form, category="heroes", responsible_person="王主任")

    kept = form_on(answer.text, "/classify")
    assert answer.status_code == 409
    assert (kept.value("category"), kept.value("responsible_person")) == ("heroes", "王主任")
    assert press(staff, kept).status_code == 302
    assert stored(sessions, number).category == "heroes"


def test_a_reply_the_first_made_impossible_is_refused_and_kept(
    staff: FlaskClient, colleague: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    number = make.make_submission().number
    form = form_of(staff, number, "reply")
    decide(colleague, number, "reject", kind="out_of_scope", reason="不归我们管")
    kept = form_on(press(staff, form, **REPLY).text, "/reply")

    answer = press(staff, kept)

    assert answer.status_code == 400
    assert "不能再做“答复”" in answer.text
    assert form_on(answer.text, "/reply").value("body") == REPLY["body"]
    assert events(sessions, number) == ["received", "reject"]


def test_a_sender_who_withdraws_meanwhile_makes_the_page_old_too(
    client: FlaskClient, staff: FlaskClient, make: Factory
) -> None:
    receipt = make.make_submission(name="王小明", has_consented=True)
    form = form_of(staff, receipt.number, "accept")
    client.post("/track/withdraw-contact", data={"code": receipt.code})

    assert press(staff, form).status_code == 409


def test_pressing_twice_decides_once(staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]) -> None:
    number = make.make_submission().number
    form = form_of(staff, number, "accept")

    assert [press(staff, form).status_code for _ in range(3)] == [302, 409, 409]

    assert events(sessions, number) == ["received", "accept"]


def test_a_page_without_its_version_decides_nothing(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    number = make.make_submission().number
    form = form_of(staff, number, "accept")

    for version in ("", "x", "0", "-1"):
        assert press(staff, form, version=version).status_code in {400, 409}

    assert events(sessions, number) == ["received"]


def test_a_reply_sent_after_the_session_ended_is_on_the_sign_in_page(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    number = make.make_submission().number
    form = form_of(staff, number, "reply")
    end_sessions(sessions)

    answer = press(staff, form, **REPLY)

    assert answer.status_code == 401
    assert "登录已超时，请重新登录。" in answer.text
    assert "您好，\n&lt;已增加&gt;车位。" in answer.text
    assert events(sessions, number) == ["received"]


def test_it_survives_a_wrong_password_and_is_saved_after_the_right_one(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    number = make.make_submission().number
    form = form_of(staff, number, "reply")
    end_sessions(sessions)
    expired = press(staff, form, **REPLY)

    wrong = press(staff, form_on(expired.text, "/sign-in"), name="admin", password="wrong password")
    right = press(
        staff, form_on(wrong.text, "/sign-in"), name="admin", password=PASSWORD, code=fresh_code(make.sessions, "admin")
    )
    resumed = press(staff, form_on(right.text, f"/moderation/{number}/draft"))

    kept = form_on(resumed.text, "/reply")
    assert [answer.status_code for answer in (wrong, right, resumed)] == [400, 200, 200]
    assert "还没有保存" in right.text and "还没有保存" in resumed.text
    assert {name: kept.value(name) for name in REPLY} == REPLY
    assert events(sessions, number) == ["received"]
    assert press(staff, kept).status_code == 302
    assert events(sessions, number) == ["received", "reply"]


# Every button that is filled in, by the state it is pressed in; an answer and a classification have tests of their own.
FILLED_IN = {
    "reject": Status.RECEIVED, "quarantine": Status.RECEIVED, "refer": Status.ACCEPTED, "recall": Status.REFERRED,
    "unseal": Status.QUARANTINED, "reopen": Status.REPLIED, "note": Status.RECEIVED,
}  # fmt: skip
WORDS = {"refer": "instruction", "note": "body"}


def test_every_button_that_is_filled_in_is_tried_below() -> None:
    filled = {button.name for button in BUTTONS if button.place is Place.ASIDE and button.asks is not Asks.NOTHING}

    assert filled == {*FILLED_IN, "reply", "classify"}


@pytest.mark.parametrize(("action", "status"), FILLED_IN.items())
def test_what_is_typed_survives_the_end_of_a_session(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session], action: str, status: Status
) -> None:
    number, field = brought_to(staff, make, status), WORDS.get(action, "reason")
    form = form_of(staff, number, action)
    end_sessions(sessions)
    chosen = {"reject": {"kind": "unclear"}, "refer": {"unit": "1"}}.get(action, {})
    expired = press(staff, form, **{field: "理由\n两行"}, **chosen)

    right = press(
        staff,
        form_on(expired.text, "/sign-in"),
        name="admin",
        password=PASSWORD,
        code=fresh_code(make.sessions, "admin"),
    )
    resumed = press(staff, form_on(right.text, "/draft"))

    assert form_on(resumed.text, f"/{action}").value(field) == "理由\n两行"
    assert press(staff, form_on(resumed.text, f"/{action}")).status_code == 302


def test_a_reason_comes_back_in_the_form_it_was_typed_in_only(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    """A reason for reading contact details must not turn up as the reason a sender is refused with."""
    number = make.make_submission(name="王小明", has_consented=True).number
    form = form_of(staff, number, "contact")
    end_sessions(sessions)
    expired = press(staff, form, reason="内部核实：怀疑是张三写的")

    right = press(
        staff,
        form_on(expired.text, "/sign-in"),
        name="admin",
        password=PASSWORD,
        code=fresh_code(make.sessions, "admin"),
    )
    resumed = press(staff, form_on(right.text, "/draft"))

    assert form_on(resumed.text, "/reject").value("reason") == ""
    assert form_on(resumed.text, "/contact").value("reason") == "内部核实：怀疑是张三写的"


def test_a_classification_survives_the_end_of_a_session(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    number, units = make.make_submission().number, [str(make.make_unit(code, code).id) for code in ("c1", "c2")]
    form = form_of(staff, number, "classify")
    end_sessions(sessions)
    expired = press(staff, form, category="heroes", responsible_person="王主任", units=units)

    right = press(
        staff,
        form_on(expired.text, "/sign-in"),
        name="admin",
        password=PASSWORD,
        code=fresh_code(make.sessions, "admin"),
    )
    resumed = press(staff, form_on(right.text, "/draft"))

    kept = form_on(resumed.text, "/classify")
    assert (kept.value("category"), kept.value("responsible_person")) == ("heroes", "王主任")
    assert kept.fields["units"] == units


def test_what_is_promised_to_be_kept_can_be_read_on_the_sign_in_page(
    staff: FlaskClient, sessions: sessionmaker[Session]
) -> None:
    form = forms_on(staff.get("/exports/create?campaign=1").text)[-1]
    end_sessions(sessions)

    page = press(staff, form, purpose="十一月例会").text

    assert '<p class="quoted">十一月例会</p>' in page or "您刚才填写的内容还在" not in page


def test_no_password_is_carried_through_the_sign_in(staff: FlaskClient, sessions: sessionmaker[Session]) -> None:
    end_sessions(sessions)
    typed = {"old_password": "old secret", "new_password": "new secret", "repeated": "new secret"}

    page = staff.post("/accounts/change-password", data=typed).text

    assert "secret" not in page


def test_a_stranger_s_post_is_kept_but_opens_nothing(app: Flask, make: Factory) -> None:
    receipt = make.make_submission(text="只有受理员能看的原文")

    for path in (f"/moderation/{receipt.number}/reply", f"/moderation/{receipt.number}/draft"):
        answer = app.test_client().post(path, data=REPLY)
        assert answer.status_code == 401
        assert "只有受理员能看的原文" not in answer.text


def test_a_mistake_hides_no_decision_of_somebody_else(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    number = make.make_submission().number
    opened = form_on(staff.get(f"/moderation/{number}").text, "/reject")
    decide(staff, number, "accept")

    answer = press(staff, opened, reason="")

    assert answer.status_code == 409
    assert "有了新的处理" in answer.text
    assert stored(sessions, number).status == "accepted"
