"""What staff add to a submission, and the contact details they open: recorded, and never more than was asked for."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.database import writing
from feedback.base.adapters.files import default_campaign
from feedback.base.domain.permission import Role
from feedback.base.models.audit import AuditEntry
from feedback.base.models.unit import Unit
from feedback.cases.models.event import Event
from feedback.cases.models.submission import SubmissionUnit
from feedback.people.services.unit import root_unit
from tests.conftest import signed_in
from tests.factories import Factory
from tests.pages import decide
from tests.web import contents, count, events, form_on, press, revise, stored


@pytest.fixture
def units(make: Factory) -> list[str]:
    """The ids of two counties."""
    return [str(make.make_unit(code, name).id) for code, name in (("c1", "甲县"), ("c2", "乙县"))]


@pytest.mark.on_both("a statement of its own")
def test_a_submission_is_classified_with_one_event_that_keeps_old_and_new(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session], units: list[str]
) -> None:
    number = make.make_submission(category="heroes").number
    typed: dict[str, Any] = {
        "category": "efficiency", "task": "loyalty", "issue_nature": "blockage", "responsible_unit": units[0],
        "units": units, "responsible_person": " 王主任 ",
    }  # fmt: skip

    assert decide(staff, number, "classify", **typed).status_code == 302

    row = stored(sessions, number)
    assert (row.category, row.task, row.issue_nature, row.responsible_person) == (
        "efficiency",
        "loyalty",
        "blockage",
        "王主任",
    )
    assert (str(row.responsible_unit_id), count(sessions, SubmissionUnit)) == (units[0], 2)
    with sessions() as session:
        detail = session.scalars(select(Event.detail).where(Event.kind == "classified")).one()
    assert detail is not None and detail["category"] == ["heroes", "efficiency"]
    assert detail["units"] == [[], [int(unit) for unit in units]]


def test_a_term_that_a_revision_dropped_stays_where_it_was_chosen(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    number = make.make_submission(category="heroes").number
    sets = default_campaign()["content"]["sets"]
    revise(sessions, sets={**sets, "category": [term for term in sets["category"] if term["key"] != "heroes"]})

    press(staff, form_on(staff.get(f"/moderation/{number}").text, "/classify"), responsible_person="王主任")

    row = stored(sessions, number)
    assert (row.category, row.responsible_person) == ("heroes", "王主任")


def test_the_page_shows_a_classification_and_offers_it_again(
    staff: FlaskClient, make: Factory, units: list[str]
) -> None:
    number = make.make_submission().number
    decide(
        staff,
        number,
        "classify",
        category="efficiency",
        task="",
        issue_nature="",
        responsible_unit=units[1],
        units=units,
    )

    page = staff.get(f"/moderation/{number}").text

    form = form_on(page, "/classify")
    assert (form.value("category"), form.value("responsible_unit")) == ("efficiency", units[1])
    assert form.fields["units"] == units
    assert "<dd>甲县、乙县</dd>" in page


def test_saving_a_classification_unchanged_writes_no_event(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    number = make.make_submission(category="heroes").number
    form = form_on(staff.get(f"/moderation/{number}").text, "/classify")

    assert press(staff, form).status_code == 302

    assert events(sessions, number) == ["received"]


@pytest.mark.on_both("a statement of its own")
def test_a_classification_can_be_taken_back(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session], units: list[str]
) -> None:
    number = make.make_submission().number
    chosen = {"category": "efficiency", "task": "", "issue_nature": "", "responsible_unit": units[0]}
    decide(staff, number, "classify", units=units, **chosen)

    decide(staff, number, "classify", category="", task="", issue_nature="", responsible_unit="")

    row = stored(sessions, number)
    assert (row.category, row.responsible_unit_id, count(sessions, SubmissionUnit)) == (None, None, 0)


@pytest.mark.parametrize(
    "fields",
    [{"category": "made_up"}, {"responsible_unit": "999"}, {"units": ["999"]}, {"units": ["x"]},
     {"responsible_person": "长" * 41}],
)  # fmt: skip
def test_a_classification_that_does_not_exist_is_refused(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session], fields: dict[str, Any]
) -> None:
    number = make.make_submission().number
    form = form_on(staff.get(f"/moderation/{number}").text, "/classify")
    before = contents(sessions)

    answer = press(staff, form, **fields)

    assert answer.status_code == 400
    assert contents(sessions) == before


def test_contact_details_are_shown_once_after_a_reason_was_recorded(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    number = make.make_submission(name="王小明", phone="13812341234", has_consented=True).number

    shown = decide(staff, number, "contact", reason="核实时间")

    assert shown.status_code == 200
    assert "<dd>王小明 13812341234</dd>" in shown.text
    with sessions() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.kind == "contact_viewed")).one()
    assert (entry.reason, entry.submission_id is not None, entry.user_id is not None) == ("核实时间", True, True)
    later = staff.get(f"/moderation/{number}").text
    assert "13812341234" not in later
    assert "查看联系方式</strong>　管理员<br>核实时间" in later


@pytest.mark.parametrize("reason", ["", "   ", "长" * 1_001], ids=["nothing", "blanks", "too long"])
def test_contact_details_stay_closed_without_a_reason(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session], reason: str
) -> None:
    number = make.make_submission(name="王小明", phone="13812341234", has_consented=True).number

    answer = decide(staff, number, "contact", reason=reason)

    assert answer.status_code == 400
    assert "13812341234" not in answer.text
    with sessions() as session:
        assert session.scalars(select(AuditEntry).where(AuditEntry.kind == "contact_viewed")).all() == []


def test_contact_details_stand_on_no_other_page(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    number = make.make_submission(name="王小明", phone="13812341234", has_consented=True).number

    pages = [staff.get("/moderation/").text, staff.get(f"/moderation/{number}").text]
    pages += [decide(staff, number, action).text for action in ("accept", "reply")]

    assert all("王小明" not in page and "13812341234" not in page for page in pages)
    assert "已留联系方式" in pages[1]


def test_what_a_unit_is_called_now_is_what_the_page_says(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    number = make.make_submission().number
    with writing(sessions) as session:
        root = str(root_unit(session).id)
    decide(staff, number, "classify", category="", task="", issue_nature="", responsible_unit=root)
    with writing(sessions) as session:
        session.get_one(Unit, int(root)).name = "新名称办公室"

    assert "<dd>新名称办公室</dd>" in staff.get(f"/moderation/{number}").text


def test_contact_details_are_masked_for_who_may_open_them_and_hidden_from_others(
    app: Flask, staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    number = make.make_submission(name="王小明", phone="13812341234", has_consented=True).number
    make.make_user("reader", Role.SUPERVISOR)

    seen = staff.get(f"/moderation/{number}").text
    read = signed_in(app, sessions, "reader").get(f"/moderation/{number}").text

    assert ("王**" in seen, "138****1234" in seen) == (True, True)
    assert "已留联系方式" in read
    assert ("王*" in read, "138*" in read) == (False, False)


def test_priority_and_tags_are_set_found_and_taken_off(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    number, other = make.make_submission().number, make.make_submission().number
    whole = {"category": "", "task": "", "issue_nature": "", "responsible_unit": "", "priority": "urgent"}

    decide(staff, number, "classify", **whole, tags=["media", "call_back"])

    assert stored(sessions, number).priority == "urgent"
    for address in ("priority=urgent", "tag=media"):
        listed = staff.get(f"/moderation/?{address}").text
        assert (number in listed, other in listed) == (True, False)
    page = staff.get(f"/moderation/{number}").text
    assert any(shown in page for shown in ("媒体关注、需要回访", "需要回访、媒体关注"))
    decide(staff, number, "classify", **whole | {"priority": "normal"})
    assert number not in staff.get("/moderation/?tag=media").text
    assert decide(staff, number, "classify", **whole, tags=["made_up"]).status_code == 400
