"""下一件 and claims: never the same for two, over when somebody leaves."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.database import writing
from feedback.base.domain.permission import Role
from feedback.cases.domain.claim import CLAIM
from feedback.cases.models.submission import Submission
from feedback.cases.services.claim import release_expired
from tests.actors import index_words
from tests.conftest import signed_in
from tests.factories import Factory
from tests.pages import decide, staff_fields
from tests.web import form_on, press, stored

RECEIVED = "campaign=1&status=received"


def take_next(staff: FlaskClient, query: str = RECEIVED, *, leaving: str = "") -> str:
    """Press 下一件; the number that is shown then, or nothing."""
    page = staff.get(f"/moderation/{leaving}?{query}").text
    answer = staff.post(f"/moderation/next?{query}", data={**staff_fields(page), "leaving": leaving})
    assert answer.status_code == 302
    path, _, kept = answer.headers["Location"].partition("?")
    assert kept == query
    return path.removeprefix("/moderation/")


def test_two_people_are_never_given_the_same(staff: FlaskClient, colleague: FlaskClient, make: Factory) -> None:
    made = [make.make_submission().number for _ in range(3)]

    taken = [take_next(staff), take_next(colleague)]

    assert taken == made[:2]
    assert "您认领的" in staff.get(f"/moderation/{made[0]}").text
    assert "在看" in colleague.get(f"/moderation/{made[0]}").text
    assert "在看" in colleague.get("/moderation/").text


@pytest.mark.on_both("a statement of its own")
def test_leaving_one_lets_it_go_and_shows_the_one_behind(
    staff: FlaskClient, colleague: FlaskClient, make: Factory
) -> None:
    made = [make.make_submission().number for _ in range(3)]
    first = take_next(staff)

    second = take_next(staff, leaving=first)
    third = take_next(staff, leaving=second)

    assert [first, second, third] == made
    assert take_next(colleague) == made[0]
    # Whoever has seen the last one begins again with what others left.
    assert take_next(staff, leaving=third) == made[1]


def test_a_queue_without_anything_to_do_says_so(staff: FlaskClient, make: Factory) -> None:
    assert take_next(staff) == ""

    assert "没有待看的意见了" in staff.get("/moderation/").text


@pytest.mark.on_both("a statement of its own")
def test_the_filter_holds_for_the_next_one_and_for_the_way_back(staff: FlaskClient, make: Factory) -> None:
    make.make_submission(kind="praise")
    problem = make.make_submission(kind="problem").number
    query = "campaign=1&status=received&kind=problem"

    assert take_next(staff, query) == problem
    page = staff.get(f"/moderation/{problem}?{query}")
    answer = press(staff, form_on(page.text, f"/accept?{query}"))

    assert answer.headers["Location"] == f"/moderation/{problem}?{query}"
    assert f'href="/moderation/?{query.replace("&", "&amp;")}"' in staff.get(answer.headers["Location"]).text


@pytest.mark.on_both("a statement of its own")
def test_the_next_one_holds_what_is_searched_for(staff: FlaskClient, make: Factory) -> None:
    for text in ("窗口少。", "停车难。", "停车贵。"):
        number = make.make_submission(text=text).number
    index_words(make.sessions)
    searched = f"{RECEIVED}&{urlencode({'query': '车贵'})}"

    assert take_next(staff, searched) == number


@pytest.mark.on_both("a statement of its own")
def test_a_claim_that_is_over_is_anybody_s(
    staff: FlaskClient, colleague: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    number = make.make_submission().number
    take_next(staff)
    with writing(sessions) as session:
        session.execute(update(Submission).values(claimed_until=datetime.now(UTC) - timedelta(seconds=1)))

    assert "在看" not in colleague.get(f"/moderation/{number}").text
    assert take_next(colleague) == number


@pytest.mark.on_both("a statement of its own")
def test_looking_again_renews_a_claim_and_a_worker_ends_what_is_over(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    number = make.make_submission().number
    take_next(staff)
    with writing(sessions) as session:
        session.execute(update(Submission).values(claimed_until=datetime.now(UTC) + timedelta(minutes=1)))

    staff.get(f"/moderation/{number}")
    renewed = stored(sessions, number).claimed_until
    with writing(sessions) as session:
        release_expired(session, now=datetime.now(UTC) + CLAIM)

    assert renewed is not None
    assert renewed > datetime.now(UTC) + CLAIM - timedelta(minutes=1)
    assert stored(sessions, number).claimed_by_id is None


def test_a_decision_lets_the_claim_go(staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]) -> None:
    number = take_next(staff) if make.make_submission() else ""

    decide(staff, number, "accept")

    assert stored(sessions, number).claimed_by_id is None


def test_many_at_once_are_all_given_different_ones(app: Flask, sessions: sessionmaker[Session], make: Factory) -> None:
    made = {make.make_submission().number for _ in range(8)}
    for place in range(8):
        make.make_user(f"person{place}", Role.MODERATOR)
    people = [signed_in(app, sessions, f"person{place}") for place in range(8)]

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(take_next, people))

    assert set(taken) == made
