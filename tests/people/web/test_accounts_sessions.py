"""Sessions of staff: a new id at every change, two limits, and no way back to an ended one."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.database import writing
from feedback.base.domain.permission import Role
from feedback.people.models import RoleGrant, StaffSession, User
from feedback.people.services import account
from feedback.people.services import user as users
from tests.conftest import NOW, PASSWORD, signed_in
from tests.factories import Factory
from tests.pages import staff_fields
from tests.people.web.test_accounts_sign_in import NEW_PASSWORD, press_change
from tests.web import copy_of, form_on, is_signed_in, press, sign_in


def age(sessions: sessionmaker[Session], *, created: timedelta, seen: timedelta) -> None:
    """Let every session have begun, and been used last, so long ago."""
    now = datetime.now(UTC)
    with writing(sessions) as session:
        session.execute(update(StaffSession).values(created_at=now - created, last_seen_at=now - seen))


def token_in(browser: FlaskClient) -> str | None:
    """The session's token in a browser's cookie."""
    with browser.session_transaction() as cookie:
        return cookie.get("token")


def test_a_cookie_planted_before_the_sign_in_opens_nothing_afterwards(app: Flask) -> None:
    victim = app.test_client()
    victim.get("/accounts/sign-in")
    planted = copy_of(app, victim)

    sign_in(victim, "admin", PASSWORD)

    assert is_signed_in(victim)
    assert not is_signed_in(planted)


def test_a_token_planted_before_the_sign_in_opens_nothing_afterwards(app: Flask) -> None:
    victim = app.test_client()
    with victim.session_transaction() as cookie:
        cookie["token"] = "chosen by somebody else"
    planted = copy_of(app, victim)

    sign_in(victim, "admin", PASSWORD)

    assert token_in(victim) != "chosen by somebody else"
    assert not is_signed_in(planted)


def test_signing_in_again_ends_the_session_the_browser_had(app: Flask) -> None:
    browser = app.test_client()
    sign_in(browser, "admin", PASSWORD)
    earlier = copy_of(app, browser)

    sign_in(browser, "admin", PASSWORD)

    assert is_signed_in(browser)
    assert not is_signed_in(earlier)


def test_two_browsers_of_one_account_have_sessions_of_their_own(app: Flask) -> None:
    office, home = app.test_client(), app.test_client()
    sign_in(office, "admin", PASSWORD)
    sign_in(home, "admin", PASSWORD)

    press(home, form_on(home.get("/moderation/").text, "/accounts/sign-out"))

    assert (is_signed_in(office), is_signed_in(home)) == (True, False)


@pytest.mark.on_both("a statement of its own")
def test_only_a_hash_of_the_token_is_stored(staff: FlaskClient, sessions: sessionmaker[Session]) -> None:
    with sessions() as session:
        hashes = session.scalars(select(StaffSession.token_hash)).all()

    assert token_in(staff) not in hashes


@pytest.mark.on_both("a statement of its own")
@pytest.mark.parametrize(
    ("created", "seen", "is_open"),
    [
        (timedelta(minutes=29), timedelta(minutes=29), True),
        (timedelta(minutes=31), timedelta(minutes=31), False),
        (timedelta(hours=7, minutes=59), timedelta(minutes=1), True),
        (timedelta(hours=8, minutes=1), timedelta(0), False),
    ],
    ids=["idle 29 min", "idle 31 min", "used for 7 h 59 min", "used for 8 h 1 min"],
)
def test_a_session_ends_after_half_an_hour_of_rest_and_after_eight_hours(
    staff: FlaskClient, sessions: sessionmaker[Session], created: timedelta, seen: timedelta, is_open: bool
) -> None:
    age(sessions, created=created, seen=seen)

    assert is_signed_in(staff) is is_open


@pytest.mark.on_both("a statement of its own")
def test_work_moves_the_idle_limit_on(staff: FlaskClient, sessions: sessionmaker[Session]) -> None:
    age(sessions, created=timedelta(minutes=50), seen=timedelta(minutes=29))
    staff.get("/moderation/")

    with sessions() as session:
        seen_at = session.scalars(select(StaffSession.last_seen_at)).one()

    assert datetime.now(UTC) - seen_at < timedelta(minutes=1)


def test_an_ended_session_is_not_revived_by_using_it(staff: FlaskClient, sessions: sessionmaker[Session]) -> None:
    age(sessions, created=timedelta(hours=1), seen=timedelta(minutes=31))

    assert not is_signed_in(staff)
    assert not is_signed_in(staff)


def test_a_cookie_kept_from_before_the_sign_out_opens_nothing(app: Flask, staff: FlaskClient) -> None:
    kept = copy_of(app, staff)

    answer = press(staff, form_on(staff.get("/moderation/").text, "/accounts/sign-out"))

    assert answer.headers["Location"] == "/accounts/sign-in"
    assert (is_signed_in(staff), is_signed_in(kept)) == (False, False)


def test_a_cookie_kept_from_before_a_new_password_opens_nothing(
    app: Flask, staff: FlaskClient, sessions: sessionmaker[Session]
) -> None:
    kept, elsewhere = copy_of(app, staff), signed_in(app, sessions, "admin")

    assert press_change(staff, old=PASSWORD, new=NEW_PASSWORD).status_code == 302

    assert is_signed_in(staff)
    assert (is_signed_in(kept), is_signed_in(elsewhere)) == (False, False)


def test_a_disabled_account_is_out_at_the_next_request_and_stays_out(
    app: Flask, sessions: sessionmaker[Session], make: Factory
) -> None:
    password = make.make_user("li", Role.MODERATOR)
    browser = signed_in(app, sessions, "li")
    with writing(sessions) as session:
        users.set_disabled(session, account.get_user(session, "li"), is_disabled=True, now=NOW)

    assert not is_signed_in(browser)
    assert sign_in(browser, "li", password).status_code == 400


@pytest.mark.on_both("a statement of its own")
def test_a_disabled_account_is_out_even_where_its_session_was_left(
    app: Flask, sessions: sessionmaker[Session], make: Factory
) -> None:
    make.make_user("li", Role.MODERATOR)
    browser = signed_in(app, sessions, "li")
    with writing(sessions) as session:
        session.execute(update(User).where(User.name == "li").values(disabled_at=NOW))

    assert not is_signed_in(browser)


def test_a_role_taken_away_is_gone_at_the_next_request(
    app: Flask, sessions: sessionmaker[Session], make: Factory
) -> None:
    make.make_user("li", Role.MODERATOR)
    browser = signed_in(app, sessions, "li")
    assert browser.get("/canned-answers/").status_code == 200
    with writing(sessions) as session:
        user = account.get_user(session, "li")
        session.execute(delete(RoleGrant).where(RoleGrant.user_id == user.id))

    assert browser.get("/canned-answers/").status_code == 403


@pytest.mark.on_both("a statement of its own")
def test_whoever_holds_no_role_any_more_is_told_so_and_signs_out(
    app: Flask, sessions: sessionmaker[Session], make: Factory
) -> None:
    make.make_user("li", Role.COLLECTOR)
    browser = signed_in(app, sessions, "li")
    with writing(sessions) as session:
        session.execute(delete(RoleGrant))

    desk = browser.get("/moderation/").text
    answer = press(browser, form_on(desk, "/sign-out"))

    assert "您还没有可以查看的征集活动" in desk
    assert answer.status_code == 302
    assert browser.get("/moderation/").headers["Location"].startswith("/accounts/sign-in")


def test_a_forged_cookie_opens_nothing(app: Flask, staff: FlaskClient) -> None:
    cookie = staff.get_cookie("staff")
    assert cookie is not None
    forged = app.test_client()

    for value in (cookie.value[:-2] + "xx", cookie.value.rpartition(".")[0], "eyJ0b2tlbiI6IngifQ", "x" * 4_000):
        forged.set_cookie("staff", value)
        assert not is_signed_in(forged)


def test_old_sessions_are_swept_at_the_next_sign_in(
    app: Flask, staff: FlaskClient, sessions: sessionmaker[Session]
) -> None:
    age(sessions, created=timedelta(hours=9), seen=timedelta(hours=9))

    sign_in(app.test_client(), "admin", PASSWORD)

    with sessions() as session:
        assert len(session.scalars(select(StaffSession)).all()) == 1


def test_signing_out_needs_the_token_of_the_page(staff: FlaskClient) -> None:
    assert staff.post("/accounts/sign-out").status_code == 400

    assert is_signed_in(staff)
    assert staff.post("/accounts/sign-out", data=staff_fields(staff.get("/moderation/").text)).status_code == 302
