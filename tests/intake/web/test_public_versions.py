"""Campaign versions and statuses behind the form: questions, revisions, drafts, closing."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.database import writing
from feedback.campaigns.models.campaign import CampaignVersion
from feedback.campaigns.models.channel import Channel
from feedback.cases.models.submission import Answer, Submission
from feedback.editing.services.campaign import get_campaign
from tests.factories import Factory
from tests.pages import code_on, fill_in, number_on, submit
from tests.web import count, form_on, forms_on, page_of_age, press, revise, settle, stored, texts

QUESTIONS: list[dict[str, Any]] = [
    {"key": "wait", "kind": "single_choice", "label": "等了多久", "options": [
        {"key": "short", "label": "半小时以内"}, {"key": "long", "label": "半天以上"}]},
    {"key": "ways", "kind": "multiple_choice", "label": "用过哪些渠道", "options": [
        {"key": "window", "label": "办事窗口"}, {"key": "phone", "label": "电话咨询"},
        {"key": "web", "label": "网上办事"}]},
    {"key": "place", "kind": "short_text", "label": "在哪个窗口"},
    {"key": "story", "kind": "long_text", "label": "还想说什么"},
]  # fmt: skip
ANSWERS = {"q_wait": "long", "q_ways": ["web", "window"], "q_place": "三号窗口", "q_story": "排队时\n没有座位"}


def version_number(sessions: sessionmaker[Session], submission: Submission) -> int:
    """Which version of its campaign a submission belongs to."""
    with sessions() as session:
        return session.get_one(CampaignVersion, submission.campaign_version_id).number


def answers(sessions: sessionmaker[Session]) -> list[tuple[str, int, str | None]]:
    """Every answer to an extra question, in the order of questions."""
    settle(sessions)
    with sessions() as session:
        rows = session.execute(select(Answer.question, Answer.position, Answer.value).order_by(Answer.id))
        return [(question, position, value) for question, position, value in rows]


def test_every_kind_of_extra_question_is_asked(
    client: FlaskClient, channel_code: str, sessions: sessionmaker[Session]
) -> None:
    revise(sessions, questions=QUESTIONS)

    page = client.get(f"/f/{channel_code}").text

    assert '<input type="radio" name="q_wait" value="long"><span>半天以上' in page
    assert '<input type="checkbox" name="q_ways" value="phone"><span>电话咨询' in page
    assert '<input type="text" id="q_place" name="q_place" value=""' in page
    assert '<textarea id="q_story" name="q_story"' in page


def test_answers_are_stored_one_row_for_each_choice(
    client: FlaskClient, channel_code: str, sessions: sessionmaker[Session]
) -> None:
    revise(sessions, questions=QUESTIONS)

    submit(client, channel_code, text="停车难", **ANSWERS)

    assert answers(sessions) == [
        ("wait", 0, "long"), ("ways", 0, "window"), ("ways", 1, "web"), ("place", 0, "三号窗口"),
        ("story", 0, "排队时\n没有座位"),
    ]  # fmt: skip


def test_extra_questions_may_all_be_left_out(
    client: FlaskClient, channel_code: str, sessions: sessionmaker[Session]
) -> None:
    revise(sessions, questions=QUESTIONS)

    assert submit(client, channel_code, text="停车难", q_place="", q_story="").status_code == 200

    assert answers(sessions) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("q_wait", "made_up"), ("q_place", "长" * 201), ("q_story", "长" * 2_001), ("q_place", "坏\ufffd")],
    ids=["unknown choice", "long line", "long text", "broken character"],
)
def test_an_answer_that_cannot_be_kept_is_refused_with_the_rest_kept(
    client: FlaskClient, channel_code: str, sessions: sessionmaker[Session], name: str, value: str
) -> None:
    revise(sessions, questions=QUESTIONS)

    answer = submit(client, channel_code, text="停车难", **{**ANSWERS, name: value})

    kept = form_on(answer.text, f"/f/{channel_code}").fields
    assert answer.status_code == 400
    assert (kept["text"], kept["q_ways"]) == (["停车难"], ["window", "web"])
    assert name == "q_wait" or kept[name] == [value]
    assert count(sessions, Submission) == 0


def test_staff_read_the_answers_in_words(
    client: FlaskClient, staff: FlaskClient, channel_code: str, sessions: sessionmaker[Session]
) -> None:
    revise(sessions, questions=QUESTIONS)
    number = number_on(submit(client, channel_code, text="停车难", **ANSWERS).text)

    page = staff.get(f"/moderation/{number}").text

    for words in ("等了多久", "半天以上", "办事窗口、网上办事", "三号窗口", "排队时\n没有座位"):
        assert words in page


def test_staff_still_read_the_answers_after_the_question_is_gone(
    client: FlaskClient, staff: FlaskClient, channel_code: str, sessions: sessionmaker[Session]
) -> None:
    revise(sessions, questions=QUESTIONS)
    number = number_on(submit(client, channel_code, text="停车难", **ANSWERS).text)
    revise(sessions, questions=[])

    page = staff.get(f"/moderation/{number}").text

    assert "三号窗口" in page


@pytest.mark.on_both("a statement of its own")
def test_a_form_opened_before_a_revision_arrives_and_keeps_its_version(
    client: FlaskClient, channel_code: str, sessions: sessionmaker[Session]
) -> None:
    opened = fill_in(client, channel_code, text="停车难", kind="problem")
    revise(sessions, questions=QUESTIONS)

    answer = client.post(f"/f/{channel_code}", data=opened)

    assert answer.status_code == 200
    assert version_number(sessions, stored(sessions, number_on(answer.text))) == 1


def test_a_form_opened_a_day_before_a_revision_still_arrives(
    client: FlaskClient, channel_code: str, sessions: sessionmaker[Session], make: Factory
) -> None:
    opened = page_of_age(make, hours=24)
    revise(sessions, questions=QUESTIONS)

    answer = client.post(f"/f/{channel_code}", data={**opened, "text": "停车难"})

    assert answer.status_code == 200
    assert texts(sessions) == ["停车难"]


def test_a_form_older_than_that_comes_back_on_the_new_page_with_its_text(
    client: FlaskClient, channel_code: str, sessions: sessionmaker[Session], make: Factory
) -> None:
    opened = page_of_age(make, hours=26)
    revise(sessions, questions=QUESTIONS)

    answer = client.post(f"/f/{channel_code}", data={**opened, "text": "停车难", "kind": "problem"})

    form = form_on(answer.text, f"/f/{channel_code}")
    assert answer.status_code == 400
    assert "题目有更新，请看一下再提交。" in answer.text
    assert (form.value("text"), form.value("kind"), "q_place" in form.fields) == ("停车难", "problem", True)
    assert texts(sessions) == []

    again = press(client, form, q_place="三号窗口")
    assert version_number(sessions, stored(sessions, number_on(again.text))) == 2


def test_an_old_page_of_the_present_version_is_as_good_as_a_new_one(
    client: FlaskClient, channel_code: str, make: Factory
) -> None:
    opened = page_of_age(make, hours=24 * 30)

    assert client.post(f"/f/{channel_code}", data={**opened, "text": "停车难"}).status_code == 200


def test_a_closed_campaign_gives_out_no_form(client: FlaskClient, channel_code: str, make: Factory) -> None:
    make.set_campaign(status="closed")

    page = client.get(f"/f/{channel_code}").text

    assert "这次征集已经结束" in page
    assert forms_on(page) == []


def test_a_page_opened_before_closing_still_arrives(
    client: FlaskClient, channel_code: str, sessions: sessionmaker[Session], make: Factory
) -> None:
    opened = page_of_age(make, hours=24)
    make.set_campaign(status="closed")

    assert client.post(f"/f/{channel_code}", data={**opened, "text": "停车难"}).status_code == 200
    assert texts(sessions) == ["停车难"]


def test_a_page_older_than_that_gets_its_text_back(
    client: FlaskClient, channel_code: str, sessions: sessionmaker[Session], make: Factory
) -> None:
    opened = page_of_age(make, hours=26)
    make.set_campaign(status="closed")

    answer = client.post(f"/f/{channel_code}", data={**opened, "text": "停车<难>"})

    assert answer.status_code == 403
    assert "您刚才写的内容没有提交" in answer.text
    assert '<p class="quoted">停车&lt;难&gt;</p>' in answer.text
    assert count(sessions, Submission) == 0


def test_a_refused_page_of_a_closed_campaign_can_be_put_right(
    client: FlaskClient, channel_code: str, make: Factory
) -> None:
    opened = fill_in(client, channel_code, text="停车难", phone="没有", consent="y")
    make.set_campaign(status="closed")

    refused = client.post(f"/f/{channel_code}", data=opened)

    assert refused.status_code == 400
    assert press(client, form_on(refused.text, f"/f/{channel_code}"), phone="").status_code == 200


def test_a_draft_says_everywhere_that_it_is_a_trial(
    client: FlaskClient, channel_code: str, sessions: sessionmaker[Session], make: Factory
) -> None:
    make.set_campaign(status="draft")

    receipt = submit(client, channel_code, text="试一试").text

    progress = client.post("/track", data={"code": code_on(receipt)}).text
    assert stored(sessions, number_on(receipt)).is_trial
    for page in (client.get(f"/f/{channel_code}").text, receipt, progress):
        assert "这是试填" in page


def test_a_page_given_out_a_moment_too_late_does_no_harm(
    make_app: Callable[..., Flask], channel_code: str, make: Factory, sessions: sessionmaker[Session]
) -> None:
    """Which campaign stands behind a code is asked once in a while: here, once in an hour."""
    app = make_app()
    app.config["DOOR_SECONDS"] = 3_600.0
    browser = app.test_client()
    browser.get(f"/f/{channel_code}")
    revise(sessions, questions=QUESTIONS)
    make.set_campaign(status="closed")

    answer = submit(browser, channel_code, text="停车难")

    assert answer.status_code == 200
    assert version_number(sessions, stored(sessions, number_on(answer.text))) == 1


@pytest.mark.on_both("a statement of its own")
def test_a_new_channel_opens_at_once_though_its_code_was_tried_before(
    make_app: Callable[..., Flask], sessions: sessionmaker[Session]
) -> None:
    app = make_app()
    app.config["DOOR_SECONDS"] = 3_600.0
    browser = app.test_client()
    assert browser.get("/f/23456").status_code == 404
    with writing(sessions) as session:
        campaign = get_campaign(session, "default")
        session.add(Channel(campaign_id=campaign.id, code="23456", name="新渠道"))

    assert browser.get("/f/23456").status_code == 200


def test_only_open_campaigns_stand_on_the_home_page(client: FlaskClient, channel_code: str, make: Factory) -> None:
    shown = {}
    for status in ("draft", "open", "closed", "archived"):
        make.set_campaign(status=status)
        shown[status] = f"/f/{channel_code}" in client.get("/").text

    assert shown == {"draft": False, "open": True, "closed": False, "archived": False}


@pytest.mark.parametrize("code", ["zzzzz", "中文", "a" * 300, "%ff", "..", "'"])
def test_an_unknown_channel_is_told_kindly_and_shown_what_is_open(
    client: FlaskClient, channel_code: str, code: str
) -> None:
    for answer in (client.get(f"/f/{code}"), client.post(f"/f/{code}", data={"text": "停车难"})):
        assert answer.status_code == 404
        assert f"/f/{channel_code}" in answer.text or "回到首页" in answer.text
