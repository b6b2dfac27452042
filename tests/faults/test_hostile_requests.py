"""Requests meant to hurt: each is refused or dropped, and the next visitor is served as if nothing had been."""

import json
from collections.abc import Iterable, Iterator
from itertools import chain, repeat
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.conftest import PASSWORD
from tests.faults.conftest import Launch
from tests.faults.visitor import Visitor, fill_in, is_at_the_desk, sign_in, submit, track
from tests.faults.wire import chunked, connect, head, hear, say, send_while_wanted, status_of
from tests.pages import staff_fields
from tests.server import Server

MEGABYTE = 1_000_000
HUGE = 100 * MEGABYTE
MOST_GROWTH_KILOBYTES = 50_000
FORM = {"Content_Type": "application/x-www-form-urlencoded"}
PARTS = {"Content_Type": "multipart/form-data; boundary=part"}
PART = b'--part\r\nContent-Disposition: form-data; name="text"\r\n\r\n'
HUGE_NUMBER = "99999999999999999999"
NONSENSE = [
    *(f"{name}=%00" for name in ("group", "kind", "category", "status", "after", "unit")),
    *(f"{name}={HUGE_NUMBER}" for name in ("campaign", "unit", "channel", "after")),
    *(f"{name}={day}" for name in ("from_day", "to_day") for day in ("0001-01-01", "9999-12-31", "2026-02-30")),
]

pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize(
    ("path", "kind", "beginning"), [("/f/", FORM, b"text="), ("/f/", PARTS, PART), ("/track", FORM, b"code=")]
)
def test_a_hundred_megabytes_are_refused_with_a_page(
    warm_server: Server, path: str, kind: dict[str, str], beginning: bytes
) -> None:
    workers, before = warm_server.web_workers(), _memory(warm_server)
    asked = warm_server.form_path if path == "/f/" else path

    answer = _send_endlessly(warm_server, head(warm_server, "POST", asked, Content_Length=str(HUGE), **kind), beginning)

    assert status_of(answer) == 413
    assert "提交的内容太大" in answer.decode()
    assert warm_server.web_workers() == workers
    assert _growth(warm_server, before) < MOST_GROWTH_KILOBYTES
    _check_serves(warm_server)


@pytest.mark.parametrize("body", ["too long", "broken"])
@pytest.mark.parametrize("origin", ["own", "foreign"])
@pytest.mark.parametrize("path", ["/nowhere", "/f/", "/track", "/accounts/sign-in", "/moderation/A1-23456/accept"])
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_body_that_cannot_be_read_is_the_senders_error_wherever_it_goes(
    warm_server: Server, method: str, path: str, origin: str, body: str
) -> None:
    asked = warm_server.form_path if path == "/f/" else path
    lines = {"Origin": warm_server.url if origin == "own" else "https://example.org", **FORM}
    lines |= {"Content_Length": str(HUGE)} if body == "too long" else {"Transfer_Encoding": "chunked"}

    answer = say(warm_server, head(warm_server, method, asked, **lines) + b"zz\r\ntext=a")

    assert 400 <= status_of(answer) < 500, answer


def test_a_body_in_endless_chunks_is_refused_with_a_page(warm_server: Server) -> None:
    workers, before = warm_server.web_workers(), _memory(warm_server)
    asked = head(warm_server, "POST", warm_server.form_path, Transfer_Encoding="chunked", **FORM)

    answer = _send_endlessly(warm_server, asked, b"text=", is_chunked=True)

    assert status_of(answer) == 413
    assert "提交的内容太大" in answer.decode()
    assert warm_server.web_workers() == workers
    assert _growth(warm_server, before) < MOST_GROWTH_KILOBYTES
    _check_serves(warm_server)


def test_a_body_that_is_too_long_is_not_taken_in_part(warm_server: Server) -> None:
    visitor = Visitor(warm_server)
    contact = urlencode({"name": "张三", "phone": "13800001111", "consent": "y"}).encode()
    form = urlencode(fill_in(visitor, "请打电话给我。")).encode() + b"&x=" + b"a" * 3 * MEGABYTE + b"&" + contact
    asked = head(warm_server, "POST", warm_server.form_path, Transfer_Encoding="chunked", **FORM)

    answer = say(warm_server, asked + b"".join(chunked(form, 50_000)))

    assert "已收到" not in answer.decode(), "a receipt was given for a form whose end was thrown away"
    assert status_of(answer) == 413


def test_a_body_in_chunks_is_a_submission_like_any_other(warm_server: Server) -> None:
    form = urlencode(fill_in(Visitor(warm_server), "分成几段寄来的意见。")).encode()
    asked = head(warm_server, "POST", warm_server.form_path, Transfer_Encoding="chunked", **FORM)

    answer = say(warm_server, asked + b"".join(chunked(form, 7)))

    assert status_of(answer) == 200
    assert "已收到" in answer.decode()


def _garbage() -> dict[str, bytes]:
    """What strangers send to open ports; %F stands for the form's path, %H for the service's own name."""
    post = b"POST %F HTTP/1.1\r\nHost: %H\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    get = b"GET %F HTTP/1.1\r\nHost: %H\r\n"
    return {
        "binary": bytes(range(256)) * 4 + b"\r\n\r\n",
        "a TLS hello": bytes.fromhex("1603010200010001fc0303") + bytes(500),
        "HTTP/9.9": b"GET %F HTTP/9.9\r\nHost: %H\r\n\r\n",
        "no version": b"GET %F\r\n\r\n",
        "a line of nothing": b"\r\n\r\n\r\n",
        "another method": b"BREW %F HTTP/1.1\r\nHost: %H\r\n\r\n",
        "a connect": b"CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n",
        "a foreign address": b"GET http://example.org%F HTTP/1.1\r\nHost: example.org\r\n\r\n",
        "a long address": b"GET /" + b"a" * 10_000 + b" HTTP/1.1\r\nHost: %H\r\n\r\n",
        "a long header": get + b"X-Long: " + b"a" * 10_000 + b"\r\n\r\n",
        "many headers": get + b"".join(b"X-%d: a\r\n" % place for place in range(300)) + b"\r\n",
        "a header without a colon": get + b"nonsense\r\n\r\n",
        "a header with a null": get + b"X-Null: a\0b\r\n\r\n",
        "a header with a bare line feed": get + b"X-Split: a\n b\r\n\r\n",
        "no host": b"GET %F HTTP/1.1\r\n\r\n",
        "a broken host": b"GET %F HTTP/1.1\r\nHost: [::1\r\n\r\n",
        "a host with a path": b"GET %F HTTP/1.1\r\nHost: a/b@c\r\n\r\n",
        "two hosts": get + b"Host: example.org\r\n\r\n",
        "a null in the address": b"GET /f/%00 HTTP/1.1\r\nHost: %H\r\n\r\n",
        "bytes that are no text in the address": b"GET /f/%ff%fe?x=%ff HTTP/1.1\r\nHost: %H\r\n\r\n",
        "broken cookies": b"GET /moderation/ HTTP/1.1\r\nHost: %H\r\nCookie: staff=\xff\xfe; =; ;;\r\n\r\n",
        "a length in words": post + b"Content-Length: many\r\n\r\ntext=a",
        "a negative length": post + b"Content-Length: -5\r\n\r\ntext=a",
        "two lengths": post + b"Content-Length: 6\r\nContent-Length: 7\r\n\r\ntext=a",
        "a length and chunks": post + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "a chunk of no size": post + b"Transfer-Encoding: chunked\r\n\r\nzz\r\ntext=a\r\n0\r\n\r\n",
        "half a body": post + b"Content-Length: 1000\r\n\r\ntext=a",
        "no body": post + b"\r\n",
        "bytes that are no text": post + b"Content-Length: 7\r\n\r\ntext=\xff\xfe",
        "two thousand fields": post + b"Content-Length: 8000\r\n\r\n" + b"a=b&" * 2_000,
        "a broken origin": post + b"Origin: http://[::1\r\nContent-Length: 6\r\n\r\ntext=a",
        "parts without a mark": post.replace(b"application/x-www-form-urlencoded", b"multipart/form-data")
        + b"Content-Length: 6\r\n\r\ntext=a",
        "a nonce that is no text": post + b"Content-Length: 24\r\n\r\nnonce=%ed%a0%80&token=%ff",
        "a token of no numbers": post + b"Content-Length: 42\r\n\r\nnonce=AAAAAAAAAAAAAAAAAAAAAA&token=a.b.c.d&t",
    }


@pytest.mark.parametrize("name", _garbage())
def test_garbage_is_refused_without_an_error_of_ours(warm_server: Server, name: str) -> None:
    workers = warm_server.web_workers()
    own_name = f"{warm_server.settings.host}:{warm_server.port}".encode()
    request = _garbage()[name].replace(b"%F", warm_server.form_path.encode()).replace(b"%H", own_name)

    answer = say(warm_server, request)

    assert status_of(answer) < 500, answer
    assert b"Traceback" not in answer
    assert warm_server.web_workers() == workers


@pytest.fixture(scope="module")
def staff(warm_server: Server) -> Visitor:
    """The administrator, signed in."""
    visitor = Visitor(warm_server)
    assert is_at_the_desk(sign_in(visitor, PASSWORD))
    return visitor


@pytest.mark.parametrize(
    "path",
    [
        *(f"/moderation/?{nonsense}" for nonsense in NONSENSE),
        *(f"/exports/create?campaign=1&{nonsense}" for nonsense in NONSENSE),
        *(f"/exports/{HUGE_NUMBER}{rest}" for rest in ("", "/progress", "/download")),
    ],
)
def test_a_filter_or_number_that_makes_no_sense_is_no_error_of_ours(staff: Visitor, path: str) -> None:
    answer = staff.get(path)

    assert answer.status_code < 500


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("accept", {"version": HUGE_NUMBER}),
        ("classify", {"units": HUGE_NUMBER, "responsible_unit": HUGE_NUMBER}),
        ("classify", {"responsible_person": "a\0b"}),
        ("contact", {"reason": "a\0b"}),
        ("reply", {"body": "好的。", "outcome": "adopted", "summary": "a\0b"}),
        ("reply", {"body": "好的。\0", "outcome": "adopted", "summary": "要点"}),
        ("reject", {"kind": "unclear", "reason": "a\0b"}),
    ],
)
def test_a_decision_that_cannot_be_stored_is_no_error_of_ours(
    staff: Visitor, action: str, fields: dict[str, str]
) -> None:
    path = f"/moderation/{submit(staff, '请答复我。').number}"
    hidden = staff_fields(staff.get(path).text)

    answer = staff.post(f"{path}/{action}", {**hidden, **fields})

    assert answer.status_code < 500


def test_a_purpose_and_a_name_that_cannot_be_stored_are_no_error_of_ours(staff: Visitor) -> None:
    stranger = Visitor(staff.server)
    asking = staff_fields(staff.get("/exports/create?campaign=1").text)
    arriving = staff_fields(stranger.get("/accounts/sign-in").text)

    export = staff.post("/exports/create?campaign=1", {**asking, "purpose": "a\0b"})
    sign_in_page = stranger.post("/accounts/sign-in", {**arriving, "name": "a\0b", "password": "a\0b"})

    assert export.status_code < 500
    assert sign_in_page.status_code < 500


def test_what_follows_a_request_is_not_taken_for_another(warm_server: Server) -> None:
    asked = head(warm_server, "GET", warm_server.form_path)
    smuggled = head(warm_server, "GET", "/track") + b"\x00\xff garbage\r\n\r\n" * 1_000

    answer = say(warm_server, asked + smuggled)

    assert status_of(answer) == 200
    assert answer.count(b"HTTP/1.1 ") == 1
    _check_serves(warm_server)


@pytest.fixture(scope="module")
def beset_server(launch: Launch) -> Iterator[Server]:
    """A service with little patience, and as many stalled visitors as it has workers: in the head, in the body."""
    with launch(gunicorn_arguments=("--timeout", "3")) as server, connect(server) as early, connect(server) as late:
        early.sendall(b"GET / HTTP/1.1\r\nHost: ")
        late.sendall(head(server, "POST", server.form_path, Content_Length="1000", **FORM) + b"text=")
        yield server


def test_visitors_who_stall_are_dropped(beset_server: Server) -> None:
    _check_serves(beset_server)

    assert len(beset_server.web_workers()) == beset_server.settings.web_workers


def test_a_line_that_visitors_cause_in_the_log_tells_the_hour_and_no_more(beset_server: Server) -> None:
    _check_serves(beset_server)

    lines = [json.loads(line) for line in beset_server.log().splitlines()]
    exact = [line for line in lines if not line["at"].endswith(":00:00+00:00")]

    assert any(line["level"] == "CRITICAL" for line in lines)
    assert exact == []


def _send_endlessly(server: Server, asked: bytes, beginning: bytes, *, is_chunked: bool = False) -> bytes:
    """Send HUGE bytes for as long as the server takes them, and return what it answers."""
    pieces: Iterable[bytes] = chain([beginning], repeat(b"a" * 50_000, HUGE // 50_000))
    if is_chunked:
        pieces = (b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    with connect(server) as connection:
        sent = send_while_wanted(connection, chain([asked], pieces))
        assert sent < HUGE / 2, "the server read on and on"
        return hear(connection)


def _memory(server: Server) -> dict[int, int]:
    """The resident kilobytes of each web worker."""
    return {
        worker: int(Path(f"/proc/{worker}/status").read_text().partition("VmRSS:")[2].split()[0])
        for worker in server.web_workers()
    }


def _growth(server: Server, before: dict[int, int]) -> int:
    """By how much the worker that grew most has grown."""
    return max(now - before[worker] for worker, now in _memory(server).items())


def _check_serves(server: Server) -> None:
    """An ordinary citizen is served from the form to the first look at the progress."""
    citizen = Visitor(server)
    receipt = submit(citizen, "前面的人怎么闹，也请收下我这一件。")
    assert receipt.number in track(citizen, receipt.code).text
