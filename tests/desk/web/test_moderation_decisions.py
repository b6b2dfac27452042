"""What staff decide about one submission: each decision once, with its event, and seen by the sender."""

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from feedback.cases.domain.action import Action
from feedback.cases.domain.submission import Status, allowed_actions
from feedback.cases.models.reply import Reply
from tests.factories import Factory
from tests.pages import decide, staff_fields
from tests.web import contents, count, events, form_on, forms_on, press, stored

REPLY = {"body": "您好，\n已增加车位。", "outcome": "adopted", "summary": "增加车位"}
FIELDS: dict[str, dict[str, str]] = {
    "refer": {"unit": "1", "due_on": (datetime.now(UTC) + timedelta(days=9)).date().isoformat()},
    "recall": {"reason": "转错了"},
    "quarantine": {"reason": "可能涉密"},
    "unseal": {"reason": "核实不涉密"},
    "reject": {"kind": "out_of_scope", "reason": "不归我们管"},
    "reopen": {"reason": "补充"},
    "reply": REPLY,
}
WAYS: dict[Status, list[str]] = {
    Status.RECEIVED: [],
    Status.ACCEPTED: ["accept"],
    Status.REPLIED: ["reply"],
    Status.COMPLETED: ["reply", "complete"],
    Status.REJECTED: ["reject"],
    Status.REFERRED: ["accept", "refer"],
    Status.QUARANTINED: ["quarantine"],
}


def brought_to(staff: FlaskClient, make: Factory, status: Status) -> str:
    """The number of a submission in some status."""
    number = make.make_submission().number
    for action in WAYS[status]:
        assert decide(staff, number, action, **FIELDS.get(action, {})).status_code == 302
    return number


@pytest.mark.parametrize(
    ("before", "action", "after"),
    [
        (Status.RECEIVED, "accept", Status.ACCEPTED),
        (Status.RECEIVED, "reject", Status.REJECTED),
        (Status.RECEIVED, "reply", Status.REPLIED),
        (Status.ACCEPTED, "reject", Status.REJECTED),
        (Status.ACCEPTED, "reply", Status.REPLIED),
        (Status.REPLIED, "complete", Status.COMPLETED),
        (Status.REPLIED, "reopen", Status.ACCEPTED),
        (Status.COMPLETED, "reopen", Status.ACCEPTED),
        (Status.REJECTED, "reopen", Status.RECEIVED),
    ],
)
def test_a_decision_changes_the_status_and_writes_one_event(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session], before: Status, action: str, after: Status
) -> None:
    number = brought_to(staff, make, before)
    so_far = events(sessions, number)

    answer = press(staff, form_on(staff.get(f"/moderation/{number}").text, f"/{action}"), **FIELDS.get(action, {}))

    assert (answer.status_code, answer.headers["Location"]) == (302, f"/moderation/{number}")
    assert stored(sessions, number).status == after
    assert events(sessions, number) == [*so_far, action]
    assert "已保存。" in staff.get(f"/moderation/{number}").text


# Where two stand side by side, and where the sender follows.
ELSEWHERE = {Action.MERGE, Action.RECONSIDER}


@pytest.mark.parametrize("status", WAYS)
def test_a_page_offers_what_is_possible_and_nothing_else_on_the_version_it_shows(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session], status: Status
) -> None:
    number = brought_to(staff, make, status)

    page = staff.get(f"/moderation/{number}").text

    offered = {form.action.rsplit("/", 1)[1]: form for form in forms_on(page)}
    here = [action for action in allowed_actions(status) if action not in ELSEWHERE]
    assert offered.keys() & set(Action) == set(here)
    own = staff_fields(page)
    assert own["version"] == str(stored(sessions, number).version)
    for action in here:
        assert {name: offered[action].value(name) for name in own} == own


@pytest.mark.parametrize("action", ["reject", "reopen"])
@pytest.mark.parametrize("reason", ["", "  \r\n ", "　"], ids=["nothing", "blanks", "wide blank"])
def test_a_reason_is_required(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session], action: str, reason: str
) -> None:
    number = brought_to(staff, make, Status.RECEIVED if action == "reject" else Status.REPLIED)
    before = contents(sessions)

    answer = decide(staff, number, action, reason=reason)

    assert answer.status_code == 400
    assert "请写明理由。" in answer.text
    assert contents(sessions) == before


def test_a_reason_may_have_1000_code_points_however_lines_end(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    number = make.make_submission().number

    answer = decide(staff, number, "reject", kind="out_of_scope", reason="行\r\n" * 500)

    assert answer.status_code == 302
    assert stored(sessions, number).rejection_reason == "行\n" * 500


def test_a_longer_reason_is_refused_and_kept(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    number = make.make_submission().number

    answer = decide(staff, number, "reject", kind="out_of_scope", reason="长" * 1_001)

    assert answer.status_code == 400
    assert form_on(answer.text, "/reject").value("reason") == "长" * 1_001
    assert stored(sessions, number).status == Status.RECEIVED


@pytest.mark.on_both("a statement of its own")
@pytest.mark.parametrize(
    ("missing", "words"),
    [("body", "请写答复内容。"), ("outcome", "请选择采纳情况。"), ("summary", "请用一句话归纳要点。")],
)
def test_a_reply_needs_all_three_and_keeps_the_others(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session], missing: str, words: str
) -> None:
    number = make.make_submission().number

    answer = decide(staff, number, "reply", **{**REPLY, missing: ""})

    form = form_on(answer.text, "/reply")
    kept = {name for name in REPLY if form.fields.get(name) == [REPLY[name]]}
    assert answer.status_code == 400
    assert words in answer.text
    assert kept == set(REPLY) - {missing}
    assert count(sessions, Reply) == 0


def test_an_outcome_the_page_did_not_offer_is_refused(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    number = make.make_submission().number

    assert decide(staff, number, "reply", **{**REPLY, "outcome": "made_up"}).status_code == 400

    assert count(sessions, Reply) == 0


@pytest.mark.parametrize("body", ["长" * 20_000, "行\r\n" * 10_000], ids=["characters", "lines"])
def test_a_reply_of_20000_code_points_passes_whole(
    client: FlaskClient, staff: FlaskClient, make: Factory, body: str
) -> None:
    receipt = make.make_submission()

    assert decide(staff, receipt.number, "reply", **{**REPLY, "body": body}).status_code == 302

    assert body.replace("\r\n", "\n") in client.post("/track", data={"code": receipt.code}).text


def test_a_longer_reply_is_refused_and_kept(staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]) -> None:
    number = make.make_submission().number
    body = "\n" + "长" * 20_000

    answer = decide(staff, number, "reply", **{**REPLY, "body": body})

    assert answer.status_code == 400
    assert "请删减 1 字" in answer.text
    assert form_on(answer.text, "/reply").value("body") == body
    assert count(sessions, Reply) == 0


def test_the_page_tells_who_decided_and_why(colleague: FlaskClient, make: Factory) -> None:
    number = make.make_submission().number

    decide(colleague, number, "reject", kind="out_of_scope", reason="不归我们管")

    page = colleague.get(f"/moderation/{number}").text
    assert "周敏　不属于本次征集范围<br>不归我们管" in page


def test_a_number_works_in_small_letters(staff: FlaskClient, make: Factory) -> None:
    number = make.make_submission().number

    assert staff.get(f"/moderation/{number.lower()}").status_code == 200
    token = staff_fields(staff.get(f"/moderation/{number.lower()}").text)
    assert staff.post(f"/moderation/{number.lower()}/accept", data=token).status_code == 302
