"""Hostile input over every public post: nothing breaks, nothing is stored that should not be, no text is lost."""

import random
from collections.abc import Iterator
from urllib.parse import quote_from_bytes

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from feedback.cases.models.submission import Submission
from tests.pages import fill_in, submit
from tests.web import contents, count, form_on, texts

pytestmark = pytest.mark.on_both("text that PostgreSQL refuses")

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def addresses(channel_code: str) -> list[str]:
    """Every address strangers can post to, and two that take no post."""
    return [f"/f/{channel_code}", "/f/zzzzz", "/track", "/track/withdraw-contact", "/accounts/sign-in", "/nowhere", "/"]


def in_every_field(value: bytes) -> bytes:
    """The same bytes as text, code, name, token and what else pages ask for."""
    names = ("text", "code", "name", "phone", "kind", "consent", "nonce", "token", "password", "next", "kept", "body")
    return b"&".join(name.encode() + b"=" + value for name in names)


BODIES = {
    "NUL": (FORM, in_every_field(b"a%00b")),
    "half a surrogate pair": (FORM, in_every_field(b"%ED%A0%80")),
    "cut UTF-8": (FORM, in_every_field(b"%E5%81")),
    "raw broken UTF-8": (FORM, in_every_field(b"\xff\xfe\xe5")),
    "GBK": (FORM, in_every_field(quote_from_bytes("停车难".encode("gbk")).encode())),
    "bad percent": (FORM, in_every_field(b"%zz%4%")),
    "controls": (FORM, in_every_field(b"%01%08%1b%7f%c2%85")),
    "2,000 fields": (FORM, b"&".join(b"f%d=1" % place for place in range(2_000))),
    "one field 2,000 times": (FORM, b"text=a&" * 2_000),
    "only separators": (FORM, b"&=&=;" * 1_000),
    "JSON": ("application/json", b'{"text": "a", "code": {"$ne": 1}}'),
    "deep JSON": ("application/json", b"[" * 100_000),
    "plain text": ("text/plain", b"text=a"),
    "XML": ("application/xml", b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><text>&e;</text>"),
    "no type": ("", b"text=a"),
    "strange charset": (f"{FORM}; charset=utf-7", in_every_field(b"+ADw-b+AD4-")),
    "multipart without boundary": ("multipart/form-data", b"--x\r\n\r\n"),
    "cut multipart": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\na',
    ),
    "a file as text": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="text"; filename="a"\r\n\r\na\r\n--x--\r\n',
    ),
    "1,500 parts": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\na\r\n' * 1_500 + b"--x--\r\n",
    ),
}


@pytest.mark.parametrize(("content_type", "body"), BODIES.values(), ids=BODIES)
def test_a_broken_body_is_refused_everywhere_and_leaves_no_trace(
    client: FlaskClient, addresses: list[str], sessions: sessionmaker[Session], content_type: str, body: bytes
) -> None:
    before = contents(sessions)

    answers = [client.post(address, data=body, content_type=content_type) for address in addresses]

    assert {answer.status_code for answer in answers} <= {400, 404, 405, 413}
    assert contents(sessions) == before


BROKEN_TEXTS = {
    "NUL": b"%00",
    "half a surrogate pair": b"%ED%A0%80",
    "broken UTF-8": b"%FF",
    "GBK": quote_from_bytes("难".encode("gbk")).encode(),
    "the mark of broken bytes": b"%EF%BF%BD",
}


@pytest.mark.parametrize("broken", BROKEN_TEXTS.values(), ids=BROKEN_TEXTS)
@pytest.mark.parametrize("name", ["text", "name", "phone"])
def test_a_text_with_broken_bytes_is_given_back_with_what_can_be_read(
    client: FlaskClient, channel_code: str, sessions: sessionmaker[Session], name: str, broken: bytes
) -> None:
    fields = {**fill_in(client, channel_code), "text": "停车难", "consent": "y"}
    body = "&".join(f"{key}={value}" for key, value in fields.items() if key != name).encode()

    answer = client.post(f"/f/{channel_code}", data=body + f"&{name}=停车".encode() + broken, content_type=FORM)

    form = form_on(answer.text, f"/f/{channel_code}")
    assert answer.status_code == 400
    assert form.value("text").startswith("停车")
    assert form.value(name).startswith("停车")
    assert count(sessions, Submission) == 0


def test_control_characters_are_stored_whole(
    client: FlaskClient, channel_code: str, sessions: sessionmaker[Session]
) -> None:
    text = "a\x01\x08\x0b\x0c\x1b[31m\x7f\x85\u202e\u2028\ufffe\U0010ffff b\t"

    assert submit(client, channel_code, text=text).status_code == 200

    assert texts(sessions) == [text]


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "_x000D_",
        "{{7777*7777}}",
        "${7777*7777}",
        "%s%n",
        "'; DROP TABLE text;--",
    ],
)
def test_a_dangerous_looking_text_is_only_a_text(
    client: FlaskClient, staff: FlaskClient, channel_code: str, sessions: sessionmaker[Session], text: str
) -> None:
    receipt = submit(client, channel_code, text=text, name=text, consent="y")

    assert receipt.status_code == 200
    assert texts(sessions) == [text]
    assert "60481729" not in staff.get("/moderation/").text


def test_a_text_of_100_kilobytes_is_given_back(
    client: FlaskClient, channel_code: str, sessions: sessionmaker[Session]
) -> None:
    text = "长" * 34_000

    answer = submit(client, channel_code, text=text)

    assert answer.status_code == 400
    assert form_on(answer.text, f"/f/{channel_code}").value("text") == text
    assert count(sessions, Submission) == 0


@pytest.mark.parametrize("content_type", [FORM, "multipart/form-data; boundary=x"], ids=["urlencoded", "multipart"])
def test_a_body_of_more_than_two_megabytes_is_refused_with_a_page(
    client: FlaskClient, addresses: list[str], sessions: sessionmaker[Session], content_type: str
) -> None:
    before = contents(sessions)
    body = b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n' + b"text=" + b"a" * 2_000_001

    answers = {
        address: client.post(address, data=body, content_type=content_type).status_code
        for address in [*addresses, "/moderation/A1-00001/reply"]
    }

    assert answers[addresses[0]] == answers["/track"] == 413
    assert set(answers.values()) <= {413, 404, 405, 401}
    assert contents(sessions) == before


def test_a_huge_body_from_another_site_is_refused_with_a_page(client: FlaskClient, channel_code: str) -> None:
    answer = client.post(
        f"/f/{channel_code}", data={"text": "a" * 2_000_001}, headers={"Origin": "https://other.example"}
    )

    assert answer.status_code in {403, 413}


def test_of_doubled_fields_the_first_counts(
    client: FlaskClient, channel_code: str, sessions: sessionmaker[Session]
) -> None:
    answer = submit(client, channel_code, text=["停车难", "排队久"], kind=["problem", "made_up"])

    assert answer.status_code == 200
    assert texts(sessions) == ["停车难"]


def noise(source: random.Random) -> Iterator[bytes]:
    """Bodies made of pieces that have broken parsers before."""
    pieces = [b"%00", b"%ED%A0%80", b"\xff", b"%", b"&", b"=", b";", b"+", b"a" * 300, "难".encode(), b"%0D%0A", b"[]"]
    while True:
        yield in_every_field(b"".join(source.choices(pieces, k=source.randrange(12))))


def test_no_mixture_of_them_breaks_anything(
    client: FlaskClient, addresses: list[str], sessions: sessionmaker[Session]
) -> None:
    bodies = noise(random.Random(20261120))

    answers = [client.post(address, data=next(bodies), content_type=FORM) for address in addresses * 30]

    assert {answer.status_code for answer in answers} <= {400, 404, 405, 429}
    assert count(sessions, Submission) == 0


@pytest.mark.parametrize("path", ["/f/%00", "/f/a%00b", "/f/%ED%A0%80", "/assets/%00.css", "/%00", "/f/" + "a" * 9_000])
def test_no_broken_address_breaks_anything(client: FlaskClient, path: str) -> None:
    assert (client.get(path).status_code, client.post(path).status_code) in {(404, 404), (404, 405)}


HEADERS = {
    "Origin": ["http://[", "http://[::1", "null", "", "://", "a" * 9_000, "http://a:b:c", "\xff"],
    "Referer": ["http://[", "http://a/%00", "about:blank"],
    "Sec-Fetch-Site": ["", "no such site"],
    "Host": ["[", "a b", "a:b:c", "", "\xff", "a/../b"],
    "Cookie": ["staff=x", "staff=" + "a" * 9_000, "staff=.eJx", "=;=;", "__Host-staff=\xff"],
    "Accept-Encoding": ["gzip;q=x", "*;q=", "\xff"],
    "Content-Length": ["-1", "a"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in HEADERS.items() for value in values])
def test_no_broken_header_breaks_anything(
    client: FlaskClient, channel_code: str, sessions: sessionmaker[Session], name: str, value: str
) -> None:
    environ = {("" if name == "Content-Length" else "HTTP_") + name.upper().replace("-", "_"): value}

    for path in (f"/f/{channel_code}", "/track", "/moderation/"):
        assert client.get(path, environ_overrides=environ).status_code < 500
        assert client.post(path, data={"text": "停车难"}, environ_overrides=environ).status_code < 500

    assert count(sessions, Submission) == 0


@pytest.mark.timeout(20, func_only=True)
def test_a_huge_phone_number_costs_no_work(client: FlaskClient, channel_code: str) -> None:
    answer = submit(client, channel_code, text="停车难", phone="\u0301\u0323" * 100_000)

    assert answer.status_code == 400
