"""Signing in: the same answer for every mistake, slowed and never locked, and always to a page of our own."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

from feedback.base.adapters.database import writing
from feedback.base.domain.permission import Role
from feedback.base.models.audit import AuditEntry
from feedback.people.models import User
from feedback.people.services import account
from feedback.people.services import user as users
from feedback.people.services.unit import root_unit
from tests.authenticators import fresh_code
from tests.conftest import NOW, PASSWORD, signed_in
from tests.factories import Factory
from tests.pages import staff_fields
from tests.web import contents, form_on, is_signed_in, press, sign_in

NEW_PASSWORD = "three blue wooden boats"


def audited(sessions: sessionmaker[Session], kind: str) -> int:
    """How many acts of one kind are on record."""
    with sessions() as session:
        return len(session.scalars(select(AuditEntry.id).where(AuditEntry.kind == kind)).all())


def press_change(browser: FlaskClient, *, old: str, new: str, repeated: str | None = None) -> TestResponse:
    """Send the page that changes the password."""
    token = staff_fields(browser.get("/accounts/change-password").text)
    fields = {"old_password": old, "new_password": new, "repeated": new if repeated is None else repeated}
    return browser.post("/accounts/change-password", data={**token, **fields})


@pytest.fixture
def first_password(sessions: sessionmaker[Session]) -> str:
    """The first password of a fresh account called newcomer."""
    with writing(sessions) as session:
        newcomer = users.create_user(
            session, name="newcomer", display_name="新人", roles=[Role.MODERATOR], unit=root_unit(session), now=NOW
        )
        password, hashed = users.first_password()
        users.give_password(session, newcomer, hashed, now=NOW)
        return password


@pytest.mark.parametrize("name", ["admin", "ADMIN", " admin "])
def test_name_and_password_open_the_desk(client: FlaskClient, name: str) -> None:
    answer = sign_in(client, name, PASSWORD)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/moderation/")
    assert is_signed_in(client)


def test_a_stranger_is_led_to_the_sign_in_and_then_on(client: FlaskClient, make: Factory) -> None:
    wanted = f"/moderation/{make.make_submission().number}?x=1"

    asked = client.get(wanted, follow_redirects=True)
    typed = {"name": "admin", "password": PASSWORD, "code": fresh_code(make.sessions, "admin")}
    answer = press(client, form_on(asked.text, "/accounts/sign-in"), **typed)

    assert answer.headers["Location"] == wanted


def test_every_mistake_gets_the_same_answer(app: Flask, sessions: sessionmaker[Session], make: Factory) -> None:
    password = make.make_user("gone", Role.MODERATOR)
    with writing(sessions) as session:
        users.set_disabled(session, account.get_user(session, "gone"), is_disabled=True, now=NOW)
    # One for all, since the page gives it back: the next half minute has another.
    pages, code = [], fresh_code(sessions, "admin")

    for name, tried in (("admin", "wrong password"), ("nobody", "wrong password"), ("gone", password)):
        answer = sign_in(app.test_client(), name, tried, code=code)
        assert answer.status_code == 400
        page = answer.text.replace(staff_fields(answer.text)["csrf_token"], "")
        pages.append(page.replace(f'value="{name}"', ""))

    assert pages[0] == pages[1] == pages[2]
    assert "账号、密码或动态口令不对" in pages[0]


def test_a_password_is_never_sent_back(client: FlaskClient) -> None:
    assert "wrong password" not in sign_in(client, "admin", "wrong password").text


@pytest.mark.parametrize("fields", [{"name": ""}, {"password": ""}, {"name": "a" * 41}, {"password": "a" * 201}])
def test_a_form_that_cannot_be_right_is_told_so(client: FlaskClient, fields: dict[str, str]) -> None:
    answer = sign_in(client, **{"name": "admin", "password": PASSWORD, **fields})

    assert answer.status_code == 400
    assert not is_signed_in(client)


def test_every_try_is_recorded_without_the_name_that_was_typed(
    client: FlaskClient, sessions: sessionmaker[Session]
) -> None:
    sign_in(client, "my secret password", "x")
    sign_in(client, "admin", PASSWORD)

    assert [audited(sessions, kind) for kind in ("sign_in_tried", "sign_in_failed", "signed_in")] == [2, 1, 1]
    assert "my secret password" not in str(contents(sessions))


def test_the_eleventh_try_in_a_minute_is_slowed_even_with_the_right_password(
    client: FlaskClient, sessions: sessionmaker[Session]
) -> None:
    for _ in range(10):
        assert sign_in(client, "admin", "wrong password").status_code == 400

    answer = sign_in(client, "admin", PASSWORD)

    assert answer.status_code == 429
    assert "账号没有被锁定" in answer.text
    assert not is_signed_in(client)
    assert [audited(sessions, kind) for kind in ("sign_in_tried", "sign_in_slowed")] == [10, 1]


def test_strangers_cannot_slow_down_somebody_in_his_own_browser(
    app: Flask, client: FlaskClient, sessions: sessionmaker[Session]
) -> None:
    sign_in(client, "admin", PASSWORD)
    press(client, form_on(client.get("/moderation/").text, "/sign-out"))
    stranger = app.test_client()
    statuses = [sign_in(stranger, "admin", "wrong password").status_code for _ in range(12)]

    assert statuses == [400] * 9 + [429] * 3
    assert sign_in(client, "admin", PASSWORD).status_code == 302


def test_the_mark_of_a_browser_is_good_for_its_own_account_only_and_cannot_be_made_up(
    app: Flask, client: FlaskClient, make: Factory
) -> None:
    make.make_user("wang", Role.MODERATOR)
    sign_in(client, "admin", PASSWORD)
    made_up = app.test_client()
    made_up.set_cookie("device", "WyJhIiwiYiJd.AAAA", path="/accounts")

    for browser, name in ((client, "wang"), (made_up, "admin")):
        for _ in range(10):
            sign_in(app.test_client(), name, "wrong password")
        assert sign_in(browser, name, "wrong password").status_code == 429


def test_a_marked_browser_has_ten_tries_a_minute_too(client: FlaskClient) -> None:
    sign_in(client, "admin", PASSWORD)

    assert [sign_in(client, "admin", "wrong password").status_code for _ in range(11)] == [400] * 10 + [429]


def test_the_right_password_works_a_minute_later(client: FlaskClient, make: Factory) -> None:
    a_minute_ago = datetime.now(UTC) - timedelta(seconds=61)
    with writing(make.sessions) as session:
        for _ in range(10):
            account.record_try(session, "admin", keys=make.keys, now=a_minute_ago)

    assert sign_in(client, "admin", PASSWORD).status_code == 302


def test_tries_at_one_account_slow_no_other(client: FlaskClient, make: Factory) -> None:
    with writing(make.sessions) as session:
        for _ in range(10):
            account.record_try(session, "somebody", keys=make.keys, now=datetime.now(UTC))

    assert sign_in(client, "admin", PASSWORD).status_code == 302


FOREIGN = [
    "https://other.example", "//other.example", "/\\other.example", "\\\\other.example", "javascript:alert(1)",
    "/\t/other.example", "/\n/other.example", " //other.example", "other.example", "", "/\x00", "http:/other.example",
    "https:other.example",
]  # fmt: skip


@pytest.mark.parametrize("path", FOREIGN)
def test_nobody_is_led_to_another_site_after_signing_in(client: FlaskClient, path: str) -> None:
    answer = sign_in(client, "admin", PASSWORD, next=path)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/moderation/")


def test_a_path_of_our_own_is_followed(client: FlaskClient) -> None:
    answer = sign_in(client, "admin", PASSWORD, next="/moderation/?group=citizen&kind=problem")

    assert answer.headers["Location"] == "/moderation/?group=citizen&kind=problem"


def test_a_first_password_opens_nothing_but_the_change_of_it(
    app: Flask, sessions: sessionmaker[Session], first_password: str, make: Factory
) -> None:
    browser, number = app.test_client(), make.make_submission().number
    assert sign_in(browser, "newcomer", first_password).status_code == 302
    token = staff_fields(browser.get("/accounts/change-password").text)
    before = contents(sessions)

    answers = [browser.get(path) for path in ("/moderation/", f"/moderation/{number}", "/exports/", "/exports/1")]
    answers += [
        browser.post(path, data={**token, "version": "1", "purpose": "会议", "reason": "好"})
        for path in (f"/moderation/{number}/accept", f"/moderation/{number}/reject", "/exports/create?campaign=1")
    ]

    assert {answer.headers.get("Location") for answer in answers} == {"/accounts/change-password"}
    assert contents(sessions) == before


def test_after_the_change_the_second_factor_is_set_up(app: Flask, first_password: str) -> None:
    browser = app.test_client()
    sign_in(browser, "newcomer", first_password)

    answer = press_change(browser, old=first_password, new=NEW_PASSWORD)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/moderation/")
    assert browser.get("/moderation/").headers["Location"] == "/accounts/second-factor/"


@pytest.mark.parametrize(
    ("old", "new", "repeated", "words"),
    [
        ("wrong password", NEW_PASSWORD, NEW_PASSWORD, "原密码不对"),
        (PASSWORD, NEW_PASSWORD, NEW_PASSWORD + "x", "两次输入的新密码不一样"),
        (PASSWORD, "short", "short", "至少用 10 个字符"),
        (PASSWORD, PASSWORD, PASSWORD, "不能和原密码一样"),
        (PASSWORD, "adminadmin1", "adminadmin1", "太容易猜到"),
        (PASSWORD, "Aa123456789!", "Aa123456789!", "太容易猜到"),
        (PASSWORD, "1111111111111", "1111111111111", "太容易猜到"),
        ("", "", "", "请填写原密码"),
        (PASSWORD, "长" * 201, "长" * 201, "密码最多 200 个字符"),
    ],
)
def test_a_new_password_is_refused_in_words(
    staff: FlaskClient, sessions: sessionmaker[Session], old: str, new: str, repeated: str, words: str
) -> None:
    before = contents(sessions)

    answer = press_change(staff, old=old, new=new, repeated=repeated)

    assert answer.status_code == 400
    assert words in answer.text
    assert contents(sessions) == before


def test_the_old_password_opens_nothing_after_a_change(
    app: Flask, staff: FlaskClient, sessions: sessionmaker[Session]
) -> None:
    assert press_change(staff, old=PASSWORD, new=NEW_PASSWORD).status_code == 302

    assert sign_in(app.test_client(), "admin", PASSWORD).status_code == 400
    assert sign_in(app.test_client(), "admin", NEW_PASSWORD).status_code == 302
    assert NEW_PASSWORD not in str(contents(sessions))


def test_an_operator_s_reset_ends_every_session_and_asks_for_a_change(
    app: Flask, sessions: sessionmaker[Session]
) -> None:
    browser = signed_in(app, sessions, "admin")
    with writing(sessions) as session:
        password, hashed = users.first_password()
        users.give_password(session, account.get_user(session, "admin"), hashed, now=NOW)

    assert not is_signed_in(browser)
    assert sign_in(browser, "admin", password).status_code == 302
    assert browser.get("/moderation/").headers["Location"] == "/accounts/change-password"
    with sessions() as session:
        assert session.scalars(select(User).where(User.name == "admin")).one().must_change_password
