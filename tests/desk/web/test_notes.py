"""Notes among colleagues: whom they call, and when the call is over."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.domain.permission import Role
from feedback.desk.models.note import Mention
from feedback.desk.queries.note import calls_to
from feedback.people.services import account
from tests.factories import Factory
from tests.pages import decide


def test_a_note_calls_a_colleague_until_he_has_opened_it(
    client: FlaskClient, staff: FlaskClient, colleague: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    receipt = make.make_submission()

    def calls() -> list[str]:
        with sessions() as session:
            return [one.body for one in calls_to(session, account.actor_of(session, account.get_user(session, "周敏")))]

    assert decide(staff, receipt.number, "note", body="@周敏 请看看附件").status_code == 302

    assert calls() == ["@周敏 请看看附件"]
    assert "@周敏 请看看附件" in colleague.get(f"/moderation/{receipt.number}").text
    assert calls() == []
    assert "请看看附件" not in client.post("/track", data={"code": receipt.code}).text


@pytest.mark.on_both("a statement of its own")
def test_nobody_is_called_who_may_not_read_it(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    number = make.make_submission().number
    make.make_user("court", Role.MODERATOR, unit=make.make_unit("c1", "甲县法院"))
    make.make_user("collector", Role.COLLECTOR)

    decide(staff, number, "note", body="@court @collector @admin 看")

    with sessions() as session:
        assert session.scalars(select(Mention.user_id)).all() == []


def test_a_note_makes_no_page_of_a_colleague_stale_without_saying_so(
    staff: FlaskClient, colleague: FlaskClient, make: Factory
) -> None:
    number = make.make_submission().number

    for browser in (staff, colleague):
        assert decide(browser, number, "note", body="看过了").status_code == 302

    assert decide(staff, number, "note", body="").status_code == 400
    assert staff.get(f"/moderation/{number}").text.count("看过了") == 2
