"""The page of a person's day: what waits for him, and who calls."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, update
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.database import writing
from feedback.base.adapters.files import default_campaign
from feedback.base.domain.moment import china_day, start_of_china_day
from feedback.base.domain.permission import ROLE_DUTIES, ROLE_LABELS, Role
from feedback.campaigns.domain.campaign import CampaignStatus
from feedback.campaigns.models.campaign import Campaign
from feedback.cases.models.reply import Reply, UndoneReply
from feedback.cases.models.submission import Submission
from feedback.editing.services.campaign import create_campaign
from feedback.people.services.unit import root_unit
from tests.conftest import NOW, signed_in
from tests.factories import Factory
from tests.pages import decide
from tests.web import stored

READERS = {Role.MODERATOR, Role.SUPERVISOR}


def cards(browser: FlaskClient, query: str = "") -> dict[str, tuple[str, str]]:
    """For each card what it counts and where it leads."""
    found = re.findall(
        r'<li><a class="card" href="([^"]+)"><span>([^<]+)</span> <strong[^>]*>([0-9+]+)<',
        browser.get(f"/home/{query}").text,
    )
    return {label: (count, address.replace("&amp;", "&")) for address, label, count in found}


def counted(browser: FlaskClient) -> dict[str, str]:
    return {label: count for label, (count, _) in cards(browser).items()}


def change(sessions: sessionmaker[Session], number: str, **columns: object) -> None:
    with writing(sessions) as session:
        session.execute(update(Submission).where(Submission.number == number).values(**columns))


@pytest.mark.on_both("a statement of its own")
def test_a_moderator_sees_what_waits_is_his_is_overdue_and_was_answered(
    staff: FlaskClient, colleague: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    today, numbers = china_day(datetime.now(UTC)), [make.make_submission().number for _ in range(5)]
    for number, days in zip(numbers, (-1, 0, 1, 9, 9), strict=True):
        change(sessions, number, due_on=today + timedelta(days=days))
    colleague.post("/moderation/next?campaign=1", data={"csrf_token": token_of(colleague)})
    staff.post("/moderation/next?campaign=1", data={"csrf_token": token_of(staff)})
    decide(staff, numbers[4], "reply", body="您好，已经改进。", outcome="adopted", summary="改进")

    assert counted(staff) == {
        "待受理": "4", "我认领的": "1", "已逾期": "1", "待确认": "0", "待签发": "0", "我今天答复的": "1",
    }  # fmt: skip
    assert counted(colleague)["我今天答复的"] == "0"


def token_of(browser: FlaskClient) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/home/").text)
    assert found
    return found[1]


@pytest.mark.on_both("a statement of its own")
def test_each_card_leads_to_the_queue_that_holds_what_it_counts(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    waiting, replied = make.make_submission().number, make.make_replied().number
    change(sessions, waiting, due_on=NOW.date())

    for label, (count, address) in cards(staff).items():
        listed = re.findall(r'class="row card"', staff.get(address).text)
        assert label == "我今天答复的" or str(len(listed)) == count, label
    assert waiting in staff.get(cards(staff)["已逾期"][1]).text
    assert replied in staff.get(cards(staff)["我今天答复的"][1]).text


def test_a_proposal_waits_for_the_colleague_and_not_for_who_made_it(
    staff: FlaskClient, colleague: FlaskClient, make: Factory
) -> None:
    make.set_campaign(second_person="on")
    decide(staff, make.make_submission().number, "reject", kind="unclear", reason="请写明是哪个窗口。")

    assert (counted(staff)["待确认"], counted(colleague)["待确认"]) == ("0", "1")


@pytest.mark.on_both("a statement of its own")
def test_answers_of_yesterday_of_others_and_taken_back_are_not_of_today(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    midnight = start_of_china_day(china_day(datetime.now(UTC)))
    make.make_user("other", Role.MODERATOR)
    submission = stored(sessions, make.make_submission().number).id
    rows = [(1, midnight - timedelta(seconds=1)), (1, midnight), (1, midnight), (2, midnight)]
    with writing(sessions) as session:
        for place, (user, at) in enumerate(rows, start=1):
            values = {"id": place, "submission_id": submission, "user_id": user, "body": "好", "replied_at": at}
            session.execute(insert(Reply).values(values))
        session.execute(insert(UndoneReply).values(id=3))

    assert counted(staff)["我今天答复的"] == "1"


def test_a_supervisor_sees_what_waits_and_is_overdue_alone(
    app: Flask, staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    make.make_user("watch", Role.SUPERVISOR)
    decide(staff, make.make_submission().number, "note", body="@watch 张先生 13800138000 来过电话")
    supervisor = signed_in(app, sessions, "watch")

    page = supervisor.get("/home/").text

    assert list(cards(supervisor)) == ["待受理", "已逾期"]
    assert "来过电话" in page
    assert "13800138000" not in page


def test_a_note_stands_on_the_page_of_whom_it_calls_until_it_was_opened(
    staff: FlaskClient, colleague: FlaskClient, make: Factory
) -> None:
    number = make.make_submission().number
    decide(staff, number, "note", body="@周敏 请看 13800138000 <b>")
    page = colleague.get("/home/").text
    assert f'href="/moderation/{number}"' in page
    assert "@周敏 请看 13800138000 &lt;b&gt;" in page
    assert number not in staff.get("/home/").text

    colleague.get(f"/moderation/{number}")

    assert "没有未读的提醒" in colleague.get("/home/").text


@pytest.mark.parametrize("role", set(Role) - READERS)
def test_who_reads_nothing_learns_what_his_role_is_for_and_no_number(
    app: Flask, make: Factory, sessions: sessionmaker[Session], role: Role
) -> None:
    make.make_submission()
    make.make_user("somebody", role)

    page = signed_in(app, sessions, "somebody").get("/home/")

    assert page.status_code == 200
    assert ROLE_LABELS[role] in page.text
    assert ROLE_DUTIES[role] in page.text
    assert "待受理" not in page.text


def test_a_unit_that_runs_no_campaign_learns_of_none(
    app: Flask, make: Factory, sessions: sessionmaker[Session]
) -> None:
    make.make_user("court", Role.MODERATOR, unit=make.make_unit("c1", "甲县法院"))
    browser = signed_in(app, sessions, "court")
    empty = browser.get("/home/?campaign=1").text

    make.make_submission()

    assert without_token(browser.get("/home/?campaign=1").text) == without_token(empty)
    assert "您还没有可以查看的征集活动" in empty


def without_token(page: str) -> str:
    return re.sub(r'name="csrf_token" value="[^"]+"', "", page)


@pytest.mark.on_both("a statement of its own")
def test_trial_entries_of_a_draft_and_real_ones_are_never_counted_together(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    with writing(sessions) as session:
        create_campaign(session, code="second", data=default_campaign(), unit=root_unit(session), now=NOW)
    make.make_submission()

    assert cards(staff)["待受理"] == ("1", "/moderation/?campaign=1&status=received")
    assert cards(staff, "?campaign=2")["待受理"] == ("0", "/moderation/?campaign=2&status=received")
    assert cards(staff, "?campaign=99")["待受理"][0] == "1"
    with writing(sessions) as session:
        session.execute(update(Campaign).where(Campaign.id == 1).values(status=CampaignStatus.DRAFT))
    assert cards(staff, "?campaign=1")["待受理"][0] == "0"


def test_the_menu_begins_with_the_day_and_signing_in_leads_to_the_queue(staff: FlaskClient) -> None:
    page = staff.get("/home/").text

    menu = re.findall(r'<a href="([^"]+)"(?: aria-current="page")?>', page.partition('aria-label="主菜单"')[2])

    assert menu[:2] == ["/home/", "/moderation/"]
    assert '<a href="/home/" aria-current="page">今日</a>' in page
