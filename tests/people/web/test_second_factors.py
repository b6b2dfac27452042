"""The second factor: set up once, every code good for one sign-in."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.database import writing
from feedback.base.domain.permission import Role
from feedback.base.models.audit import AuditEntry
from feedback.people.models import SecondFactor
from feedback.people.services import account, second_factor
from feedback.people.services import user as users
from tests.authenticators import SECRET, fresh_code
from tests.conftest import NOW, PASSWORD, signed_in
from tests.factories import Factory
from tests.pages import staff_fields
from tests.web import contents, copy_of, form_on, is_signed_in, press, sign_in


@pytest.fixture
def newcomer(app: Flask, make: Factory, sessions: sessionmaker[Session]) -> FlaskClient:
    """A moderator who has a password and no authenticator yet."""
    make.make_user("zhou", Role.MODERATOR)
    with writing(sessions) as session:
        second_factor.remove(session, account.get_user(session, "zhou"))
    return signed_in(app, sessions, "zhou")


def secret_on(page: str) -> str:
    """The secret the page shows to be typed by hand."""
    found = re.search(r'密钥 <span class="hash">([A-Z2-7 ]+)</span>', page)
    assert found is not None, page
    return found[1].replace(" ", "")


def sealed_on(page: str) -> str:
    """What the page carries of its secret."""
    return form_on(page, "/second-factor/").value("sealed")


def present(secret: str) -> str:
    return pyotp.TOTP(secret).at(datetime.now(UTC))


def codes_on(page: str) -> list[str]:
    """The recovery codes a page shows."""
    return re.findall(r'<li class="hash">([^<]+)</li>', page)


def test_until_it_is_set_up_nothing_else_opens(
    newcomer: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    number = make.make_submission().number
    token = staff_fields(newcomer.get("/accounts/second-factor/").text)
    before = contents(sessions)

    answers = [
        newcomer.get(path) for path in ("/moderation/", f"/moderation/{number}", "/exports/", "/accounts/sessions")
    ]
    answers.append(newcomer.post(f"/moderation/{number}/accept", data={**token, "version": "1"}))

    assert {answer.headers.get("Location") for answer in answers} == {"/accounts/second-factor/"}
    assert contents(sessions) == before


def test_scanning_and_typing_a_code_sets_it_up_and_gives_recovery_codes(app: Flask, newcomer: FlaskClient) -> None:
    page = newcomer.get("/accounts/second-factor/").text
    before = copy_of(app, newcomer)

    answer = press(newcomer, form_on(page, "/second-factor/"), code=present(secret_on(page)))

    assert answer.status_code == 200
    assert len(set(codes_on(answer.text))) == 10
    assert is_signed_in(newcomer)
    assert not is_signed_in(before)


@pytest.mark.parametrize("code", ["", "000000", "abc", "１２３", "9" * 40])
def test_a_wrong_first_code_changes_nothing_and_shows_the_same_secret_again(
    newcomer: FlaskClient, sessions: sessionmaker[Session], code: str
) -> None:
    page = newcomer.get("/accounts/second-factor/").text
    before = contents(sessions)

    answer = press(newcomer, form_on(page, "/second-factor/"), code=code)

    assert answer.status_code == 400
    assert secret_on(answer.text) == secret_on(page)
    assert contents(sessions) == before


def test_a_secret_of_somebody_else_s_page_is_not_taken(
    app: Flask, newcomer: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    make.make_user("li", Role.MODERATOR)
    with writing(sessions) as session:
        second_factor.remove(session, account.get_user(session, "li"))
    foreign = signed_in(app, sessions, "li").get("/accounts/second-factor/").text
    page = newcomer.get("/accounts/second-factor/").text

    answer = press(
        newcomer,
        form_on(page, "/second-factor/"),
        sealed=sealed_on(foreign),
        code=present(secret_on(foreign)),
    )

    assert answer.status_code == 400
    assert secret_on(answer.text) != secret_on(foreign)


def test_it_cannot_be_replaced_by_whoever_sits_at_an_open_browser(
    staff: FlaskClient, newcomer: FlaskClient, sessions: sessionmaker[Session]
) -> None:
    before = contents(sessions)
    page = newcomer.get("/accounts/second-factor/").text

    answer = staff.post(
        "/accounts/second-factor/",
        data={**staff_fields(staff.get("/moderation/").text), "sealed": sealed_on(page),
              "code": present(secret_on(page))},
    )  # fmt: skip

    assert "换一组备用码" in answer.text
    assert contents(sessions) == before


@pytest.mark.on_both("a statement of its own")
def test_the_secret_is_stored_encrypted(staff: FlaskClient, sessions: sessionmaker[Session]) -> None:
    with sessions() as session:
        (stored,) = session.scalars(select(SecondFactor.secret))

    assert SECRET.encode() not in stored
    assert SECRET not in str(contents(sessions))


@pytest.mark.parametrize("code", ["", "000000", "12345", "1234567"])
def test_the_right_password_alone_opens_nothing_and_is_not_told_to_be_right(app: Flask, code: str) -> None:
    browser = app.test_client()

    answer = sign_in(browser, "admin", PASSWORD, code=code)
    wrong = sign_in(app.test_client(), "admin", "wrong password", code=code)

    assert answer.status_code == wrong.status_code == 400
    assert "账号、密码或动态口令不对" in answer.text
    assert not is_signed_in(browser)


def test_a_code_is_taken_as_phones_and_people_write_it(app: Flask, sessions: sessionmaker[Session]) -> None:
    code = fresh_code(sessions, "admin")
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in code)

    assert sign_in(app.test_client(), "admin", PASSWORD, code=f" {wide[:3]} {wide[3:]} ").status_code == 302


def test_a_used_code_never_works_twice(app: Flask, sessions: sessionmaker[Session]) -> None:
    code = fresh_code(sessions, "admin")

    statuses = [sign_in(app.test_client(), "admin", PASSWORD, code=code).status_code for _ in range(3)]

    assert statuses == [302, 400, 400]


def test_of_twenty_uses_of_one_code_at_once_one_succeeds(make: Factory, sessions: sessionmaker[Session]) -> None:
    code, ready, moment = fresh_code(sessions, "admin"), Barrier(20), datetime.now(UTC)

    def use(_place: int) -> bool:
        ready.wait()
        try:
            with writing(sessions) as session:
                user = account.get_user(session, "admin")
                account.sign_in(session, user.id, verified=user.password_hash, code=code, keys=make.keys, now=moment)
        except account.WrongPasswordError:
            return False
        return True

    with ThreadPoolExecutor(20) as pool:
        succeeded = list(pool.map(use, range(20)))

    assert succeeded.count(True) == 1


@pytest.mark.on_both("a statement of its own")
def test_a_recovery_code_works_once_in_place_of_the_phone(
    app: Flask, make: Factory, sessions: sessionmaker[Session]
) -> None:
    with writing(sessions) as session:
        user = account.get_user(session, "admin")
        first, second, *_ = second_factor.renew_recovery_codes(session, user, keys=make.keys, now=NOW)

    statuses = [
        sign_in(app.test_client(), "admin", PASSWORD, code=code).status_code
        for code in (first.upper(), first, second.replace("-", " "))
    ]

    assert statuses == [302, 400, 302]
    assert first not in str(contents(sessions))
    with sessions() as session:
        used = session.scalars(select(AuditEntry.id).where(AuditEntry.kind == "recovery_code_used")).all()
    assert len(used) == 2


def test_somebody_else_s_recovery_code_opens_nothing(
    app: Flask, make: Factory, sessions: sessionmaker[Session]
) -> None:
    password = make.make_user("zhou", Role.MODERATOR)
    with writing(sessions) as session:
        user = account.get_user(session, "admin")
        codes = second_factor.renew_recovery_codes(session, user, keys=make.keys, now=NOW)

    assert sign_in(app.test_client(), "zhou", password, code=codes[0]).status_code == 400


def test_fresh_recovery_codes_take_a_code_and_replace_the_old_ones(
    app: Flask, staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    with writing(sessions) as session:
        old = second_factor.renew_recovery_codes(session, account.get_user(session, "admin"), keys=make.keys, now=NOW)
    page = staff.get("/accounts/second-factor/").text

    refused = press(staff, form_on(page, "/recovery-codes"), code="000000")
    answer = press(staff, form_on(page, "/recovery-codes"), code=fresh_code(sessions, "admin"))

    assert refused.status_code == 400
    assert len(codes_on(answer.text)) == 10
    assert sign_in(app.test_client(), "admin", PASSWORD, code=old[0]).status_code == 400


def test_an_operator_lets_somebody_who_lost_everything_begin_anew(app: Flask, sessions: sessionmaker[Session]) -> None:
    with writing(sessions) as session:
        users.reset_second_factor(session, "admin", now=NOW)
    browser = app.test_client()

    assert sign_in(browser, "admin", PASSWORD, code="").status_code == 302
    assert browser.get("/moderation/").headers["Location"] == "/accounts/second-factor/"
