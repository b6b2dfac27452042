"""Texts kept ready: who keeps them, and how they come into an answer."""

import re
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

from feedback.base.adapters.database import writing
from feedback.base.adapters.files import default_campaign, default_canned_answers
from feedback.base.domain.moment import chinese_date
from feedback.base.domain.permission import Role
from feedback.base.models.unit import Unit
from feedback.desk.domain.canned_answer import MAX_PER_CAMPAIGN, CannedAnswerKind
from feedback.desk.models.canned_answer import CannedAnswer
from feedback.desk.services import canned_answer
from feedback.editing.services.campaign import create_campaign, open_campaign
from feedback.people.services.unit import root_unit
from tests.conftest import NOW, signed_in
from tests.factories import Factory
from tests.pages import decide, staff_fields
from tests.web import contents, form_on, press, stored

TEXT = "您好，{编号}于{收到日期}收到，已请{责任单位}办理。{主办单位}，{今天}"
ADDRESS = "/canned-answers/"


def kept(sessions: sessionmaker[Session], title: str) -> CannedAnswer:
    """The text with a title."""
    with sessions() as session:
        return session.scalars(select(CannedAnswer).where(CannedAnswer.title == title)).one()


def write(browser: FlaskClient, *, campaign: int = 1, kind: str = "reply", title: str, body: str) -> TestResponse:
    """Open the page of a new text and send it."""
    page = browser.get(f"{ADDRESS}create?campaign={campaign}").text
    return press(browser, form_on(page, f"/create?campaign={campaign}"), kind=kind, title=title, body=body)


def offered(page: str, field: str) -> dict[str, str]:
    """Titles and texts a page of a submission offers for one of its boxes."""
    found = re.findall(
        rf'data-insert="{field}" hidden>(.*?)</button>\n<details><summary>.*?</summary><p class="quoted">(.*?)</p>',
        page,
        re.DOTALL,
    )
    return {unescape(title): unescape(text) for title, text in found}


def test_a_first_start_keeps_courteous_texts_ready(staff: FlaskClient, make: Factory) -> None:
    page = staff.get(f"/moderation/{make.make_submission().number}").text

    given = {(one["kind"], one["title"]) for one in default_canned_answers()}

    assert {kind for kind, _ in given} == set(CannedAnswerKind)
    assert {("reply", title) for title in offered(page, "body")} | {
        ("reject", title) for title in offered(page, "reject-reason")
    } == given
    assert "随系统提供" in staff.get(ADDRESS).text


@pytest.mark.on_both("a statement of its own")
def test_a_text_is_kept_changed_and_deleted(
    staff: FlaskClient, colleague: FlaskClient, sessions: sessionmaker[Session]
) -> None:
    answer = write(staff, title=" 已请 办理 ", body="第一行\r\n{编号}")
    assert answer.status_code == 302
    made = kept(sessions, "已请 办理")
    assert (made.kind, made.body) == ("reply", "第一行\n{编号}")
    assert "管理员" in staff.get(answer.headers["Location"]).text

    page = colleague.get(f"{ADDRESS}{made.id}/edit").text
    changed = press(colleague, form_on(page, "/edit"), kind="reject", title="不归我们", body="请拨打 12345。")

    assert changed.status_code == 302
    row = kept(sessions, "不归我们")
    assert (row.id, row.kind, row.version) == (made.id, "reject", 2)
    assert "周敏" in staff.get(ADDRESS).text
    assert press(staff, form_on(staff.get(f"{ADDRESS}{made.id}/edit").text, "/delete")).status_code == 302
    assert "不归我们" not in staff.get(ADDRESS).text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"title": ""}, "请写一个名称。"),
        ({"title": "长" * 31}, "请删减 1 字"),
        ({"body": ""}, "请写内容。"),
        ({"body": "长" * 2_001}, "请删减 1 字"),
        ({"kind": "reject", "body": "长" * 1_001}, "请删减 1 字"),
        ({"body": "您好，{姓名}"}, "花括号里只能写 {编号}、{收到日期}、{责任单位}、{主办单位}、{今天}"),
        ({"body": "a\x00b"}, "无法识别的字符"),
        ({"title": "a\x00b"}, "无法识别的字符"),
        ({"kind": ""}, "请选择用在哪里。"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_not_lost(
    staff: FlaskClient, sessions: sessionmaker[Session], typed: dict[str, str], said: str
) -> None:
    before = contents(sessions)

    answer = write(staff, **{"title": "好", "body": "您好。", **typed})

    assert answer.status_code == 400
    assert said in answer.text
    form = form_on(answer.text, "/create?campaign=1")
    assert form.value("body") == typed.get("body", "您好。")
    assert contents(sessions) == before


def test_there_is_room_for_so_many(staff: FlaskClient, sessions: sessionmaker[Session], make: Factory) -> None:
    with writing(sessions) as session:
        for place in range(MAX_PER_CAMPAIGN - len(default_canned_answers())):
            canned_answer.create(
                session, 1, kind=CannedAnswerKind.REPLY, title=f"{place}", body="好", by=make.actor, now=NOW
            )

    answer = write(staff, title="又一段", body="没有地方了")

    assert answer.status_code == 400
    assert "最多 100 段" in answer.text
    assert form_on(answer.text, "/create?campaign=1").value("body") == "没有地方了"


@pytest.mark.on_both("a statement of its own")
def test_two_who_change_one_text_do_not_overwrite_each_other(
    staff: FlaskClient, colleague: FlaskClient, sessions: sessionmaker[Session]
) -> None:
    write(staff, title="一段", body="原来的")
    answer_id = kept(sessions, "一段").id
    opened = form_on(staff.get(f"{ADDRESS}{answer_id}/edit").text, "/edit")
    press(colleague, form_on(colleague.get(f"{ADDRESS}{answer_id}/edit").text, "/edit"), body="同事写的")

    late = press(staff, opened, body="我写的")

    assert late.status_code == 409
    assert "同事改过这段文字" in late.text
    assert '<p class="quoted">同事写的</p>' in late.text
    assert kept(sessions, "一段").body == "同事写的"
    assert press(staff, form_on(late.text, "/edit")).status_code == 302
    assert kept(sessions, "一段").body == "我写的"


def test_a_text_comes_with_the_values_of_the_submission(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    write(staff, title="已请办理", body=TEXT)
    county, number = make.make_unit("c1", "甲县法院"), make.make_submission().number

    before = offered(staff.get(f"/moderation/{number}").text, "body")["已请办理"]
    decide(staff, number, "classify", category="", task="", issue_nature="", responsible_unit=str(county.id))
    after = offered(staff.get(f"/moderation/{number}").text, "body")["已请办理"]

    organiser, arrived = default_campaign()["content"]["organiser"], chinese_date(make.now.date())
    assert before.startswith(f"您好，{number}于{arrived}收到，已请〔责任单位〕办理。{organiser}，20")
    assert "已请甲县法院办理" in after


@pytest.mark.parametrize(
    ("action", "name", "fields"),
    [
        ("reply", "body", {"outcome": "adopted", "summary": "好"}),
        ("reject", "reason", {"kind": "unclear"}),
    ],
)
@pytest.mark.parametrize("left", ["〔责任单位〕", "{今天}"])
def test_what_still_has_to_be_filled_in_is_not_sent(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session],
    action: str, name: str, fields: dict[str, str], left: str,
) -> None:  # fmt: skip
    number, typed = make.make_submission().number, f"您好，已请{left}办理。"
    before = contents(sessions)

    answer = decide(staff, number, action, **{**fields, name: typed})

    assert answer.status_code == 400
    assert f"“{left}”还没有填好" in answer.text
    assert form_on(answer.text, f"/{action}").value(name) == typed
    assert contents(sessions) == before
    assert (
        decide(staff, number, action, **{**fields, name: "您好，已请甲县法院按江政〔2026〕3号办理。"}).status_code
        == 302
    )
    assert stored(sessions, number).status in {"replied", "rejected"}


@pytest.mark.parametrize("role", set(Role) - {Role.MODERATOR})
def test_nobody_else_reads_or_keeps_texts(
    app: Flask, sessions: sessionmaker[Session], make: Factory, role: Role
) -> None:
    make.make_user("other", role)
    browser, number = signed_in(app, sessions, "other"), make.make_submission().number
    token = {"csrf_token": staff_fields(browser.get("/accounts/change-password").text)["csrf_token"]}
    fields = {**token, "kind": "reply", "title": "好", "body": "好", "version": "1"}
    before = contents(sessions)

    answers = [browser.get(f"{ADDRESS}{path}") for path in ("", "create?campaign=1", "1/edit")]
    answers += [browser.post(f"{ADDRESS}{path}", data=fields) for path in ("create?campaign=1", "1/edit", "1/delete")]

    assert {answer.status_code for answer in answers} == {403}
    assert "常用答复" not in browser.get("/moderation/").text + browser.get(f"/moderation/{number}").text
    assert contents(sessions) == before


@pytest.fixture
def county(sessions: sessionmaker[Session], make: Factory) -> Unit:
    """A county with a campaign of its own, number 2."""
    unit = make.make_unit("c1", "甲县")
    with writing(sessions) as session:
        made = session.get_one(Unit, unit.id)
        open_campaign(session, create_campaign(session, default_campaign(), code="c1", unit=made, now=NOW), now=NOW)
    return unit


def test_each_campaign_has_texts_of_its_own(
    app: Flask, staff: FlaskClient, sessions: sessionmaker[Session], make: Factory, county: Unit
) -> None:
    make.make_user("county", Role.MODERATOR, unit=county)
    below = signed_in(app, sessions, "county")
    write(staff, campaign=1, title="上级的", body="好")
    write(below, campaign=2, title="县里的", body="好")
    theirs = kept(sessions, "上级的").id
    token = staff_fields(below.get("/moderation/").text)
    before = contents(sessions)

    forbidden = [below.get(f"{ADDRESS}create?campaign=1"), below.get(f"{ADDRESS}{theirs}/edit")]
    forbidden += [below.post(f"{ADDRESS}{theirs}/{act}", data=token) for act in ("edit", "delete")]

    assert {answer.status_code for answer in forbidden} == {404}
    assert "上级的" not in below.get(f"{ADDRESS}?campaign=1").text
    assert "县里的" in below.get(ADDRESS).text
    assert "县里的" in staff.get(f"{ADDRESS}?campaign=2").text
    assert "上级的" not in staff.get(f"{ADDRESS}?campaign=2").text
    assert contents(sessions) == before


def test_who_runs_no_campaign_is_told_so(app: Flask, sessions: sessionmaker[Session], make: Factory) -> None:
    with sessions() as session:
        assert root_unit(session)
    make.make_user("nobody", Role.MODERATOR, unit=make.make_unit("c2", "乙县"))

    assert "还没有可以查看的征集活动" in signed_in(app, sessions, "nobody").get(ADDRESS).text
