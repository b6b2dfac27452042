"""Posts that pages of other sites send: refused by what the browser says of itself, with the text given back."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.config import Settings
from feedback.cases.models.submission import Submission
from tests.factories import Factory
from tests.pages import fill_in
from tests.web import PUBLIC_URL, contents, count, texts

FOREIGN = {
    "another site": {"Origin": "https://other.example"},
    "another port": {"Origin": "http://localhost:8080"},
    "a longer name": {"Origin": "http://localhost.other.example"},
    "a name in the password": {"Origin": "http://localhost@other.example"},
    "hidden origin": {"Origin": "null"},
    "cross-site": {"Sec-Fetch-Site": "cross-site"},
    "same-site": {"Sec-Fetch-Site": "same-site"},
    "cross-site with our origin": {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    "foreign referrer": {"Referer": "https://other.example/page"},
}
OWN: dict[str, dict[str, str]] = {
    "nothing said": {},
    "own origin": {"Origin": "http://localhost"},
    "own origin in capitals": {"Origin": "HTTP://LOCALHOST"},
    "own referrer": {"Referer": "http://localhost/f/abcde"},
    "same origin": {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"},
    "typed or reloaded": {"Sec-Fetch-Site": "none"},
}


@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN)
def test_a_foreign_page_stores_nothing_and_gives_the_text_back(
    client: FlaskClient, channel_code: str, sessions: sessionmaker[Session], headers: dict[str, str]
) -> None:
    form = fill_in(client, channel_code, text="停车<难>")

    answer = client.post(f"/f/{channel_code}", data=form, headers=headers)

    assert answer.status_code == 403
    assert "停车&lt;难&gt;</textarea>" in answer.text
    assert count(sessions, Submission) == 0


@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN)
def test_a_foreign_page_can_neither_track_nor_withdraw(
    client: FlaskClient, make: Factory, sessions: sessionmaker[Session], headers: dict[str, str]
) -> None:
    receipt = make.make_submission(name="王小明", has_consented=True)
    before = contents(sessions)

    for path in ("/track", "/track/withdraw-contact"):
        answer = client.post(path, data={"code": receipt.code}, headers=headers)
        assert answer.status_code == 403
        assert receipt.number not in answer.text

    assert contents(sessions) == before


@pytest.mark.parametrize("headers", OWN.values(), ids=OWN)
def test_an_own_page_is_taken(
    client: FlaskClient, channel_code: str, sessions: sessionmaker[Session], headers: dict[str, str]
) -> None:
    form = fill_in(client, channel_code, text="停车难")

    assert client.post(f"/f/{channel_code}", data=form, headers=headers).status_code == 200

    assert texts(sessions) == ["停车难"]


def test_reading_is_open_to_links_from_anywhere(client: FlaskClient, channel_code: str) -> None:
    headers = {"Origin": "https://other.example", "Sec-Fetch-Site": "cross-site"}

    assert client.get(f"/f/{channel_code}", headers=headers).status_code == 200


def test_the_public_address_counts_and_not_the_name_a_gateway_uses(
    make_app: Callable[..., Flask], channel_code: str
) -> None:
    client = make_app(public_url=PUBLIC_URL).test_client()
    form = fill_in(client, channel_code, text="停车难")

    answers = {
        origin: client.post(f"/f/{channel_code}", data=form, headers={"Origin": origin}).status_code
        for origin in (PUBLIC_URL, "http://localhost", "https://yijian.example.gov.cn:8443")
    }

    assert answers == {PUBLIC_URL: 200, "http://localhost": 403, "https://yijian.example.gov.cn:8443": 403}


@pytest.mark.parametrize(
    ("setting", "origin"),
    [
        ("https://yijian.example.gov.cn/", "https://yijian.example.gov.cn"),
        ("https://YIJIAN.example.gov.cn", "https://yijian.example.gov.cn"),
        ("https://yijian.example.gov.cn:8443", "https://yijian.example.gov.cn:8443"),
        ("https://yijian.example.gov.cn:443", "https://yijian.example.gov.cn"),
        ("http://10.1.2.3:80", "http://10.1.2.3"),
        ("https://意见.政务", "https://xn--jguv91g.xn--zfr164b"),
        ("http://[fd00::1]:8000", "http://[fd00::1]:8000"),
    ],
)
def test_the_public_address_may_be_written_as_operators_write_it(
    make_app: Callable[..., Flask], channel_code: str, setting: str, origin: str
) -> None:
    client = make_app(public_url=Settings.from_env({"PUBLIC_URL": setting}).public_url).test_client()
    form = fill_in(client, channel_code, text="停车难")

    answer = client.post(f"/f/{channel_code}", data=form, headers={"Origin": origin})

    assert answer.status_code == 200


def test_a_made_up_host_has_no_effect_where_the_public_address_is_set(
    make_app: Callable[..., Flask], channel_code: str
) -> None:
    client = make_app(public_url=PUBLIC_URL).test_client()

    for path in ("/", f"/f/{channel_code}", "/moderation", "/moderation/", "/nowhere", "/f//abcde"):
        answer = client.get(path, headers={"Host": "other.example", "X-Forwarded-Host": "other.example"})
        assert "other.example" not in answer.text + str(answer.headers)
