"""Hostile texts on every page that repeats them: they stay words, and change no tag of the page."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.database import writing
from feedback.base.domain.permission import Role
from feedback.people.services import account
from tests.factories import Factory
from tests.pages import fill_in, submit
from tests.web import form_on, forms_on, page_of_age, press, tags_on

HARMLESS = "停车难"
PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "</textarea></p></a></span><script>alert(1)</script>",
    "</title><iframe srcdoc='<script>alert(1)</script>'>",
    '<!--<a href="javascript:alert(1)">x</a>',
    "]]><style>*{display:none}</style>",
    '&lt;b&gt; &#60;b&#62; " autofocus onfocus=alert(1) x="',
    "{% include 'x' %}{{ config }}",
]


@dataclass(frozen=True)
class Stage:
    """Everybody who takes part, and the code of the channel."""

    app: Flask
    citizen: FlaskClient
    staff: FlaskClient
    code: str
    make: Factory
    sessions: sessionmaker[Session]

    def decided(self, number: str, action: str, **fields: Any) -> str:
        """Press a button of a submission's page and look where it leads."""
        form = form_on(self.staff.get(f"/moderation/{number}").text, f"/{action}")
        return self.staff.post(form.action, data={**form.fields, **fields}, follow_redirects=True).text


@pytest.fixture
def stage(
    app: Flask, client: FlaskClient, staff: FlaskClient, channel_code: str, make: Factory,
    sessions: sessionmaker[Session],
) -> Stage:  # fmt: skip
    """A citizen and an administrator."""
    return Stage(app, client, staff, channel_code, make, sessions)


def form_with_errors(stage: Stage, text: str) -> str:
    return submit(stage.citizen, stage.code, text=text, name=text[:40], phone=text, kind=text).text


def conflict(stage: Stage, text: str) -> str:
    form = fill_in(stage.citizen, stage.code, text="别的", consent="y")
    stage.citizen.post(f"/f/{stage.code}", data=form)
    answer = stage.citizen.post(f"/f/{stage.code}", data={**form, "text": text, "name": text[:40]})
    assert answer.status_code == 409
    return answer.text


def closed_campaign(stage: Stage, text: str) -> str:
    stage.make.set_campaign(status="closed")
    answer = stage.citizen.post(f"/f/{stage.code}", data={**page_of_age(stage.make, 26), "text": text})
    assert answer.status_code == 403
    return answer.text


def broken_seal(stage: Stage, text: str) -> str:
    return stage.citizen.post(f"/f/{stage.code}", data={"text": text, "nonce": text, "token": text}).text


def foreign_post(stage: Stage, text: str) -> str:
    return stage.citizen.post(f"/f/{stage.code}", data={"text": text}, headers={"Origin": "null"}).text


def wrong_code(stage: Stage, text: str) -> str:
    return stage.citizen.post("/track", data={"code": text}).text


def unknown_address(stage: Stage, text: str) -> str:
    return stage.citizen.post("/nowhere", data={"text": text}).text


def queue(stage: Stage, text: str) -> str:
    before = stage.make.make_submission()
    stage.make.make_submission(text=text)
    return stage.staff.get("/moderation/", query_string={"after": before.number}).text


def queue_filter(stage: Stage, text: str) -> str:
    return stage.staff.get("/moderation/", query_string={"group": text, "kind": text, "category": text}).text


def staff_page(stage: Stage, text: str) -> str:
    return stage.staff.get(f"/moderation/{stage.make.make_submission(text=text).number}").text


def contact_details(stage: Stage, text: str) -> str:
    receipt = stage.make.make_submission(name=text, phone=text, has_consented=True)
    return stage.decided(receipt.number, "contact", reason=text)


def refused_reply(stage: Stage, text: str) -> str:
    return stage.decided(stage.make.make_submission().number, "reply", body=text, summary=text, outcome=text)


def decisions(stage: Stage, text: str) -> str:
    number = stage.make.make_submission().number
    stage.decided(number, "classify", responsible_person=text[:40])
    stage.decided(number, "reject", kind="out_of_scope", reason=text)
    stage.decided(number, "reopen", reason=text)
    return stage.decided(number, "reply", body=text, outcome="adopted", summary=text)


def progress(stage: Stage, text: str) -> str:
    return stage.citizen.post("/track", data={"code": stage.make.make_replied(body=text).code}).text


def reason_for_refusing(stage: Stage, text: str) -> str:
    receipt = stage.make.make_submission()
    stage.decided(receipt.number, "reject", kind="out_of_scope", reason=text)
    return stage.citizen.post("/track", data={"code": receipt.code}).text


def sign_in_after_expiry(stage: Stage, text: str) -> str:
    fields = {"body": text, "reason": text, "summary": text, text: text}
    return stage.app.test_client().post("/moderation/A1-00001/reply", data=fields).text


def resumed(stage: Stage, text: str) -> str:
    number = stage.make.make_submission().number
    password = stage.make.make_user(number, Role.MODERATOR)
    browser = stage.app.test_client()
    expired = browser.post(f"/moderation/{number}/reply", data={"body": text, "summary": text, text: text})
    return press(browser, form_on(expired.text, "/accounts/sign-in"), name=number, password=password).text


def missing_token(stage: Stage, text: str) -> str:
    return stage.staff.post("/moderation/A1-00001/reply", data={"body": text}).text


def sign_in_page(stage: Stage, text: str) -> str:
    form = form_on(stage.app.test_client().get("/accounts/sign-in", query_string={"next": text}).text, "/sign-in")
    assert form.value("next") == text
    return stage.app.test_client().get("/accounts/sign-in", query_string={"next": text}).text


def export(stage: Stage, text: str) -> str:
    page = stage.staff.get("/exports/create", query_string={"campaign": 1, "group": text}).text
    form = forms_on(page)[-1]
    return page + stage.staff.post(form.action, data={**form.fields, "purpose": text}, follow_redirects=True).text


def name_of_staff(stage: Stage, text: str) -> str:
    with writing(stage.sessions) as session:
        account.get_user(session, "admin").display_name = text[:40]
    return stage.staff.get("/exports/").text


def ready_text(stage: Stage, text: str) -> str:
    """Braces are refused there; the error repeats them, and is looked at apart."""
    form = form_on(stage.staff.get("/canned-answers/1/edit").text, "/edit")
    plain = text.translate({ord("{"): "(", ord("}"): ")"})
    assert press(stage.staff, form, title=plain[:30], body=plain).status_code == 302
    number = stage.make.make_submission().number
    return stage.staff.get("/canned-answers/").text + stage.staff.get(f"/moderation/{number}").text


def refused_ready_text(stage: Stage, text: str) -> str:
    form = form_on(stage.staff.get("/canned-answers/create?campaign=1").text, "/create?campaign=1")
    return press(stage.staff, form, kind=text, title=text * 11, body=f"{{{text}}}").text


def saved_filter(stage: Stage, text: str) -> str:
    address = "/moderation/?campaign=1&kind=praise"
    form = next(form for form in forms_on(stage.staff.get(address).text) if "filters/" in form.action)
    assert press(stage.staff, form, name=text[:20], is_shared="y").status_code == 302
    return stage.staff.get(address).text


def refused_filter(stage: Stage, text: str) -> str:
    form = next(
        form
        for form in forms_on(stage.staff.get("/moderation/?campaign=1&kind=inquiry").text)
        if "filters/" in form.action
    )
    return press(stage.staff, form, name=f"{text}{'长' * 20}").text


PAGES = [
    form_with_errors, conflict, closed_campaign, broken_seal, foreign_post, wrong_code, unknown_address, queue,
    queue_filter, staff_page, contact_details, refused_reply, decisions, progress, reason_for_refusing,
    sign_in_after_expiry, resumed, missing_token, sign_in_page, export, name_of_staff,
    ready_text, refused_ready_text, saved_filter, refused_filter,
]  # fmt: skip


@pytest.mark.on_both("a statement of its own")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.__name__)
def test_no_text_changes_a_tag_of_a_page(stage: Stage, page: Callable[[Stage, str], str]) -> None:
    harmless = tags_on(page(stage, HARMLESS))

    for payload in PAYLOADS:
        shown = page(stage, payload)
        assert tags_on(shown) == harmless, payload
        assert payload not in shown


@pytest.mark.parametrize("page", [queue, staff_page, decisions, progress, conflict], ids=lambda page: page.__name__)
def test_a_hostile_text_is_still_shown_word_for_word(stage: Stage, page: Callable[[Stage, str], str]) -> None:
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page(stage, PAYLOADS[0])
