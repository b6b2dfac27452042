"""Inside a page every link, label and description leads to something, and errors speak Chinese."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask.testing import FlaskClient

from tests.factories import Factory
from tests.pages import decide, staff_fields, submit
from tests.web import form_on, forms_on, press, sign_in

Pages = dict[str, Callable[[], str]]


@pytest.fixture
def pages(client: FlaskClient, staff: FlaskClient, channel_code: str, make: Factory) -> Pages:
    """Pages with something wrong on them."""
    number = make.make_submission(name="王", has_consented=True).number
    long = "长" * 2_000

    def classified() -> str:
        form = form_on(staff.get(f"/moderation/{number}").text, "/classify")
        wrong = {"category": "x", "task": "x", "units": ["x"], "responsible_unit": "x", "responsible_person": long}
        return press(staff, form, **wrong).text

    def exported() -> str:
        form = forms_on(staff.get("/exports/create?campaign=1").text)[-1]
        return press(staff, form, purpose="").text

    def password() -> str:
        token = staff_fields(staff.get("/accounts/change-password").text)
        return staff.post("/accounts/change-password", data={**token, "new_password": long}).text

    return {
        "form": lambda: submit(client, channel_code, text="", phone="x", name=long, kind="x", category="x").text,
        "reject": lambda: decide(staff, number, "reject", reason="").text,
        "reply": lambda: decide(staff, number, "reply", body="", outcome="x", summary="").text,
        "contact": lambda: decide(staff, number, "contact", reason="").text,
        "accept": lambda: decide(staff, number, "accept", version="x").text,
        "classify": classified,
        "export": exported,
        "sign-in": lambda: sign_in(client, "", "").text,
        "password": password,
    }


PAGES = ["form", "reject", "reply", "contact", "accept", "classify", "export", "sign-in", "password"]


@pytest.mark.parametrize("page", PAGES)
def test_every_reference_inside_a_page_leads_somewhere(pages: Pages, page: str) -> None:
    html = pages[page]()

    ids = set(re.findall(r'\sid="([^"]+)"', html))
    links, labels = re.findall(r'href="#([^"]+)"', html), re.findall(r'\sfor="([^"]+)"', html)
    described = [name for names in re.findall(r'aria-describedby="([^"]+)"', html) for name in names.split()]
    assert set(links) | set(labels) | set(described) <= ids
    assert 'class="error"' in html or page == "accept"


@pytest.mark.parametrize("page", PAGES)
def test_no_error_is_in_english(pages: Pages, page: str) -> None:
    html = pages[page]()

    said = re.findall(r'<p class="error"[^>]*>(.*?)</p>|<li><a href="#[^"]*">(.*?)</a></li>', html)
    assert said
    assert [words for pair in said for words in pair if re.search("[A-Za-z]{3}", unescape(words))] == []
