"""运行状态: what needs somebody, and how crowded hours were."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.database import writing
from feedback.base.domain.moment import hour_of
from feedback.base.domain.permission import Role
from feedback.intake.services.crowd import add_crowded
from feedback.intake.web import limits
from tests.conftest import Person
from tests.factories import Factory
from tests.web import settle

STATUS = "/status/"


@pytest.fixture
def admin(person: Person) -> FlaskClient:
    return person(Role.ADMIN)


def test_what_was_not_put_into_its_place_in_time_is_told(
    admin: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    calm = admin.get(STATUS).text
    make.make_arrival()

    late = admin.get(STATUS).text

    assert "已过整点的来件都已编入队列。" in calm
    assert "有 1 件来件过了整点还没有编入队列" in late
    settle(sessions)
    assert admin.get(STATUS).text == calm


@pytest.mark.on_both("a statement of its own")
def test_crowded_hours_are_numbers_that_grow(admin: FlaskClient, sessions: sessionmaker[Session]) -> None:
    hour = hour_of(datetime.now(UTC))
    for sendings in (3, 4):
        with writing(sessions) as session:
            add_crowded(session, {hour: sendings, hour - timedelta(days=5): 1})

    page = admin.get(STATUS).text

    assert page.count("<td>7</td>") == 1
    assert "<td>2</td>" not in page


def test_what_is_above_the_limit_of_its_network_is_counted_by_the_hour_and_no_more(app: Flask) -> None:
    now = datetime.now(UTC)
    with app.test_request_context(environ_base={"REMOTE_ADDR": "192.0.2.7"}):
        for _ in range(limits.BURST + 2):
            limits.take(request, now)

        seen, again = limits.crowded_hours(), limits.crowded_hours()

    assert (seen, again) == ({hour_of(now): 2}, {})
