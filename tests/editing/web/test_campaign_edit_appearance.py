"""A campaign's accent and logo: checked, carried by its own pages alone, and allowed there by the policy."""

import json
import re
from base64 import b64decode, b64encode
from hashlib import sha256
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

from feedback.base.domain.permission import Role
from feedback.campaigns.domain.campaign import LOGO_PREFIX, MAX_LOGO_LENGTH
from feedback.campaigns.models.campaign import Campaign
from feedback.campaigns.models.channel import Channel
from tests.conftest import Person
from tests.uploads import photo
from tests.web import forms_on

PAGE = "/campaigns/1/appearance"
BLUE = "#1d5c86"


@pytest.fixture
def manager(person: Person) -> FlaskClient:
    """Somebody who sets campaigns up."""
    return person(Role.CAMPAIGN_MANAGER)


def save(browser: FlaskClient, accent: str = BLUE, logo: bytes = b"", **typed: str) -> TestResponse:
    token = forms_on(browser.get(PAGE).text)[-1].value("csrf_token")
    data = {"csrf_token": token, "accent": accent, "logo": (BytesIO(logo), "标志.png"), **typed}
    return browser.post(PAGE, data=data, content_type="multipart/form-data")


def imprint(sessions: sessionmaker[Session]) -> dict[str, str]:
    with sessions() as session:
        return session.get_one(Campaign, 1).imprint


def styles_of(answer: TestResponse) -> str:
    (style,) = re.findall(r"<style>(.*?)</style>", answer.text, re.S)
    return str(style)


def test_the_accent_stands_in_every_page_of_the_door_and_its_policy_knows_it(
    manager: FlaskClient, client: FlaskClient, channel_code: str
) -> None:
    assert save(manager).status_code == 302

    for address in (f"/f/{channel_code}", f"/f/{channel_code}/privacy"):
        answer = client.get(address)
        style = styles_of(answer)
        hashed = b64encode(sha256(style.encode()).digest()).decode()
        assert f"--accent:{BLUE}" in style
        assert f"'sha256-{hashed}'" in answer.headers["Content-Security-Policy"]


def test_pages_of_no_campaign_keep_the_usual_one(manager: FlaskClient, client: FlaskClient) -> None:
    save(manager)

    assert f"--accent:{BLUE}" not in client.get("/").text
    assert f"--accent:{BLUE}" not in client.get("/track").text


def test_a_pale_accent_is_refused_and_nothing_is_stored(manager: FlaskClient, sessions: sessionmaker[Session]) -> None:
    answer = save(manager, "#07c160")

    assert answer.status_code == 400
    assert "太浅" in answer.text and 'value="#07c160"' in answer.text
    assert "accent" not in imprint(sessions)


@pytest.mark.parametrize("size", [(400, 300), (3000, 200), (50, 900)])
def test_a_logo_is_made_small_enough_to_travel_in_the_form(
    manager: FlaskClient, client: FlaskClient, channel_code: str, sessions: sessionmaker[Session], size: tuple[int, int]
) -> None:
    assert save(manager, logo=photo(size=size)).status_code == 302

    logo = imprint(sessions)["logo"]
    picture = Image.open(BytesIO(b64decode(logo.removeprefix(LOGO_PREFIX))))
    assert len(logo) <= MAX_LOGO_LENGTH
    assert max(picture.size) <= 96
    assert picture.info.keys() <= {"transparency"}
    assert f'src="{logo}"' in client.get(f"/f/{channel_code}").text


def test_a_logo_stays_until_it_is_taken_away(
    manager: FlaskClient, client: FlaskClient, channel_code: str, sessions: sessionmaker[Session]
) -> None:
    save(manager, logo=photo(size=(64, 64)))

    save(manager, "#1c6e45")
    assert {"accent", "logo"} <= imprint(sessions).keys()

    save(manager, is_without_logo="y")
    assert "logo" not in imprint(sessions)
    assert 'class="door"' in client.get(f"/f/{channel_code}").text


def test_what_is_no_picture_is_refused(manager: FlaskClient, sessions: sessionmaker[Session]) -> None:
    answer = save(manager, logo=b"<svg onload=alert(1)>")

    assert answer.status_code == 400
    assert "logo" not in imprint(sessions)


def test_what_the_public_pages_say_stays_when_the_look_changes(
    manager: FlaskClient, sessions: sessionmaker[Session]
) -> None:
    form = forms_on(manager.get("/campaigns/1/imprint").text)[-1]
    manager.post("/campaigns/1/imprint", data={**form.fields, "phone": "000-12345678"})
    save(manager)
    manager.post("/campaigns/1/imprint", data={**form.fields, "phone": "000-87654321"})

    assert imprint(sessions) == {"phone": "000-87654321", "accent": BLUE}


@pytest.mark.parametrize(
    "bad",
    [
        {"accent": "#07c160"},
        {"accent": "red}*{display:none"},
        {"logo": "https://evil.example/x.png"},
        {"logo": LOGO_PREFIX + 'x" onerror="alert(1)'},
        {"logo": LOGO_PREFIX + "A" * MAX_LOGO_LENGTH},
        {"logo": "data:image/svg+xml;base64,PHN2Zz4="},
    ],
    ids=lambda bad: json.dumps(bad)[:30],
)
def test_a_file_brings_in_no_other_look(
    manager: FlaskClient, sessions: sessionmaker[Session], bad: dict[str, str]
) -> None:
    setup = json.loads(manager.get("/campaigns/1/export").text)
    form = forms_on(manager.get("/campaigns/import").text)[-1]
    sent = BytesIO(json.dumps({**setup, "code": "evil", "imprint": bad}).encode())

    data = {"csrf_token": form.value("csrf_token"), "unit": "1", "file": (sent, "setup.json")}
    answer = manager.post("/campaigns/import", data=data, content_type="multipart/form-data")

    assert answer.status_code == 400
    assert "imprint" in answer.text


@pytest.mark.on_both("a statement of its own")
def test_a_colour_from_a_file_is_stored_as_pages_need_it(
    manager: FlaskClient, client: FlaskClient, sessions: sessionmaker[Session]
) -> None:
    setup = json.loads(manager.get("/campaigns/1/export").text)
    form = forms_on(manager.get("/campaigns/import").text)[-1]
    sent = BytesIO(json.dumps({**setup, "code": "blue", "imprint": {"accent": " #1D5C86 "}}).encode())
    data = {"csrf_token": form.value("csrf_token"), "unit": "1", "file": (sent, "setup.json")}
    manager.post("/campaigns/import", data=data, content_type="multipart/form-data")

    with sessions() as session:
        campaign = session.scalars(select(Campaign).where(Campaign.code == "blue")).one()
        code = session.scalars(select(Channel.code).where(Channel.campaign_id == campaign.id)).first()
    assert campaign.imprint == {"accent": BLUE}
    assert f"--accent:{BLUE}" in client.get(f"/f/{code}").text


def test_no_line_at_the_foot_of_pages_is_longer_than_the_form_lets_it_be(manager: FlaskClient) -> None:
    setup = json.loads(manager.get("/campaigns/1/export").text)
    form = forms_on(manager.get("/campaigns/import").text)[-1]
    sent = BytesIO(json.dumps({**setup, "code": "long", "imprint": {"address": "路" * 10_000}}).encode())
    data = {"csrf_token": form.value("csrf_token"), "unit": "1", "file": (sent, "setup.json")}

    answer = manager.post("/campaigns/import", data=data, content_type="multipart/form-data")

    assert answer.status_code == 400
