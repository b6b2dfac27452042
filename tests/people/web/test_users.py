"""People: invited, given roles on units and switched off by administrators, never by themselves."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

from feedback.base.adapters.database import writing
from feedback.base.domain.permission import Role
from feedback.base.models.audit import AuditEntry
from feedback.people.domain.user import OutOfReachError
from feedback.people.models import Invitation, User
from feedback.people.services import account
from feedback.people.services import user as users
from feedback.people.services.unit import create_unit, find_unit
from tests.conftest import NOW, signed_in
from tests.factories import Factory
from tests.pages import staff_fields
from tests.web import contents, is_signed_in, sign_in

PASSWORD = "lantern gravel sixty"

Invite = Callable[..., str]


def press(browser: FlaskClient, address: str, **typed: str) -> TestResponse:
    """Send a form of the users' pages with the token of the session."""
    return browser.post(address, data={**staff_fields(browser.get("/accounts/change-password").text), **typed})


def code_on(page: str) -> str:
    """The invitation's code, as the page shows it."""
    found = re.search(r'邀请码</dt><dd class="hash">([^<]+)</dd>', page)
    assert found is not None, page
    return found[1]


def id_of(sessions: sessionmaker[Session], name: str) -> int:
    with sessions() as session:
        return account.get_user(session, name).id


def unit_id(sessions: sessionmaker[Session], code: str) -> str:
    with sessions() as session:
        unit = find_unit(session, code)
        assert unit is not None
        return str(unit.id)


def recorded(sessions: sessionmaker[Session], subject: str) -> list[tuple[str, str | None]]:
    """The kinds of acts on an account, with who did them."""
    with sessions() as session:
        rows = session.execute(
            select(AuditEntry.kind, User.name)
            .outerjoin(User, User.id == AuditEntry.user_id)
            .where(AuditEntry.subject == subject)
            .order_by(AuditEntry.id)
        )
        return [(kind, by) for kind, by in rows]


@pytest.fixture
def invited(staff: FlaskClient, sessions: sessionmaker[Session]) -> Invite:
    """Invites somebody as an administrator does; returns the code."""

    def invite(name: str = "zhou", *, role: Role = Role.MODERATOR) -> str:
        root = unit_id(sessions, "root")
        page = press(staff, "/users/create", name=name, display_name="周敏", role=role, unit=root)
        assert page.status_code == 200, page.text
        return code_on(page.text)

    return invite


def join(browser: FlaskClient, code: str, password: str = PASSWORD, repeated: str | None = None) -> TestResponse:
    page = browser.get("/accounts/join").text
    typed = {"code": code, "new_password": password, "repeated": password if repeated is None else repeated}
    return browser.post("/accounts/join", data={**staff_fields(page), **typed})


def test_whoever_is_invited_sets_a_password_and_then_a_second_factor(client: FlaskClient, invited: Invite) -> None:
    answer = join(client, invited())

    assert (answer.status_code, answer.headers["Location"]) == (302, "/moderation/")
    assert client.get("/moderation/").headers["Location"] == "/accounts/second-factor/"


def test_a_collector_reads_nothing_and_needs_no_second_factor(client: FlaskClient, invited: Invite) -> None:
    join(client, invited(role=Role.COLLECTOR))

    assert is_signed_in(client)


@pytest.mark.parametrize(
    "spelled",
    [str.upper, lambda code: code.replace("-", ""), lambda code: f" {code} ", lambda code: code.replace("-", "　")],
)
def test_the_code_may_be_typed_as_it_was_printed_or_not(
    client: FlaskClient, invited: Invite, spelled: Callable[[str], str]
) -> None:
    assert join(client, spelled(invited())).status_code == 302


def test_the_code_stands_behind_the_sign_that_browsers_send_to_nobody(
    staff: FlaskClient, sessions: sessionmaker[Session]
) -> None:
    root = unit_id(sessions, "root")
    page = press(staff, "/users/create", name="zhou", display_name="周敏", role="moderator", unit=root).text

    code = code_on(page)
    links = re.findall(r'value="(http[^"]+)"', page)

    assert links == [f"http://localhost/accounts/join#{code}"]
    assert code not in str(contents(sessions))


def test_to_look_at_the_invitation_spends_nothing(app: Flask, client: FlaskClient, invited: Invite) -> None:
    code = invited()
    for _ in range(3):
        app.test_client().get("/accounts/join")

    assert join(client, code).status_code == 302


def test_an_invitation_works_once(app: Flask, client: FlaskClient, invited: Invite) -> None:
    code = invited()
    join(client, code)

    answer = join(app.test_client(), code, "another good long one")

    assert answer.status_code == 400
    assert "已经用过、过期了" in answer.text


def test_of_ten_who_spend_an_invitation_at_once_one_succeeds(app: Flask, invited: Invite) -> None:
    code, ready = invited(), Barrier(10)

    def spend(place: int) -> int:
        browser = app.test_client()
        ready.wait()
        return join(browser, code, f"{PASSWORD} {place}").status_code

    with ThreadPoolExecutor(10) as pool:
        statuses = sorted(pool.map(spend, range(10)))

    assert statuses == [302] + [400] * 9


@pytest.mark.on_both("a statement of its own")
def test_an_invitation_runs_out(client: FlaskClient, invited: Invite, sessions: sessionmaker[Session]) -> None:
    code = invited()
    with writing(sessions) as session:
        session.execute(update(Invitation).values(expires_at=NOW))

    assert join(client, code).status_code == 400


@pytest.mark.parametrize(
    ("password", "repeated", "words"),
    [
        ("short", None, "至少用 10 个字符"),
        ("zhou zhou zhou", None, "太容易猜到"),
        (PASSWORD, "else", "两次输入的密码不一样"),
    ],
)
def test_a_weak_password_spends_nothing(
    client: FlaskClient, invited: Invite, password: str, repeated: str | None, words: str
) -> None:
    code = invited()

    answer = join(client, code, password, repeated)

    assert (answer.status_code, words in answer.text) == (400, True)
    assert join(client, code).status_code == 302


@pytest.mark.parametrize("code", ["", "x", "aaaa-aaaa-aaaa-aaaa", "a" * 101, "𠮷", "\x00"])
def test_a_code_nobody_was_given_is_refused(client: FlaskClient, sessions: sessionmaker[Session], code: str) -> None:
    before = contents(sessions)

    assert join(client, code).status_code == 400
    assert contents(sessions) == before


def test_nobody_signs_in_to_an_account_before_its_invitation_is_spent(app: Flask, invited: Invite) -> None:
    invited("zhou")

    for password in ("!", "", PASSWORD):
        assert sign_in(app.test_client(), "zhou", password).status_code == 400


def test_inviting_again_ends_what_was_before(
    app: Flask, client: FlaskClient, staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    password = make.make_user("zhou", Role.MODERATOR)
    browser = signed_in(app, sessions, "zhou")

    page = press(staff, f"/users/{id_of(sessions, 'zhou')}/invite")

    assert not is_signed_in(browser)
    assert sign_in(app.test_client(), "zhou", password).status_code == 400
    assert join(client, code_on(page.text)).status_code == 302
    assert client.get("/moderation/").headers["Location"] == "/accounts/second-factor/"


@pytest.mark.on_both("a statement of its own")
def test_a_role_acts_on_the_next_request(
    app: Flask, staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    make.make_user("zhou", Role.SUPERVISOR)
    zhou, root = f"/users/{id_of(sessions, 'zhou')}", unit_id(sessions, "root")
    number = make.make_submission().number

    press(staff, f"{zhou}/grant", role="moderator", unit=root)
    assert "受理" in signed_in(app, sessions, "zhou").get(f"/moderation/{number}").text
    browser = signed_in(app, sessions, "zhou")
    press(staff, f"{zhou}/revoke", role="moderator", unit=root)
    press(staff, f"{zhou}/revoke", role="supervisor", unit=root)

    assert browser.get(f"/moderation/{number}").status_code == 302
    assert signed_in(app, sessions, "zhou").get(f"/moderation/{number}").status_code == 403
    assert [kind for kind, by in recorded(sessions, "zhou") if by == "admin"] == [
        "role_granted", "role_revoked", "role_revoked",
    ]  # fmt: skip


@pytest.mark.parametrize("action", ["grant", "revoke", "disable", "invite"])
def test_nobody_changes_his_own_account(staff: FlaskClient, sessions: sessionmaker[Session], action: str) -> None:
    before = contents(sessions)

    answer = press(
        staff, f"/users/{id_of(sessions, 'admin')}/{action}", role="supervisor", unit=unit_id(sessions, "root")
    )

    assert answer.status_code == 400
    assert "不能改动自己的账号" in answer.text
    assert contents(sessions) == before


def test_a_disabled_account_is_out_at_once_and_comes_back(
    app: Flask, staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    password = make.make_user("zhou", Role.MODERATOR)
    browser, zhou = signed_in(app, sessions, "zhou"), f"/users/{id_of(sessions, 'zhou')}"

    press(staff, f"{zhou}/disable")
    assert not is_signed_in(browser)
    assert sign_in(app.test_client(), "zhou", password).status_code == 400
    press(staff, f"{zhou}/enable")

    assert sign_in(app.test_client(), "zhou", password).status_code == 302


def test_an_administrator_of_a_county_reaches_its_people_and_nobody_above(
    app: Flask, make: Factory, sessions: sessionmaker[Session]
) -> None:
    county, court = make.make_unit("c1", "甲县"), make.make_unit("c2", "乙县")
    make.make_user("county", Role.ADMIN, unit=county)
    make.make_user("inside", Role.MODERATOR, unit=county)
    make.make_user("beside", Role.MODERATOR, unit=court)
    browser = signed_in(app, sessions, "county")

    listed = browser.get("/users/").text
    statuses = {
        name: browser.get(f"/users/{id_of(sessions, name)}").status_code for name in ("inside", "beside", "admin")
    }
    before = contents(sessions)
    outside = press(
        browser, f"/users/{id_of(sessions, 'inside')}/grant", role="moderator", unit=unit_id(sessions, "root")
    )
    above = press(browser, f"/users/{id_of(sessions, 'admin')}/invite")
    created = press(
        browser, "/users/create", name="new", display_name="新", role="admin", unit=unit_id(sessions, "root")
    )

    assert ("inside" in listed, "beside" in listed, '/users/1"' in listed) == (True, False, False)
    assert statuses == {"inside": 200, "beside": 404, "admin": 404}
    assert (outside.status_code, above.status_code, created.status_code) == (400, 404, 400)
    assert contents(sessions) == before


def test_a_service_refuses_a_unit_out_of_reach_whatever_the_page_offered(
    make: Factory, sessions: sessionmaker[Session]
) -> None:
    county = make.make_unit("c1", "甲县")
    make.make_user("county", Role.ADMIN, unit=county)
    make.make_user("inside", Role.MODERATOR, unit=county)
    with writing(sessions) as session:
        by = account.actor_of(session, account.get_user(session, "county"))
        root, inside = find_unit(session, "root"), account.get_user(session, "inside")
        assert root is not None
        sibling = create_unit(session, code="c9", name="丙县", parent=root, level="county", agency=None)

        for unit in (root, sibling):
            with pytest.raises(OutOfReachError):
                users.grant(session, inside, Role.SUPERVISOR, unit, by=by, now=NOW)


def test_supervisors_read_the_record_of_rights_and_change_nothing(
    app: Flask, staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    make.make_user("du", Role.SUPERVISOR)
    make.make_user("zhou", Role.COLLECTOR)
    press(staff, f"/users/{id_of(sessions, 'zhou')}/grant", role="moderator", unit=unit_id(sessions, "root"))
    browser = signed_in(app, sessions, "du")

    page = browser.get("/users/changes")

    assert page.status_code == 200
    assert re.search(r"zhou</strong>　授予角色　受理员", page.text)
    assert browser.get("/users/").status_code == 403


def test_a_name_that_is_taken_or_cannot_be_typed_is_refused_and_what_was_typed_stays(
    staff: FlaskClient, sessions: sessionmaker[Session]
) -> None:
    root = unit_id(sessions, "root")
    before = contents(sessions)

    answers = [
        press(staff, "/users/create", name=name, display_name="周敏", role="moderator", unit=root)
        for name in ("ADMIN", " ", "a\x07b", "长" * 41)
    ]

    assert {answer.status_code for answer in answers} == {400}
    assert all('value="周敏"' in answer.text for answer in answers)
    assert contents(sessions) == before


def test_one_s_own_sign_ins_are_listed_and_ended_one_by_one(
    app: Flask, make: Factory, sessions: sessionmaker[Session]
) -> None:
    password = make.make_user("zhou", Role.MODERATOR)
    here, phone = app.test_client(), app.test_client()
    sign_in(here, "zhou", password)
    phone.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (Linux; Android 13) Mobile MicroMessenger/8.0"
    sign_in(phone, "zhou", password)

    page = here.get("/accounts/sessions").text
    (ended,) = re.findall(r'name="session" value="([0-9a-f]{64})"', page)
    press(here, "/accounts/sessions/end", session=ended)

    assert "手机 微信" in page
    assert (is_signed_in(here), is_signed_in(phone)) == (True, False)


def test_nobody_ends_the_sign_in_of_another(
    app: Flask, staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    make.make_user("zhou", Role.MODERATOR)
    browser = signed_in(app, sessions, "zhou")
    signed_in(app, sessions, "zhou")
    others = re.findall(r'name="session" value="([0-9a-f]{64})"', browser.get("/accounts/sessions").text)

    press(staff, "/accounts/sessions/end", session=others[0])

    assert re.findall(r'name="session" value="([0-9a-f]{64})"', browser.get("/accounts/sessions").text) == others


@pytest.mark.on_both("values that a column of PostgreSQL refuses")
def test_what_fits_no_column_is_refused_and_no_error_of_ours(
    staff: FlaskClient, sessions: sessionmaker[Session]
) -> None:
    root = unit_id(sessions, "root")

    nothing = press(staff, "/accounts/sessions/end", session="\0")
    grown = press(staff, "/users/create", name="ß" * 40, display_name="周敏", role="moderator", unit=root)

    assert nothing.status_code < 500
    assert (grown.status_code, "账号名应有 1 到 40 个可见字符" in grown.text) == (400, True)
