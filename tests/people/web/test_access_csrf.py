"""Changing anything takes a POST with the token of one's own session."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from tests.conftest import signed_in
from tests.factories import Factory
from tests.pages import staff_fields
from tests.web import contents, form_on, press

VALUES = {
    "number": "A1-00001", "other": "A1-00002", "export_id": 1, "code": "abcde", "name": "none", "version": 1,
    "user_id": 1, "answer_id": 1, "filter_id": 1, "bulk_id": 1, "campaign_id": 1, "channel_id": 1,
    "print_id": 1, "batch_id": 1,
}  # fmt: skip
SOON = str(datetime.now(UTC).date() + timedelta(days=10))
FIELDS = {
    "version": "1", "reason": "好", "body": "您好", "kind": "unclear", "outcome": "adopted", "summary": "改进",
    "purpose": "会议",
    "old_password": "x", "new_password": "y", "repeated": "y", "name": "admin", "password": "x", "category": "heroes",
    "role": "moderator", "unit": "1", "due_on": SOON, "display_name": "王敏", "session": "x", "sealed": "x",
}  # fmt: skip
PUBLIC = {"public", "tracking", "notices", "assets"}
ACTIONS = ["accept", "reject", "reply", "complete", "reopen", "classify", "contact"]


def addresses(app: Flask, method: str) -> list[str]:
    """Every address of staff that takes a method."""
    urls = app.url_map.bind("localhost")
    return sorted(
        urls.build(rule.endpoint, {name: VALUES[name] for name in rule.arguments})
        for rule in app.url_map.iter_rules()
        if method in (rule.methods or set()) and rule.endpoint.partition(".")[0] not in PUBLIC
    )


@pytest.mark.parametrize("kind", ["missing", "empty", "wrong", "of another session", "of nobody's session"])
def test_a_post_without_the_session_s_own_token_changes_nothing(
    app: Flask, staff: FlaskClient, colleague: FlaskClient, sessions: sessionmaker[Session], kind: str
) -> None:
    tokens: dict[str, Any] = {
        "missing": {},
        "empty": {"csrf_token": ""},
        "wrong": {"csrf_token": "IjE2Ig.wrong.wrong"},
        "of another session": {"csrf_token": staff_fields(colleague.get("/moderation/").text)["csrf_token"]},
        "of nobody's session": {
            "csrf_token": staff_fields(app.test_client().get("/accounts/sign-in").text)["csrf_token"]
        },
    }
    staff.get("/moderation/")
    before = contents(sessions)

    answers = {address: staff.post(address, data={**FIELDS, **tokens[kind]}) for address in addresses(app, "POST")}

    assert len(answers) >= 12
    assert {address for address, answer in answers.items() if answer.status_code != 400} == set()
    assert contents(sessions) == before


@pytest.mark.parametrize(("action", "name"), [("reply", "body"), ("reject", "reason"), ("contact", "reason")])
def test_what_was_typed_comes_back_with_the_refusal(staff: FlaskClient, make: Factory, action: str, name: str) -> None:
    number = make.make_submission().number

    answer = staff.post(f"/moderation/{number}/{action}", data={name: "\n您好，<b>"})

    assert answer.status_code == 400
    assert "您好，&lt;b&gt;</textarea>" in answer.text


@pytest.mark.on_both("a statement of its own")
def test_nothing_changes_by_a_get(app: Flask, staff: FlaskClient, sessions: sessionmaker[Session]) -> None:
    before = contents(sessions)

    for address in addresses(app, "GET"):
        assert staff.get(address, query_string=FIELDS).status_code in {200, 404}, address

    assert contents(sessions) == before


def test_what_only_posts_change_takes_no_get(app: Flask, staff: FlaskClient, make: Factory) -> None:
    only_posts = set(addresses(app, "POST")) - set(addresses(app, "GET"))

    answers = {address: staff.get(address) for address in only_posts}

    assert len(only_posts) >= 9
    assert {answer.status_code for answer in answers.values()} == {405}
    assert all("POST" in answer.headers["Allow"] for answer in answers.values())


def test_other_methods_are_refused(app: Flask, staff: FlaskClient, sessions: sessionmaker[Session]) -> None:
    before = contents(sessions)

    answers = {
        (method, address): staff.open(address, method=method, data=FIELDS).status_code
        for method in ("PUT", "PATCH", "DELETE")
        for address in {*addresses(app, "GET"), *addresses(app, "POST")}
    }

    assert set(answers.values()) == {405}
    assert contents(sessions) == before


def test_a_token_of_the_page_works_in_every_form_of_it(staff: FlaskClient, make: Factory) -> None:
    page = staff.get(f"/moderation/{make.make_submission(name='王', has_consented=True).number}").text

    tokens = {form_on(page, f"/{action}").value("csrf_token") for action in ("accept", "reject", "reply", "contact")}

    assert len(tokens) == 1
    assert press(staff, form_on(page, "/accept")).status_code == 302


def test_a_token_lasts_as_long_as_its_session(app: Flask, sessions: sessionmaker[Session], make: Factory) -> None:
    assert app.config["WTF_CSRF_TIME_LIMIT"] is None
    assert app.config["WTF_CSRF_ENABLED"] is True
    browser, number = signed_in(app, sessions, "admin"), make.make_submission().number
    page = browser.get(f"/moderation/{number}").text
    for _ in range(3):
        browser.get("/moderation/")

    assert press(browser, form_on(page, "/accept")).status_code == 302


@pytest.mark.parametrize(
    "body", ['{"reason": {"a": 1}}', '{"version": "x", "body": ["a"]}', "[1]", "[" * 100_000, "null"]
)
def test_a_body_of_json_is_no_form(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session], body: str
) -> None:
    number = make.make_submission().number
    token = staff_fields(staff.get(f"/moderation/{number}").text)["csrf_token"]
    before = contents(sessions)

    for address in [*(f"/moderation/{number}/{action}" for action in ACTIONS), "/exports/create?campaign=1"]:
        answer = staff.post(address, data=body, content_type="application/json", headers={"X-CSRFToken": token})
        assert answer.status_code == 400, address

    assert contents(sessions) == before
