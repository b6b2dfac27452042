"""Channels on pages: made, changed and closed by managers, counted without telling who came."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from feedback.base.adapters.database import writing
from feedback.base.adapters.qr import picture
from feedback.base.adapters.sent_workbook import MAX_BYTES
from feedback.base.domain.moment import china_day
from feedback.base.domain.permission import Role
from feedback.campaigns.models.campaign import Campaign
from feedback.campaigns.models.channel import Channel, ChannelDay
from feedback.cases.models.submission import SubmissionUnit
from feedback.intake.services.visit import add_visits
from feedback.intake.web import visits
from feedback.people.services.unit import find_unit
from tests.books import saved
from tests.conftest import Person
from tests.factories import Factory
from tests.pages import fill_in, number_on, submit
from tests.uploads import encoded
from tests.web import contents, count, form_on, forms_on, settle

INDEX = "/campaigns/1/channels/"


@pytest.fixture
def manager(person: Person) -> FlaskClient:
    """Somebody who sets campaigns up."""
    return person(Role.CAMPAIGN_MANAGER)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every visit is written down when it happens."""
    monkeypatch.setattr(visits, "SECONDS_KEPT", -1.0)
    yield


def send(browser: FlaskClient, address: str, /, **typed: str) -> TestResponse:
    """Open a page and send its form, with some fields typed over."""
    (form,) = [form for form in forms_on(browser.get(address).text) if {"保存", "建立"} & set(form.buttons)]
    chosen = {"unit_id": "0", "respondent_group": "", "preset_unit_id": "0"}
    return browser.post(address, data={**chosen, **form.fields, **typed})


def channel(sessions: sessionmaker[Session], name: str) -> Channel:
    with sessions() as session:
        return session.scalars(select(Channel).where(Channel.name == name)).one()


@pytest.mark.on_both("a statement of its own")
def test_a_channel_is_made_and_its_form_begins_with_its_group(
    manager: FlaskClient, client: FlaskClient, sessions: sessionmaker[Session]
) -> None:
    assert send(manager, f"{INDEX}create", name="律师协会", respondent_group="lawyer").status_code == 302

    made = channel(sessions, "律师协会")
    page = client.get(f"/f/{made.code}").text
    assert 'value="lawyer" checked' in page
    assert page.count(" checked") == 1
    assert made.code in manager.get(INDEX).text


def test_a_village_is_made_a_line(manager: FlaskClient, sessions: sessionmaker[Session], make: Factory) -> None:
    make.make_unit("v1", "李家村", level="village")

    answer = send(manager, f"{INDEX}list", rows="名称\t地点\t单位\n李家村公告栏\t村委会\t李家村\n王家村公告栏\t\t\n")

    assert answer.status_code == 302
    assert (channel(sessions, "李家村公告栏").place, channel(sessions, "王家村公告栏").unit_id) == ("村委会", None)
    assert channel(sessions, "李家村公告栏").unit_id is not None
    assert len({channel(sessions, name).code for name in ("李家村公告栏", "王家村公告栏")}) == 2


@pytest.mark.parametrize("rows", ["默认二维码", "一\n一", "新渠道,三楼,没有的单位", "\x00", ""])
def test_a_list_with_one_wrong_line_makes_no_channel(
    manager: FlaskClient, sessions: sessionmaker[Session], rows: str
) -> None:
    before = contents(sessions)

    answer = send(manager, f"{INDEX}list", rows=rows)

    assert answer.status_code == 400
    assert contents(sessions) == before


def send_book(browser: FlaskClient, book: bytes, **typed: str) -> TestResponse:
    """Choose a workbook on the page of many channels and send it."""
    form = forms_on(browser.get(f"{INDEX}list").text)[-1]
    file = FileStorage(io.BytesIO(book), "渠道.xlsx")
    body, content_type = encoded({**form.fields, **typed, "file": file})
    return browser.post(f"{INDEX}list", data=body, content_type=content_type)


def test_a_village_is_made_a_row_of_a_workbook_and_a_line_of_the_list(
    manager: FlaskClient, sessions: sessionmaker[Session], make: Factory
) -> None:
    make.make_unit("v1", "李家村", level="village")
    book = saved([["名称", "地点", "所在单位"], ["李家村公告栏", 12.0, "李家村"], [3, None, None]])

    answer = send_book(manager, book, rows="王家村公告栏")

    assert answer.status_code == 302
    assert channel(sessions, "李家村公告栏").place == "12"
    assert channel(sessions, "李家村公告栏").unit_id is not None
    assert {channel(sessions, name).place for name in ("3", "王家村公告栏")} == {None}


@pytest.mark.parametrize(
    ("book", "said"),
    [
        (b"", "打不开"),
        (b"x" * (MAX_BYTES + 100_000), "太大"),
        (saved([["默认二维码"]]), "已有同名的渠道"),
        (saved([["王家村公告栏"]]), "写了两次"),
        (saved([["名称"], ["一"], [None, "二楼"]]), "第 3 行没有名称"),
        (saved([[f"第 {place} 个"] for place in range(501)]), "一次最多 500 个"),
        (saved([["一", None, "没有的单位"]]), "单位名录里没有"),
    ],
    ids=["empty", "large", "known", "twice", "nameless", "many", "unit"],
)
def test_a_workbook_that_makes_no_channels_is_refused_and_the_list_is_kept(
    manager: FlaskClient, sessions: sessionmaker[Session], book: bytes, said: str
) -> None:
    before = contents(sessions)

    answer = send_book(manager, book, rows="王家村公告栏")

    assert (answer.status_code, said in answer.text) == (400, True)
    assert forms_on(answer.text)[-1].value("rows") == "王家村公告栏"
    assert contents(sessions) == before


def test_a_channel_changes_and_its_code_stays(
    manager: FlaskClient, client: FlaskClient, sessions: sessionmaker[Session], channel_code: str
) -> None:
    tomorrow = china_day(datetime.now(UTC)) + timedelta(days=1)

    answer = send(manager, f"{INDEX}1", name="政务中心大厅", place="一楼", opens_on=str(tomorrow), is_kiosk="y")

    assert answer.status_code == 302
    changed = channel(sessions, "政务中心大厅")
    assert (changed.code, changed.place, changed.is_kiosk) == (channel_code, "一楼", True)
    assert "<form" not in client.get(f"/f/{channel_code}").text
    assert send(manager, f"{INDEX}1", closes_on="2020-01-01").status_code == 400
    assert "政务中心大厅" in manager.get(f"{INDEX}1").text


def test_a_closed_channel_takes_nothing_and_is_opened_again(
    manager: FlaskClient, client: FlaskClient, channel_code: str
) -> None:
    for action, status in (("/close", 403), ("/open", 200)):
        form = form_on(manager.get(INDEX).text, f"1{action}")
        assert manager.post(form.action, data=form.fields).status_code == 302
        typed = {"text": "停车难"}
        page = client.get(f"/f/{channel_code}").text
        assert ("<form" in page) == (action == "/open")
        late = client.post(f"/f/{channel_code}", data=typed)
        answer = submit(client, channel_code, **typed) if action == "/open" else late
        assert answer.status_code == status


@pytest.mark.on_both("a statement of its own")
@pytest.mark.usefixtures("at_once")
def test_visits_are_counted_by_the_day_and_few_are_not_told(
    manager: FlaskClient, client: FlaskClient, sessions: sessionmaker[Session], channel_code: str
) -> None:
    assert "打开 0 次，提交 0 件" in manager.get(INDEX).text
    for _ in range(4):
        client.get(f"/f/{channel_code}").close()
    within_the_hour = manager.get(INDEX).text
    settle(sessions)
    few = manager.get(INDEX).text
    fields = fill_in(client, channel_code, text="好")  # a page that is never read to its end is not written down
    client.get(f"/f/{channel_code}").close()
    client.post(f"/f/{channel_code}", data=fields)

    settle(sessions)
    many = manager.get(INDEX).text

    assert "打开 0 次，提交 0 件" in within_the_hour
    assert "打开 不足5 次，提交 0 件" in few
    assert "打开 5 次，提交 不足5 件" in many
    with sessions() as session:
        (row,) = session.scalars(select(ChannelDay)).all()
        assert (row.day, row.visits) == (china_day(datetime.now(UTC)), 5)


@pytest.mark.on_both("a statement of its own")
@pytest.mark.usefixtures("at_once")
def test_what_the_database_does_not_take_waits_for_the_next_visit(
    client: FlaskClient, sessions: sessionmaker[Session], channel_code: str
) -> None:
    page = client.get(f"/f/{channel_code}")
    with writing(sessions) as session:
        session.execute(text("ALTER TABLE arriving_visits RENAME TO away"))

    page.close()

    assert page.status_code == 200
    with writing(sessions) as session:
        session.execute(text("ALTER TABLE away RENAME TO arriving_visits"))
    client.get(f"/f/{channel_code}").close()
    settle(sessions)
    with sessions() as session:
        assert session.scalars(select(ChannelDay.visits)).all() == [2]


def test_the_code_of_a_channel_leads_to_its_form(manager: FlaskClient, channel_code: str) -> None:
    page = manager.get(f"{INDEX}1").text

    assert f"http://localhost/f/{channel_code}" in page
    assert f'alt="“默认二维码”的二维码，打开 http://localhost/f/{channel_code}"' in page
    assert picture(f"http://localhost/f/{channel_code}") in unescape(page)


@pytest.mark.on_both("a statement of its own")
def test_a_visit_waits_in_memory(client: FlaskClient, sessions: sessionmaker[Session], channel_code: str) -> None:
    for _ in range(20):
        client.get(f"/f/{channel_code}")

    assert count(sessions, ChannelDay) == 0


def test_two_processes_add_to_one_day(sessions: sessionmaker[Session], app: Flask) -> None:
    today = china_day(datetime.now(UTC))
    for seen in (3, 4):
        with writing(sessions) as session:
            add_visits(session, {(1, today): seen}, now=datetime.now(UTC))

    settle(sessions)
    with sessions() as session:
        assert session.scalars(select(ChannelDay.visits)).all() == [7]


@pytest.mark.on_both("a statement of its own")
def test_people_of_the_channels_unit_see_no_number(
    person: Person, sessions: sessionmaker[Session], manager: FlaskClient
) -> None:
    own = person(Role.CAMPAIGN_MANAGER, unit_code="c1")
    with writing(sessions) as session:
        unit = find_unit(session, "c1")
        assert unit is not None
        session.execute(update(Campaign).values(unit_id=unit.id))
        session.execute(update(Channel).values(unit_id=unit.id))

    assert "次数不向本单位显示" in own.get(INDEX).text
    assert "打开 " not in own.get(INDEX).text
    assert "打开 0 次" in manager.get(INDEX).text

    # To take the unit off does not help.
    send(own, f"{INDEX}1", unit_id="0")
    with sessions() as session:
        assert session.scalars(select(Channel.unit_id)).first() is None
    assert "打开 " not in own.get(INDEX).text


def test_a_channel_of_another_campaign_is_not_there(manager: FlaskClient) -> None:
    assert [manager.get(address).status_code for address in (f"{INDEX}99", "/campaigns/99/channels/")] == [404, 404]


@pytest.fixture
def court_hall(manager: FlaskClient, make: Factory, sessions: sessionmaker[Session]) -> tuple[str, int]:
    """The code of a channel in a court's hall, and the court's id."""
    court = make.make_unit("east-court", "城东区法院")
    send(manager, f"{INDEX}create", name="法院大厅", preset_unit_id=str(court.id))
    return channel(sessions, "法院大厅").code, court.id


def concerned(sessions: sessionmaker[Session]) -> list[int]:
    settle(sessions)
    with sessions() as session:
        return list(session.scalars(select(SubmissionUnit.unit_id)))


def test_the_form_of_a_court_s_hall_begins_with_its_agency(client: FlaskClient, court_hall: tuple[str, int]) -> None:
    form = form_on(client.get(f"/f/{court_hall[0]}").text, f"/f/{court_hall[0]}")

    assert form.value("agency") == "court"


@pytest.mark.on_both("a statement of its own")
@pytest.mark.parametrize(("agency", "is_noted"), [("court", True), ("", True), ("police", False), ("unclear", False)])
def test_what_is_written_there_concerns_the_court_unless_another_agency_is_chosen(
    client: FlaskClient, court_hall: tuple[str, int], sessions: sessionmaker[Session], agency: str, is_noted: bool
) -> None:
    code, court_id = court_hall

    assert submit(client, code, text="开庭通知太晚。", agency=agency).status_code == 200

    assert concerned(sessions) == ([court_id] if is_noted else [])


def test_the_record_says_that_the_door_noted_it_and_nobody_at_a_desk(
    client: FlaskClient, court_hall: tuple[str, int], staff: FlaskClient
) -> None:
    number = number_on(submit(client, court_hall[0], text="开庭通知太晚。").text)

    assert "涉及单位按渠道预设" in staff.get(f"/moderation/{number}").text


def test_people_of_the_unit_a_door_is_about_see_none_of_its_numbers(
    person: Person, make: Factory, court_hall: tuple[str, int], client: FlaskClient
) -> None:
    make.set_campaign(unit_id=court_hall[1])
    submit(client, court_hall[0], text="开庭通知太晚。")

    page = person(Role.CAMPAIGN_MANAGER, unit_code="east-court").get(INDEX).text

    (card,) = [card for card in page.split('<section class="card">') if "法院大厅" in card]
    assert "次数不向本单位显示" in card
    assert "提交" not in card.partition("</section>")[0]


def test_a_repeated_sending_notes_the_unit_once(
    client: FlaskClient, court_hall: tuple[str, int], sessions: sessionmaker[Session]
) -> None:
    form = fill_in(client, court_hall[0], text="开庭通知太晚。", agency="court")

    for _ in range(3):
        client.post(f"/f/{court_hall[0]}", data=form)

    assert concerned(sessions) == [court_hall[1]]
