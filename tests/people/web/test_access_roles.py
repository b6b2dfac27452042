"""Need to know: what each role may call, and that a submission somebody may not see does not exist for him."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.database import writing
from feedback.base.domain.permission import Role
from feedback.cases.models.submission import Submission
from feedback.people.models import RoleGrant
from feedback.people.services import account
from feedback.people.services.unit import create_unit, find_unit, root_unit
from tests.conftest import Person, signed_in
from tests.factories import Factory
from tests.pages import staff_fields
from tests.web import contents, forms_on

DECISIONS = ["accept", "reject", "reply", "complete", "reopen", "classify"]
FIELDS = {
    "version": "1", "reason": "好", "kind": "unclear", "body": "好", "outcome": "adopted", "summary": "好",
    "category": "", "task": "", "issue_nature": "", "priority": "normal", "responsible_unit": "", "purpose": "会议",
}  # fmt: skip
READERS = {Role.MODERATOR, Role.SUPERVISOR}
SECRET = "只有看得到的人才看得到"


def token_of(browser: FlaskClient) -> dict[str, str]:
    """The CSRF token of a browser's session."""
    return {"csrf_token": staff_fields(browser.get("/accounts/change-password").text)["csrf_token"]}


@pytest.mark.parametrize("role", Role)
def test_the_list_holds_texts_for_moderators_and_supervisors_alone(person: Person, make: Factory, role: Role) -> None:
    make.make_submission(text=SECRET)

    desk = person(role).get("/moderation/")

    assert desk.status_code == 200
    assert (SECRET in desk.text) is (role in READERS)


def test_a_supervisor_is_offered_no_decision(person: Person, make: Factory) -> None:
    page = person(Role.SUPERVISOR).get(f"/moderation/{make.make_submission(name='王', has_consented=True).number}")

    assert page.status_code == 200
    assert [form.action for form in forms_on(page.text)] == ["/accounts/sign-out"]


@pytest.mark.parametrize(("role", "sees_hours"), [(Role.MODERATOR, True), (Role.SUPERVISOR, False)])
def test_only_a_moderator_learns_the_hour(person: Person, make: Factory, role: Role, *, sees_hours: bool) -> None:
    number, browser = make.make_submission().number, person(role)

    pages = [browser.get(address).text for address in ("/moderation/", f"/moderation/{number}")]

    assert [("时许" in page, str(make.now.date()) in page) for page in pages] == [(sees_hours, True)] * 2
    assert sees_hours or "小时" not in pages[0]


def test_a_concerned_unit_sees_no_line_no_count_and_no_campaign(
    person: Person, staff: FlaskClient, make: Factory
) -> None:
    browser = person(Role.MODERATOR, unit_code="c1")
    empty = browser.get("/moderation/").data
    number = make.make_submission(text=SECRET).number
    with make.sessions() as session:
        unit = find_unit(session, "c1")
    assert unit is not None
    page = staff.get(f"/moderation/{number}").text
    chosen = {"responsible_unit": str(unit.id), "units": [str(unit.id)]}
    staff.post(f"/moderation/{number}/classify", data={**FIELDS, **staff_fields(page), **chosen})

    assert without_token(browser.get("/moderation/").data) == without_token(empty)
    assert browser.get("/exports/create?campaign=1").status_code == 404
    assert browser.post("/exports/create?campaign=1", data={**token_of(browser), "purpose": "好"}).status_code == 404


def without_token(page: bytes) -> bytes:
    """A page without the token that changes with every second."""
    before, _, rest = page.partition(b'name="csrf_token" value="')
    return before + rest.partition(b'"')[2]


def test_a_submission_of_another_campaign_s_unit_is_decided_there(person: Person, make: Factory) -> None:
    county = make.make_unit("c1", "甲县")
    make.set_campaign(unit_id=county.id)
    number, browser = make.make_submission().number, person(Role.MODERATOR, unit_code="c1")

    page = browser.get(f"/moderation/{number}")

    assert browser.post(f"/moderation/{number}/accept", data=staff_fields(page.text)).status_code == 302


def test_a_neighbour_whose_id_begins_alike_sees_nothing(person: Person, make: Factory) -> None:
    first, *_, tenth = sorted(
        (make.make_unit(f"c{place}", f"{place}县") for place in range(19)), key=lambda unit: unit.id
    )
    assert str(tenth.id).startswith(str(first.id))
    make.set_campaign(unit_id=tenth.id)
    number = make.make_submission().number

    assert person(Role.MODERATOR, unit_code=first.code).get(f"/moderation/{number}").status_code == 404


@pytest.mark.on_both("a statement of its own")
def test_a_right_held_elsewhere_decides_nothing_here(
    app: Flask, sessions: sessionmaker[Session], make: Factory
) -> None:
    """Supervisor at the root, moderator of a county: the county's right must not reach the root's submissions."""
    make.make_user("both", Role.SUPERVISOR)
    with writing(sessions) as session:
        county = create_unit(session, code="c1", name="甲县", parent=root_unit(session), level="county", agency=None)
        user = account.get_user(session, "both")
        session.add(RoleGrant(user_id=user.id, role=Role.MODERATOR, unit_id=county.id))
    number = make.make_submission(name="王小明", has_consented=True).number
    browser = signed_in(app, sessions, "both")
    page = browser.get(f"/moderation/{number}")
    assert "时许" not in page.text + browser.get("/moderation/").text
    before = contents(sessions)

    answers = [
        browser.post(f"/moderation/{number}/{action}", data={**FIELDS, **token_of(browser)})
        for action in [*DECISIONS, "contact"]
    ]

    assert page.status_code == 200
    assert [form.action for form in forms_on(page.text)] == ["/accounts/sign-out"]
    assert {answer.status_code for answer in answers} == {404}
    assert contents(sessions) == before
    assert "0 件" in browser.get("/exports/create?campaign=1").text


@pytest.mark.on_both("a statement of its own")
def test_the_clue_lane_is_closed_to_everybody_here(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    number = make.make_submission(text=SECRET).number
    with writing(sessions) as session:
        session.execute(update(Submission).where(Submission.number == number).values(lane="clue"))

    assert staff.get(f"/moderation/{number}").status_code == 404
    assert SECRET not in staff.get("/moderation/").text
