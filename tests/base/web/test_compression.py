"""Compression by the application itself: the same page for every client."""

import gzip

import pytest
from flask.testing import FlaskClient

from tests.factories import Factory
from tests.pages import fill_in, hidden_fields
from tests.web import revise

TAKES = ["gzip", "gzip, deflate, br", "br;q=1.0, gzip;q=0.8", "GZIP"]
TAKES_NOT = ["", "identity", "br", "gzip;q=0", "identity, gzip;q=0.0"]


def without_marks(page: str) -> str:
    """A form page without what differs from visitor to visitor."""
    for value in hidden_fields(page).values():
        assert page.count(value) == 1
        page = page.replace(value, "")
    return page


@pytest.mark.parametrize("encoding", TAKES)
def test_the_form_decompresses_to_the_plain_one(client: FlaskClient, channel_code: str, encoding: str) -> None:
    plain = client.get(f"/f/{channel_code}")

    packed = client.get(f"/f/{channel_code}", headers={"Accept-Encoding": encoding})

    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data) / 2
    assert without_marks(gzip.decompress(packed.data).decode()) == without_marks(plain.text)


@pytest.mark.parametrize("encoding", TAKES_NOT)
def test_a_client_without_gzip_gets_the_plain_page(client: FlaskClient, channel_code: str, encoding: str) -> None:
    for path in (f"/f/{channel_code}", "/track", "/nowhere"):
        answer = client.get(path, headers={"Accept-Encoding": encoding})
        assert "Content-Encoding" not in answer.headers
        assert answer.text.startswith("<!doctype html>")


def test_every_answer_says_that_it_depends_on_the_encoding(client: FlaskClient, channel_code: str) -> None:
    for encoding in ("gzip", "identity"):
        for path in (f"/f/{channel_code}", "/track", "/nowhere", "/"):
            answer = client.get(path, headers={"Accept-Encoding": encoding})
            assert answer.headers["Vary"] == "Accept-Encoding"


def test_two_visitors_get_different_nonces_in_the_same_page(client: FlaskClient, channel_code: str) -> None:
    first, second = (client.get(f"/f/{channel_code}").text for _ in range(2))

    assert hidden_fields(first)["nonce"] != hidden_fields(second)["nonce"]
    assert without_marks(first) == without_marks(second)


def test_a_compressed_page_can_be_sent(client: FlaskClient, channel_code: str) -> None:
    packed = client.get(f"/f/{channel_code}", headers={"Accept-Encoding": "gzip"})
    form = hidden_fields(gzip.decompress(packed.data).decode())

    answer = client.post(f"/f/{channel_code}", data={**form, "text": "停车难"}, headers={"Accept-Encoding": "gzip"})

    assert answer.status_code == 200
    assert "已收到" in gzip.decompress(answer.data).decode()


def test_a_drawn_page_follows_a_revision_and_a_change_of_imprint(
    client: FlaskClient, channel_code: str, make: Factory
) -> None:
    before = client.get(f"/f/{channel_code}").text
    make.set_campaign(imprint={"phone": "0571-12345"})
    furnished = client.get(f"/f/{channel_code}").text
    revise(make.sessions, title="第二版标题")
    revised = client.get(f"/f/{channel_code}").text

    assert ("0571-12345" in before, "0571-12345" in furnished) == (False, True)
    assert ("第二版标题" in furnished, "第二版标题" in revised) == (False, True)


def test_a_staff_page_is_compressed_too(staff: FlaskClient) -> None:
    packed = staff.get("/moderation/", headers={"Accept-Encoding": "gzip"})

    assert gzip.decompress(packed.data).decode().startswith("<!doctype html>")


def test_a_head_request_has_the_length_of_the_page(client: FlaskClient, channel_code: str) -> None:
    form = fill_in(client, channel_code)

    head = client.head(f"/f/{channel_code}")

    assert (head.status_code, head.data) == (200, b"")
    assert int(head.headers["Content-Length"]) == len(client.get(f"/f/{channel_code}").data)
    assert form["nonce"] not in str(head.headers)
