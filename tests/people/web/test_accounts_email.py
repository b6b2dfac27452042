"""Where the daily digest goes is everybody's own business."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.database import writing
from feedback.people.models import User
from tests.conftest import signed_in
from tests.web import form_on, press

MakeApp = Callable[..., Flask]
MAIL = {"smtp_url": "smtp://127.0.0.1:1", "mail_from": "yijian@example.gov.cn", "public_url": "http://localhost"}
ADDRESS = "/accounts/email"


@pytest.fixture
def browser(make_app: MakeApp, sessions: sessionmaker[Session]) -> FlaskClient:
    """The administrator where mail is sent."""
    return signed_in(make_app(**MAIL), sessions, "admin")


def kept(sessions: sessionmaker[Session]) -> str | None:
    with sessions() as session:
        return session.scalars(select(User.email).where(User.name == "admin")).one()


def test_an_address_is_set_shown_and_removed(browser: FlaskClient, sessions: sessionmaker[Session]) -> None:
    page = browser.get(ADDRESS).text
    assert "只有件数" in page

    assert press(browser, form_on(page, ADDRESS), email="wang@example.gov.cn").status_code == 302
    assert kept(sessions) == "wang@example.gov.cn"

    page = browser.get(ADDRESS).text
    assert 'value="wang@example.gov.cn"' in page
    press(browser, form_on(page, ADDRESS), email=" ")
    assert kept(sessions) is None
    assert "不再发送邮件" in browser.get(ADDRESS).text


@pytest.mark.parametrize("typed", ["wang", "w@a.cn\r\nBcc: x@y.cn", "x" * 201, "<w@a.cn>", "w\x00@a.cn"])
def test_what_is_no_address_comes_back_with_a_word(
    browser: FlaskClient, sessions: sessionmaker[Session], typed: str
) -> None:
    answer = press(browser, form_on(browser.get(ADDRESS).text, ADDRESS), email=typed)

    assert answer.status_code == 400
    assert "电子邮箱" in answer.text or "无法识别的字符" in answer.text
    assert kept(sessions) is None


@pytest.mark.parametrize("missing", ["smtp_url", "public_url"])
def test_where_no_mail_is_sent_nobody_is_asked(
    make_app: MakeApp, sessions: sessionmaker[Session], missing: str
) -> None:
    browser = signed_in(make_app(**MAIL | {missing: ""}), sessions, "admin")

    assert browser.get(ADDRESS).status_code == 404
    assert "邮件提醒" not in browser.get("/home/").text


def test_an_address_can_be_removed_after_mail_was_given_up(
    staff: FlaskClient, browser: FlaskClient, sessions: sessionmaker[Session]
) -> None:
    with writing(sessions) as session:
        session.execute(update(User).where(User.name == "admin").values(email="wang@example.gov.cn"))

    press(staff, form_on(staff.get(ADDRESS).text, ADDRESS), email="")

    assert kept(sessions) is None
    assert ADDRESS in browser.get("/home/").text
