"""Filters under a name: found again beside the queues, shared, and changed by their owners alone."""

import re
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

from feedback.base.adapters.database import writing
from feedback.base.adapters.files import default_campaign
from feedback.base.domain.permission import Role
from feedback.base.models.unit import Unit
from feedback.desk.domain.saved_filter import MAX_PER_PERSON
from feedback.desk.models.saved_filter import SavedFilter
from feedback.editing.services.campaign import create_campaign, open_campaign
from feedback.people.models import RoleGrant
from feedback.people.services import account
from feedback.people.services import user as users
from tests.conftest import NOW, signed_in
from tests.factories import Factory
from tests.pages import staff_fields
from tests.web import PageForm, contents, form_on, forms_on, press

ADDRESS = "campaign=1&status=received&group=lawyer&from_day=2026-11-01&query=%E5%81%9C%E8%BD%A6"
OTHER = "campaign=1&queue=mine&kind=praise"


def keeping_form(browser: FlaskClient, address: str = ADDRESS) -> PageForm:
    """The form in the fold that keeps the filter of an address."""
    return next(form for form in forms_on(browser.get(f"/moderation/?{address}").text) if "filters/" in form.action)


def save(browser: FlaskClient, name: str, *, address: str = ADDRESS, is_shared: bool = False) -> TestResponse:
    """Open the queue through a filter and keep it."""
    return press(browser, keeping_form(browser, address), name=name, **({"is_shared": "y"} if is_shared else {}))


def beside(browser: FlaskClient, campaign: int = 1) -> dict[str, dict[str, str]]:
    """Below the queues: under each heading the names, with where they lead."""
    page = browser.get(f"/moderation/?campaign={campaign}").text
    nav = page.partition('<nav class="queues"')[2].partition("</nav>")[0]
    groups = re.findall(r"<h2>(.*?)</h2><ul>(.*?)</ul>", nav, re.DOTALL)
    link = r'<a href="([^"]*)"[^>]*><span>(.*?)</span>'
    return {
        heading: {unescape(name): unescape(href) for href, name in re.findall(link, links)} for heading, links in groups
    }


def kept(sessions: sessionmaker[Session], name: str) -> SavedFilter:
    """The filter with a name."""
    with sessions() as session:
        return session.scalars(select(SavedFilter).where(SavedFilter.name == name)).one()


@pytest.mark.on_both("a statement of its own")
def test_a_filter_is_kept_under_a_name_and_leads_back(
    staff: FlaskClient, colleague: FlaskClient, sessions: sessionmaker[Session]
) -> None:
    answer = save(staff, " 律师  说停车 ")

    assert answer.headers["Location"] == f"/moderation/?{ADDRESS}"
    assert beside(staff) == {"我的筛选": {"律师 说停车": f"/moderation/?{ADDRESS}"}}
    assert beside(colleague) == {}
    assert kept(sessions, "律师 说停车").filter == {
        "campaign_id": 1, "status": "received", "group": "lawyer", "from_day": "2026-11-01", "query": "停车",
        "is_trial": False,
    }  # fmt: skip
    assert staff.get(f"/moderation/?{ADDRESS}").text.count('aria-current="page"><span>律师 说停车') == 1


@pytest.mark.on_both("a statement of its own")
@pytest.mark.parametrize("address", ["campaign=1", "campaign=1&status=received", "campaign=1&queue=suspicious", ""])
def test_a_plain_queue_needs_no_name(staff: FlaskClient, address: str) -> None:
    assert "保存筛选" not in staff.get(f"/moderation/?{address}").text
    assert "保存筛选" in staff.get(f"/moderation/?{address}&kind=praise").text


def test_a_shared_one_says_whose_it_is_and_is_changed_by_nobody_else(
    staff: FlaskClient, colleague: FlaskClient, sessions: sessionmaker[Session]
) -> None:
    save(staff, "律师", is_shared=True)
    shared = kept(sessions, "律师")
    page = colleague.get(f"/moderation/?{ADDRESS}").text
    token = staff_fields(page)
    before = contents(sessions)

    answers = [
        colleague.post(f"/saved-filters/{shared.id}/{act}?{ADDRESS}", data={**token, "name": "我的"})
        for act in ("rename", "delete")
    ]

    assert '<span>律师</span><span class="hint">管理员</span>' in page
    assert beside(colleague) == {"同事共享": {"律师": f"/moderation/?{ADDRESS}"}}
    assert "保存筛选" in page
    assert {answer.status_code for answer in answers} == {404}
    assert contents(sessions) == before


def test_its_owner_renames_shares_and_deletes_it(
    staff: FlaskClient, colleague: FlaskClient, sessions: sessionmaker[Session]
) -> None:
    save(staff, "律师")
    form = keeping_form(staff)
    assert form.value("name") == "律师"

    assert press(staff, form, name="律师和停车", is_shared="y").status_code == 302

    assert list(beside(colleague)["同事共享"]) == ["律师和停车"]
    again = keeping_form(staff)
    assert again.value("is_shared") == "y"
    press(staff, again, is_shared="")
    assert beside(colleague) == {}
    delete = again.action.replace("/rename?", "/delete?")
    assert delete.replace("&", "&amp;") in staff.get(f"/moderation/?{ADDRESS}").text
    assert staff.post(delete, data=again.fields).headers["Location"] == f"/moderation/?{ADDRESS}"
    assert beside(staff) == {}


@pytest.mark.on_both("a statement of its own")
@pytest.mark.parametrize(
    ("name", "said"),
    [("", "请写一个名称。"), ("  ", "请写一个名称。"), ("长" * 21, "请删减 1 字"), ("a\x00b", "无法识别的字符"),
     ("律师", "请换一个名称")],
)  # fmt: skip
def test_a_name_that_cannot_be_used_comes_back_in_the_form(
    staff: FlaskClient, sessions: sessionmaker[Session], name: str, said: str
) -> None:
    save(staff, "律师")
    before = contents(sessions)

    answer = save(staff, name, address=OTHER, is_shared=True)

    assert answer.status_code == 400
    assert said in answer.text
    form = form_on(answer.text, f"/create?{OTHER}")
    assert (form.value("name"), form.value("is_shared")) == (name.strip(), "y")
    assert contents(sessions) == before


def test_a_name_is_used_once_by_a_person_and_not_by_all_together(staff: FlaskClient, colleague: FlaskClient) -> None:
    save(staff, "律师", is_shared=True)
    save(staff, "表扬", address=OTHER)

    assert press(staff, keeping_form(staff, OTHER), name="律师").status_code == 400
    assert press(staff, keeping_form(staff, OTHER), name="表扬").status_code == 302
    assert save(colleague, "律师").status_code == 302
    assert {heading: list(names) for heading, names in beside(colleague).items()} == {
        "我的筛选": ["律师"],
        "同事共享": ["律师"],
    }


def test_somebody_keeps_so_many_in_a_campaign(staff: FlaskClient, colleague: FlaskClient) -> None:
    answers = [
        save(staff, f"第 {place}", address=f"campaign=1&query={place}").status_code for place in range(MAX_PER_PERSON)
    ]

    late = save(staff, "又一个")

    assert set(answers) == {302}
    assert late.status_code == 400
    assert "最多保存 20 个筛选" in late.text
    assert save(colleague, "别人的").status_code == 302


def test_the_filter_form_carries_the_queue_along(staff: FlaskClient) -> None:
    page = staff.get(f"/moderation/?{OTHER}").text

    filters = next(form for form in forms_on(page) if "from_day" in form.fields)

    assert filters.value("queue") == "mine"
    assert filters.value("kind") == "praise"
    plain = next(form for form in forms_on(staff.get("/moderation/").text) if "from_day" in form.fields)
    assert "queue" not in plain.fields


@pytest.mark.on_both("a statement of its own")
def test_a_supervisor_keeps_filters_too_and_other_roles_do_not(
    app: Flask, staff: FlaskClient, sessions: sessionmaker[Session], make: Factory
) -> None:
    make.make_user("督导", Role.SUPERVISOR)
    make.make_user("经办", Role.UNIT_HANDLER)
    supervisor, handler = (signed_in(app, sessions, name) for name in ("督导", "经办"))
    token = staff_fields(handler.get("/accounts/change-password").text)

    assert save(supervisor, "督导看", is_shared=True).status_code == 302

    assert list(beside(staff)["同事共享"]) == ["督导看"]
    assert handler.post(f"/saved-filters/create?{ADDRESS}", data={**token, "name": "好"}).status_code == 403


def test_filters_of_a_campaign_are_for_those_who_read_it(
    app: Flask, staff: FlaskClient, sessions: sessionmaker[Session], make: Factory
) -> None:
    county = make.make_unit("c1", "甲县")
    with writing(sessions) as session:
        unit = session.get_one(Unit, county.id)
        open_campaign(session, create_campaign(session, default_campaign(), code="c1", unit=unit, now=NOW), now=NOW)
    make.make_user("below", Role.MODERATOR, unit=county)
    below = signed_in(app, sessions, "below")
    save(staff, "上级的", is_shared=True)
    save(staff, "全县的", address="campaign=2&kind=praise", is_shared=True)
    token = staff_fields(below.get("/moderation/").text)
    before = contents(sessions)

    answer = below.post(f"/saved-filters/create?{ADDRESS}", data={**token, "name": "好"})

    assert answer.status_code == 404
    assert beside(below, campaign=1) == beside(below, campaign=2)
    assert list(beside(below, campaign=2)["同事共享"]) == ["全县的"]
    assert list(beside(staff, campaign=1)["我的筛选"]) == ["上级的"]
    assert contents(sessions) == before


def test_who_may_read_the_campaign_no_longer_changes_nothing_there(
    app: Flask, colleague: FlaskClient, sessions: sessionmaker[Session], make: Factory
) -> None:
    save(colleague, "我的")
    own, county = kept(sessions, "我的").id, make.make_unit("c1", "甲县")
    token = staff_fields(colleague.get("/moderation/").text)
    with writing(sessions) as session:
        user = account.get_user(session, "周敏")
        session.add(RoleGrant(user_id=user.id, role=Role.MODERATOR, unit_id=county.id))
        for grant in session.scalars(select(RoleGrant).where(RoleGrant.user_id == user.id)):
            if grant.unit_id != county.id:
                session.delete(grant)

    answers = [
        colleague.post(f"/saved-filters/{own}/{act}?{ADDRESS}", data={**token, "name": "好"})
        for act in ("rename", "delete")
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert kept(sessions, "我的").id == own


def test_what_somebody_shared_goes_with_the_account(
    staff: FlaskClient, colleague: FlaskClient, sessions: sessionmaker[Session]
) -> None:
    save(colleague, "我的", is_shared=True)
    assert list(beside(staff)) == ["同事共享"]

    with writing(sessions) as session:
        users.set_disabled(session, account.get_user(session, "周敏"), is_disabled=True, now=NOW)

    assert beside(staff) == {}
