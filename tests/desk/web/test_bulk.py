"""Deciding about many at once: looked at beforehand, carried out on what was looked at, and undone as a whole."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

from feedback.base.adapters.database import writing
from feedback.base.config import Settings
from feedback.base.domain.permission import Role
from feedback.cases.domain.bulk import MOST_AT_ONCE
from feedback.cases.models.bulk import Bulk
from feedback.cases.models.submission import Submission
from feedback.people.services import account
from tests.actors import index_words, make_many
from tests.conftest import signed_in
from tests.factories import Factory
from tests.pages import decide, staff_fields
from tests.web import contents, count, events, form_on, forms_on, press, stored
from tests.workbooks.web.test_exports import work

REASON = "供水问题不归政法机关管，请拨打 12345。"
CREATE = "/moderation/bulk/create"
ALL = "campaign=1&all=1"


def picked(*numbers: str) -> str:
    """The address of some numbers, as the ticks of a page make it."""
    return "&".join(["campaign=1", *(f"number={number}" for number in numbers)])


def look(staff: FlaskClient, query: str) -> str:
    """The preview."""
    page = staff.get(f"{CREATE}?{query}")
    assert page.status_code == 200, page.text
    return page.text


def carry_out(staff: FlaskClient, query: str, **typed: Any) -> TestResponse:
    """Look at the preview and press its button."""
    return press(staff, form_on(look(staff, query), f"?{query}"), **typed)


def plain(html: str) -> str:
    """The words of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html))


def track(client: FlaskClient, code: str) -> str:
    return client.post("/track", data={"code": code}).text


@pytest.fixture
def patient_app(make_app: Callable[..., Flask]) -> Flask:
    """A service where decisions can be taken back for half a minute."""
    return make_app(undo_seconds=30)


@pytest.fixture
def patient(patient_app: Flask, sessions: sessionmaker[Session], make: Factory) -> FlaskClient:
    """A moderator of it."""
    return signed_in(patient_app, sessions, "admin")


@pytest.fixture
def supervisor(app: Flask, sessions: sessionmaker[Session], make: Factory) -> FlaskClient:
    make.make_user("督导", Role.SUPERVISOR)
    return signed_in(app, sessions, "督导")


def test_the_queue_offers_each_row_and_all_that_match(staff: FlaskClient, make: Factory) -> None:
    made = [make.make_submission(kind="problem").number for _ in range(3)]
    make.make_submission(kind="praise")

    page = staff.get("/moderation/?campaign=1&kind=problem").text

    assert re.findall(r'name="number" value="([^"]+)" form="picked"', page) == made
    assert form_on(page, CREATE).fields == {"campaign": ["1"], "kind": ["problem"]}
    assert f'href="{CREATE}?campaign=1&amp;kind=problem&amp;all=1">全部符合筛选的 3 件</a>' in page


@pytest.mark.parametrize(
    ("query", "offered"),
    [("", "全部符合筛选的 34 件"), ("kind=suggestion", "全部符合筛选的 34 件"), ("query=第", "全部符合筛选的意见")],
)
def test_how_many_match_is_said_where_that_costs_little(
    staff: FlaskClient, make: Factory, query: str, offered: str
) -> None:
    make_many(make, 34)
    index_words(make.sessions)

    page = staff.get(f"/moderation/?{query}").text

    assert f"{offered}</a>" in page


def test_a_supervisor_finds_nothing_of_it(supervisor: FlaskClient, make: Factory) -> None:
    number = make.make_submission().number

    page = supervisor.get("/moderation/").text

    assert number in page
    assert 'name="number"' not in page and "/moderation/bulk" not in page
    addresses = [f"{CREATE}?{ALL}", "/moderation/bulk/", "/moderation/bulk/1", "/moderation/bulk/1/progress"]
    assert {supervisor.get(address).status_code for address in addresses} == {403}
    token = {"csrf_token": staff_fields(supervisor.get("/accounts/change-password").text)["csrf_token"]}
    posts = [f"{CREATE}?{ALL}&action=accept", "/moderation/bulk/1/undo"]
    assert {supervisor.post(address, data=token).status_code for address in posts} == {403}


def test_nothing_ticked_leads_back_with_a_word(staff: FlaskClient, make: Factory) -> None:
    make.make_submission()

    answer = staff.get(f"{CREATE}?campaign=1&status=received")

    assert answer.headers["Location"] == "/moderation/?campaign=1&status=received"
    assert "请先勾选" in staff.get(answer.headers["Location"]).text


@pytest.mark.on_both("a statement of its own")
def test_the_preview_says_how_many_will_change_and_why_others_will_not(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    received = [make.make_submission().number for _ in range(3)]
    make.make_replied()
    make.make_user("周敏", Role.MODERATOR)
    with writing(sessions) as session:
        held = {
            "claimed_by_id": account.get_user(session, "周敏").id,
            "claimed_until": datetime.now(UTC) + timedelta(minutes=5),
        }
        session.execute(update(Submission).where(Submission.number == received[0]).values(held))
    before = contents(sessions)

    chosen, page = look(staff, ALL), look(staff, f"{ALL}&action=accept")

    assert [plain(link) for link in re.findall(r'<a class="button"[^>]*>(.*?)</a>', chosen)] == [
        "受理 可办 2 件", "不予受理 可办 2 件", "办结 可办 1 件", "归类",
    ]  # fmt: skip
    assert [form.method for form in forms_on(chosen)] == ["post"]  # signing out
    words = plain(page)
    assert "2 件受理。" in words
    assert "2 件不会变动：" in words
    assert "现在的状态不能这样办，1 件" in words and "同事正在看，1 件" in words
    assert "受理 2 件" in form_on(page, "action=accept").buttons
    assert contents(sessions) == before


def test_what_was_previewed_is_carried_out_and_its_result_is_shown(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    received = [make.make_submission().number for _ in range(3)]
    replied, untouched = make.make_replied().number, make.make_submission().number
    query = f"{picked(*received, replied)}&action=reject"

    answer = carry_out(staff, query, kind="unclear", reason=REASON)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/moderation/bulk/1")
    assert [stored(sessions, number).status for number in received] == ["rejected"] * 3
    assert (stored(sessions, replied).status, stored(sessions, untouched).status) == ("replied", "received")
    page = staff.get("/moderation/bulk/1").text
    assert REASON in page
    assert "<dt>已办</dt><dd>3 件</dd>" in page and "<dt>没有办</dt><dd>1 件</dd>" in page
    assert f'<a href="/moderation/{replied}">{replied}</a> <span class="hint">现在的状态不能这样办</span>' in page
    assert "不予受理</strong>　管理员　内容不清无法办理　批量" in staff.get(f"/moderation/{received[0]}").text
    assert "批量不予受理" in staff.get("/moderation/bulk/").text


@pytest.mark.on_both("a statement of its own")
def test_all_that_match_the_filter_are_found_again_by_it(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    problems = [make.make_submission(kind="problem").number for _ in range(35)]
    praise = make.make_submission(kind="praise").number

    carry_out(staff, "campaign=1&status=received&kind=problem&all=1&action=accept")

    assert {stored(sessions, number).status for number in problems} == {"accepted"}
    assert stored(sessions, praise).status == "received"


def test_classes_are_chosen_in_the_address_and_only_those_are_changed(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    number = make.make_submission(category="efficiency").number
    same = make.make_submission(category="heroes").number
    form = form_on(look(staff, f"{ALL}&action=classify"), CREATE)
    assert form.method == "get"
    assert "改为" not in look(staff, f"{ALL}&action=classify")

    query = f"{ALL}&action=classify&set_category=heroes"
    shown = plain(look(staff, query))
    carry_out(staff, query)

    assert "问题类别改为“表扬英模”" in shown
    assert "1 件归类" in shown and "已经是这样归类的，1 件" in shown
    assert (stored(sessions, number).category, stored(sessions, number).task) == ("heroes", None)
    assert events(sessions, same) == ["received"]


@pytest.mark.parametrize("reason", ["", " \u3000", "长" * 1_001])
def test_a_refusal_of_many_needs_a_reason_that_can_be_read(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session], reason: str
) -> None:
    make.make_submission()
    before = contents(sessions)

    answer = carry_out(staff, f"{ALL}&action=reject", kind="unclear", reason=reason)

    assert answer.status_code == 400
    assert reason.strip() in answer.text
    assert contents(sessions) == before


@pytest.mark.on_both("a statement of its own")
@pytest.mark.parametrize("change", ["grown", "shrunk", "changed"])
def test_a_set_that_changed_meanwhile_is_shown_again_instead(
    staff: FlaskClient, colleague: FlaskClient, make: Factory, sessions: sessionmaker[Session], change: str
) -> None:
    numbers = [make.make_submission().number for _ in range(3)]
    query = "campaign=1&status=received&all=1&action=reject"
    form = form_on(look(staff, query), f"?{query}")
    if change == "grown":
        make.make_submission()
    if change == "shrunk":
        decide(colleague, numbers[0], "accept")
    if change == "changed":
        decide(colleague, numbers[0], "classify", task="loyalty", category="", issue_nature="", responsible_unit="")

    answer = press(staff, form, kind="unclear", reason=REASON)

    assert answer.status_code == 409
    said = {"grown": "原来 3 件，现在 4 件", "shrunk": "原来 3 件，现在 2 件", "changed": "这 3 件里有的有了新的办理"}
    assert said[change] in answer.text
    assert REASON in answer.text
    assert count(sessions, Bulk) == 0
    assert press(staff, form_on(answer.text, f"?{query}")).status_code == 302
    assert stored(sessions, numbers[2]).status == "rejected"


def test_nobody_else_s_bulk_exists(
    staff: FlaskClient, colleague: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    make.make_submission()
    carry_out(staff, f"{ALL}&action=accept")
    token = staff_fields(colleague.get("/moderation/").text)
    before = contents(sessions)

    answers = [colleague.get(f"/moderation/bulk/1{rest}").status_code for rest in ("", "/progress")]
    answers.append(colleague.post("/moderation/bulk/1/undo", data=token).status_code)

    assert answers == [404] * 3
    assert "批量受理" not in colleague.get("/moderation/bulk/").text
    assert contents(sessions) == before


def test_a_number_one_may_not_know_of_looks_like_one_that_does_not_exist(
    app: Flask, make: Factory, sessions: sessionmaker[Session]
) -> None:
    unit = make.make_unit("c1", "甲县")
    make.make_user("甲县", Role.MODERATOR, unit=unit)
    browser, number = signed_in(app, sessions, "甲县"), make.make_submission().number

    assert browser.get(f"{CREATE}?{picked(number)}").status_code == 404
    make.make_user("both", Role.MODERATOR)
    staff = signed_in(app, sessions, "both")
    with writing(sessions) as session:
        session.execute(update(Submission).values(lane="clue"))
    real, unreal = (plain(look(staff, f"{picked(one)}&action=accept")) for one in (number, "Z9-99999"))
    assert real == unreal
    assert "没有找到，或者您没有受理权限，1 件" in real


def test_with_a_second_person_a_bulk_proposes_and_the_colleague_confirms(
    staff: FlaskClient, colleague: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    make.set_campaign(second_person="auto")
    number = make.make_submission().number
    query = f"{ALL}&action=reject"

    page = look(staff, query)
    carry_out(staff, query, kind="unclear", reason=REASON)

    assert "1 件提出“不予受理”，等另一位同事确认后生效。" in plain(page)
    assert "<dt>已提出</dt><dd>1 件，等另一位同事确认</dd>" in staff.get("/moderation/bulk/1").text
    assert stored(sessions, number).status == "received"
    assert "已有一项处理在等待确认，1 件" in plain(look(staff, f"{ALL}&action=accept"))
    decide(colleague, number, "confirm")
    assert stored(sessions, number).status == "rejected"


def test_the_whole_is_undone_and_what_somebody_went_on_with_is_named(
    patient: FlaskClient, colleague: FlaskClient, make: Factory, sessions: sessionmaker[Session], client: FlaskClient
) -> None:
    receipts = [make.make_submission() for _ in range(3)]
    numbers = [receipt.number for receipt in receipts]
    carry_out(patient, f"{ALL}&action=reject", kind="unclear", reason=REASON)
    decide(colleague, numbers[1], "reopen", reason="再看看")
    page = patient.get("/moderation/bulk/1").text
    assert "秒内可以整批撤销" in page

    answer = press(patient, form_on(page, "/undo"))

    assert answer.status_code == 302
    shown = patient.get("/moderation/bulk/1").text
    assert "<dt>已撤销</dt><dd>2 件</dd>" in shown
    assert (
        f'<a href="/moderation/{numbers[1]}">{numbers[1]}</a> <span class="hint">后来又有办理，没有撤销</span>' in shown
    )
    assert "整批撤销" not in shown
    assert events(sessions, numbers[0]) == ["received", "reject", "undone"]
    assert events(sessions, numbers[1]) == ["received", "reject", "reopen"]
    assert press(patient, form_on(page, "/undo")).status_code == 400
    assert "不属于受理范围" not in track(client, receipts[0].code)


def test_where_nothing_can_be_undone_that_is_not_offered(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    make.make_submission()
    carry_out(staff, f"{ALL}&action=accept")
    token = staff_fields(staff.get("/moderation/").text)

    answer = staff.post("/moderation/bulk/1/undo", data=token)

    assert answer.status_code == 400
    assert "现在不能整批撤销" in answer.text
    assert "撤销</button>" not in staff.get("/moderation/bulk/1").text


@pytest.mark.on_both("a statement of its own")
def test_a_sender_hears_of_a_bulk_when_it_can_no_longer_be_undone(
    patient_app: Flask, patient: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    receipt, visitor = make.make_submission(), patient_app.test_client()
    carry_out(patient, f"{ALL}&action=reject", kind="unclear", reason=REASON)
    at_once = track(visitor, receipt.code)

    with writing(sessions) as session:
        session.execute(update(Bulk).values(finished_at=datetime.now(UTC) - timedelta(seconds=20)))
    soon = track(visitor, receipt.code)

    assert REASON not in at_once + soon
    assert "秒内可以整批撤销" in patient.get("/moderation/bulk/1").text


def test_many_are_done_by_a_worker_while_the_page_says_how_far_it_is(
    patient: FlaskClient, make: Factory, settings: Settings, sessions: sessionmaker[Session]
) -> None:
    total = MOST_AT_ONCE + 1
    make_many(make, total)
    carry_out(patient, f"{ALL}&action=accept")

    waiting = patient.get("/moderation/bulk/1").text
    seen = [patient.get("/moderation/bulk/1/progress").json]
    work(make, settings)
    seen.append(patient.get("/moderation/bulk/1/progress").json)

    assert 'data-progress="/moderation/bulk/1/progress"' in waiting
    assert "正在排队" in waiting and "撤销</button>" not in waiting
    assert [(one or {})["status"] for one in seen] == ["queued", "done"]
    assert (seen[0] or {})["total"] == total
    done = patient.get("/moderation/bulk/1").text
    assert f"<dt>已办</dt><dd>{total} 件</dd>" in done
    press(patient, form_on(done, "/undo"))
    assert "正在排队" in patient.get("/moderation/bulk/1").text
    work(make, settings)
    assert f"<dt>已撤销</dt><dd>{total} 件</dd>" in patient.get("/moderation/bulk/1").text


def test_too_many_are_not_even_offered(staff: FlaskClient, make: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("feedback.desk.queries.bulk", "feedback.desk.services.bulk", "feedback.desk.web.bulk"):
        monkeypatch.setattr(f"{module}.MOST_ITEMS", 2)
    for _ in range(3):
        make.make_submission()

    page = look(staff, f"{ALL}&action=accept")

    assert "超过 2 件" in page and "一次最多处理 2 件" in page
    assert [form.action for form in forms_on(page)] == ["/accounts/sign-out"]


def test_an_expired_token_changes_nothing(staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]) -> None:
    number = make.make_submission().number

    answer = carry_out(staff, f"{ALL}&action=accept", csrf_token="old")

    assert answer.status_code == 400
    assert stored(sessions, number).status == "received"
