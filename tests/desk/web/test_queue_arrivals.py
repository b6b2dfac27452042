"""What has just arrived: seen and decided about at once by moderators, and by nobody else before its hour is over."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.database import writing
from feedback.base.domain.permission import Role
from feedback.cases.domain.receipt import new_nonce
from feedback.cases.services.attachment import CopiedFiles, FileCopy, store_files
from feedback.intake.services.submission import Receipt
from feedback.tracking import services as tracking
from tests.conftest import Person
from tests.factories import Factory
from tests.stored import followed
from tests.web import events, form_on, forms_on, press, settle, stored

QUEUE = "/moderation/?status=received"


def add(make: Factory, receipt: Receipt, words: str) -> str:
    with writing(make.sessions) as session:
        own = followed(session, receipt, make.keys)
        return tracking.supplement(session, own, words, nonce=new_nonce(), keys=make.keys, now=make.now)


def add_picture(make: Factory, sending_hash: str, content: bytes) -> None:
    copied = CopiedFiles([FileCopy(("f" * 64,), [content])], [])
    with writing(make.sessions) as session:
        store_files(session, sending_hash, copied, now=make.now)


def picture_on(page: str) -> str:
    return page.partition("/attachments/")[2].partition(".jpg")[0]


@pytest.mark.on_both("the queue of what has arrived")
def test_a_moderator_sees_it_at_once_and_a_supervisor_when_its_hour_is_over(
    staff: FlaskClient, person: Person, make: Factory, sessions: sessionmaker[Session]
) -> None:
    supervisor = person(Role.SUPERVISOR)
    other = make.make_submission(text="另一件").number
    before = _counts(supervisor.get(QUEUE).text)
    number = make.make_arrival(text="路灯不亮。").number
    address = f"/moderation/{number}"

    queue, page = staff.get(QUEUE).text, staff.get(address).text
    hidden = supervisor.get(QUEUE).text, supervisor.get(address)
    settle(sessions)

    assert number in queue and "刚收到" in queue
    assert "路灯不亮。" in page
    assert other not in page and "并入" not in page
    assert (number in hidden[0], _counts(hidden[0]), hidden[1].status_code) == (False, before, 404)
    assert number in supervisor.get(QUEUE).text
    assert "刚收到" not in staff.get(QUEUE).text


@pytest.mark.on_both("locks")
def test_it_is_decided_about_at_once_like_any_other(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    number = make.make_arrival(phone="13812341234", has_consented=True).number
    other = make.make_arrival().number
    page = staff.get(f"/moderation/{number}").text

    answer = press(staff, form_on(page, "/accept"))

    assert answer.status_code == 302
    assert events(sessions, number) == ["received", "accept"]
    assert stored(sessions, number).status == "accepted"
    assert events(sessions, other) == ["received"]


def test_a_refused_form_and_a_reading_of_the_contact_work_on_it_too(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    number = make.make_arrival(phone="13812341234", has_consented=True).number
    page = staff.get(f"/moderation/{number}").text

    refused = press(staff, form_on(page, "/reject"))
    form = form_on(page, "/contact")
    form.fields["reason"] = ["核实情况"]
    shown = press(staff, form)

    assert refused.status_code == 400
    assert "13812341234" in shown.text.replace(" ", "")
    assert stored(sessions, number).status == "received"


@pytest.mark.on_both("the queue of what has arrived")
def test_what_its_sender_adds_is_seen_at_once_and_does_not_make_the_page_a_conflict(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    receipt = make.make_submission()
    early = form_on(staff.get(f"/moderation/{receipt.number}").text, "/accept")
    add_picture(make, add(make, receipt, "昨天又坏了一次。"), b"picture")
    page = staff.get(f"/moderation/{receipt.number}").text

    picture = staff.get(f"/moderation/{receipt.number}/attachments/{picture_on(page)}.jpg")
    stale, fresh = press(staff, early), press(staff, form_on(page, "/accept"))

    assert "昨天又坏了一次。" in page and "提出人补充" in page
    assert picture.data == b"picture"
    assert (stale.status_code, fresh.status_code) == (409, 302)
    # Taken in, and its picture waits on and is shown all the same.
    page = staff.get(f"/moderation/{receipt.number}").text
    assert staff.get(f"/moderation/{receipt.number}/attachments/{picture_on(page)}.jpg").data == b"picture"
    assert events(sessions, receipt.number) == ["received", "supplemented", "accept"]


@pytest.mark.on_both("the queue of what has arrived")
def test_the_next_one_is_an_arrival_where_nothing_older_waits(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    number = make.make_arrival().number

    (form,) = [one for one in forms_on(staff.get(QUEUE).text) if "/next?" in one.action]
    answer = press(staff, form)

    assert number in answer.headers["Location"]
    assert stored(sessions, number).claimed_by_id is not None


@pytest.mark.on_both("the queue of what has arrived")
def test_pages_of_arrivals_show_each_once_behind_what_waits_longer(staff: FlaskClient, make: Factory) -> None:
    older = make.make_submission().number
    numbers = {make.make_arrival(text=f"第 {place} 件").number for place in range(40)}

    first = staff.get(QUEUE).text
    second = staff.get(f"{QUEUE}&after={_last(first)}").text

    on_first, on_second = (_numbers(page) for page in (first, second))
    assert on_first[0] == older
    assert len(on_first) == 30
    assert set(on_first[1:]) | set(on_second) == numbers
    assert set(on_first) & set(on_second) == set()
    assert '<span class="number">41</span>' in first


def _counts(page: str) -> list[str]:
    return [part.partition("<")[0] for part in page.split('<span class="number">')[1:]]


def _numbers(page: str) -> list[str]:
    return [part.partition("?")[0] for part in page.split('class="row card" href="/moderation/')[1:]]


def _last(page: str) -> str:
    return page.partition("&amp;after=")[2].partition('"')[0]


@pytest.mark.parametrize(
    ("asked", "is_found"),
    [
        ("query=路灯", True), ("query=路灯 不亮", True), ("query=下水道", False), ("kind=problem", False),
        ("kind=suggestion", True), ("group=citizen", True), ("priority=urgent", False), ("queue=mine", False),
        ("queue=suspicious", False), ("status=accepted", False), ("to_day=2020-01-01", False),
    ],
)  # fmt: skip
def test_filters_hold_for_it(staff: FlaskClient, make: Factory, asked: str, *, is_found: bool) -> None:
    number = make.make_arrival(text="路灯不亮。").number

    assert (number in staff.get(f"/moderation/?{asked}").text) is is_found


def test_its_number_is_found_and_a_bulk_leaves_it_alone(staff: FlaskClient, make: Factory) -> None:
    number = make.make_arrival().number

    assert number in staff.get(f"/moderation/?query={number}").text
    assert "可办 0 件" in staff.get(f"/moderation/bulk/create?campaign=1&number={number}&action=accept").text
