"""Reading what a page holds, as a browser would."""

import re
from html import unescape
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from feedback.base.extensions import db
from feedback.cases.domain.arrival import EVENTS
from feedback.cases.models.submission import Submission
from feedback.cases.queries.arrival import acts_on

_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
_CSRF = re.compile(r'name="csrf_token"(?: type="hidden")? value="([^"]+)"')
_VERSION = re.compile(r'name="version" type="hidden" value="(\d+)"')
_CODE = re.compile(r'<p class="code"[^>]*>(.*?)</p>')


def without_style(html: str) -> str:
    """A page without the style sheet it carries."""
    return re.sub("<style>.*?</style>", "", html, flags=re.DOTALL)


def hidden_fields(html: str) -> dict[str, str]:
    """The nonce and the seal of a form page."""
    return {name: unescape(value) for name, value in _HIDDEN.findall(html)}


def code_on(html: str) -> str:
    """The query code of a receipt, in groups of four."""
    found = _CODE.search(html)
    assert found is not None, html
    return re.sub(r"<[^>]+>", "", found[1]).strip()


def number_on(html: str) -> str:
    """The public number a page shows."""
    found = re.search(r"[A-Z][0-9]-[0-9]{5,7}", html)
    assert found is not None, html
    return found[0]


def fill_in(client: FlaskClient, channel_code: str, **fields: Any) -> dict[str, Any]:
    """A form as a visitor would send it: a fresh page's hidden fields and what was typed."""
    page = client.get(f"/f/{channel_code}")
    assert page.status_code == 200
    return {**hidden_fields(page.text), **fields}


def submit(client: FlaskClient, channel_code: str, **fields: Any) -> TestResponse:
    """Open the form and send it."""
    return client.post(f"/f/{channel_code}", data=fill_in(client, channel_code, **fields))


def decide(staff: FlaskClient, number: str, action: str, **fields: Any) -> TestResponse:
    """Press one of the buttons of a submission's page as it is now, which is not drawn for it.

    `tests/desk/web` presses the buttons of drawn pages, and proves in the states decisions lead to that they carry
    these fields.
    """
    with staff.application.app_context():
        found = select(Submission.version).where(Submission.number == number.upper())
        placed = db.session.scalar(found) or 1
        version = placed + sum(act.kind in EVENTS for act in acts_on(db.session, number.upper()))
    given = {**staff_fields(staff.get("/accounts/sign-in").text), "version": version}
    return staff.post(f"/moderation/{number}/{action}", data={**given, **fields})


def staff_fields(html: str) -> dict[str, str]:
    """The CSRF token of a staff page, and the version of the submission it shows."""
    csrf, version = _CSRF.search(html), _VERSION.search(html)
    assert csrf is not None, html
    return {"csrf_token": csrf[1], **({"version": version[1]} if version else {})}
