"""nginx in front of the service, as deploy/ sets it up: patient with phones, silent about people, the same headers."""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from http.client import HTTPResponse
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from socket import socket
from threading import Thread
from time import perf_counter

import pytest

from feedback.base.web.headers import FIXED, STRICT_TRANSPORT_SECURITY, policy
from tests.faults.conftest import Launch
from tests.faults.gateway import DEPLOY, LOOPBACK, NAME, Gateway
from tests.faults.stored import folder_bytes, found_in
from tests.faults.test_traces import HEADERS, WHO
from tests.faults.visitor import TIMEOUT_SECONDS, Answer, Visitor, fill_in, submit
from tests.faults.wire import hang_up, hear
from tests.server import http_connection, quiet_port, wait_until

UPLOADS = 300
SUBMISSIONS = 60
CLIENTS = 6
PICTURE_BYTES = 200_000
MOST_BYTES = 60 * 1024 * 1024
MULTIPART = "multipart/form-data; boundary=part"
# Loopback addresses that nobody else has.
SOURCE, OFFICE = "127.77.66.56", "127.77.66.57"
OFFICE_AGENT = "Office Browser 1.0"
CANARIES = {**WHO, "source": SOURCE}
PAGES = sorted(path.name for path in (DEPLOY / "pages").iterdir())
# About the connection and the body, not about what a browser may do.
OF_EVERY_ANSWER = {"Server", "Date", "Connection", "Content-Type", "Content-Length"}
FORWARDED = {"forwarded", "x-real-ip", *(f"x-forwarded-{word}" for word in ("host", "port", "prefix", "proto"))}

# What is tried stands between the network and the service.
pytestmark = [pytest.mark.timeout(300), pytest.mark.only_on("sqlite")]


@pytest.fixture(scope="module")
def gateway(launch: Launch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """nginx and the service behind it."""
    front = Gateway(quiet_port(), tmp_path_factory.mktemp("gateway"))
    with launch(port=front.upstream, environment={"PUBLIC_URL": front.url}) as server:
        front.form_path = server.form_path
        with front:
            yield front


@pytest.fixture(scope="module")
def lonely(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """nginx with nobody behind it."""
    with Gateway(quiet_port(), tmp_path_factory.mktemp("lonely")) as front:
        yield front


@pytest.fixture(scope="module")
def echoing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """nginx in front of something that tells what it was told."""
    with _echo() as port, Gateway(port, tmp_path_factory.mktemp("echoing")) as front:
        yield front


def test_stalled_uploads_never_reach_the_service(
    gateway: Gateway, record_testsuite_property: Callable[[str, object], None]
) -> None:
    with _stalled_uploads(gateway, UPLOADS) as (uploads, rest):
        wait_until(lambda: len(gateway.waiting_bodies()) == UPLOADS, 20, "nginx has not taken the uploads")
        with ThreadPoolExecutor(CLIENTS) as pool:
            seconds = sorted(pool.map(lambda place: _seconds_to_submit(gateway, place), range(SUBMISSIONS)))
        still_waiting = len(gateway.waiting_bodies())
        uploads[0].sendall(rest)
        answer = _read(uploads[0])

    record_testsuite_property("stalled_uploads_p50_ms", round(1000 * seconds[SUBMISSIONS // 2]))
    record_testsuite_property("stalled_uploads_p95_ms", round(1000 * seconds[SUBMISSIONS * 95 // 100]))
    assert still_waiting == UPLOADS
    assert answer.status_code == 200
    assert "已收到" in answer.text


@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_body_over_sixty_megabytes_gets_advice(gateway: Gateway, is_chunked: bool) -> None:
    too_much = bytes(MOST_BYTES + 1)
    body = iter([too_much]) if is_chunked else too_much

    answer = _ask(gateway.url, "POST", gateway.form_path, body, {"Content-Type": MULTIPART})

    _check_own_page(answer, 413, "413.html")


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("POST", "/f/abcde"), ("GET", "/moderation/")])
def test_a_service_that_is_down_gets_advice(lonely: Gateway, method: str, path: str) -> None:
    answer = _ask(lonely.url, method, path, b"text=a" if method == "POST" else None)

    _check_own_page(answer, 502, "502.html")


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("TRACE / HTTP/1.1", 405),
        (f"GET /{'a' * 5_000} HTTP/1.1", 414),
        (f"GET / HTTP/1.1\r\nX-Long: {'a' * 5_000}", 400),
        ("GET / HTTP/1.1\r\nHost: a/b", 400),
        ("POST / HTTP/1.1\r\nTransfer-Encoding: gzip", 501),
        ("GET / HTTP/9.9", 505),
        ("GET /gateway/413.html HTTP/1.1", 404),
        ("nonsense", 400),
    ],
)
def test_what_nginx_refuses_itself_gets_advice(gateway: Gateway, line: str, status: int) -> None:
    host = "" if "Host:" in line else f"\r\nHost: {NAME}"
    with gateway.connect() as connection:
        connection.sendall(f"{line}{host}\r\n\r\n".encode())
        answer = _read(connection)

    _check_own_page(answer, status, "400.html")


def test_plain_http_on_the_port_of_tls_gets_advice(gateway: Gateway) -> None:
    answer = _ask(f"http://{LOOPBACK}:{gateway.port}", "GET", "/")

    _check_own_page(answer, 400, "400.html", is_secure=False)


def test_plain_http_leads_to_the_name_and_to_no_other(gateway: Gateway) -> None:
    plain = f"http://{LOOPBACK}:{gateway.redirecting_port}"

    answer = _ask(plain, "GET", "/f/abcde?x=1", headers={"Host": "evil.example"})

    assert (answer.status_code, answer.headers["Location"]) == (301, f"https://{NAME}/f/abcde?x=1")
    del answer.headers["Location"]
    _check_own_headers(answer, is_secure=False)


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
@pytest.mark.parametrize("path", ["/", "/track", "/nowhere", "/f/zzzzz", "/moderation", "/accounts/sign-in"])
def test_what_the_service_answers_passes_with_its_own_headers(gateway: Gateway, path: str, encoding: str) -> None:
    urls = (f"http://{LOOPBACK}:{gateway.upstream}", gateway.url)

    direct, passed = (_ask(url, "GET", path, headers={"Accept-Encoding": encoding}) for url in urls)

    # The cookie of a sign-in page is another one each time.
    for answer in (direct, passed):
        assert ("Set-Cookie" in answer.headers) == (path in {"/moderation", "/accounts/sign-in"})
        del answer.headers["Set-Cookie"]
    assert passed.status_code == direct.status_code
    assert sorted(_telling_headers(passed)) == sorted(_telling_headers(direct))


@pytest.mark.parametrize("status", [400, 404, 405, 413, 414, 429, 500, 502, 503, 504])
def test_a_failure_of_the_service_keeps_its_own_page(echoing: Gateway, status: int) -> None:
    answer = _ask(echoing.url, "GET", f"/{status}", headers={"Accept-Encoding": "gzip"})

    assert answer.status_code == status
    assert dict(json.loads(answer.text))["Host"] == LOOPBACK


def test_no_log_and_no_body_that_waits_tells_who_visited_a_public_page(gateway: Gateway, tmp_path: Path) -> None:
    watched = Gateway(gateway.upstream, tmp_path / "watched", gateway.form_path)
    with watched:
        _visit(watched, origin=gateway.url)
        with _stalled_uploads(watched, 2, SOURCE, HEADERS) as (uploads, _):
            wait_until(lambda: len(watched.waiting_bodies()) == 2, 20, "nginx has not taken the uploads")
            bodies = {str(path): path.read_bytes() for path in watched.waiting_bodies()}
            hang_up(uploads[0])
    with Gateway(quiet_port(), tmp_path / "lonely") as lonely:
        _ask_as_canary(lonely.url, f"/{WHO['path']}?{WHO['query']}")

    lines = [line for front in (watched, lonely) for line in front.log("public")]
    assert found_in({**folder_bytes(tmp_path), **bodies}, CANARIES) == []
    assert {line.split()[2] for line in lines} >= {"200", "301", "400", "403", "404", "413", "502"}
    assert [line for line in lines if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d ([A-Z]+|-) \d{3}", line)] == []
    assert not (watched.logs / "access.log").read_bytes()


def test_the_log_of_staff_pages_tells_who_did_what_but_not_what_was_searched(gateway: Gateway, tmp_path: Path) -> None:
    with Gateway(gateway.upstream, tmp_path / "watched") as watched:
        for path in ("/moderation", "/moderation/?q=secret", "/accounts/sign-in", "/exports/", "/moderations", "/"):
            _ask(watched.url, "GET", path, headers={"User-Agent": OFFICE_AGENT}, source=OFFICE)

    staff = [line.split(maxsplit=4) for line in watched.log("staff")]
    assert [line[1:4] for line in staff] == [
        [OFFICE, "GET", path] for path in ("/moderation", "/moderation/", "/accounts/sign-in", "/exports/")
    ]
    assert all(OFFICE_AGENT in line[4] for line in staff)
    assert len(watched.log("public")) == 2


def test_the_service_hears_of_one_address_and_that_is_the_true_one(echoing: Gateway) -> None:
    heard = json.loads(_ask_as_canary(echoing.url, "/200").text)

    said = {name.lower(): value for name, value in heard}
    assert [value for name, value in heard if name.lower() == "x-forwarded-for"] == [SOURCE]
    assert FORWARDED & said.keys() == set()
    assert said["host"] == LOOPBACK


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_nginx_says_how_to_go_back_and_loads_nothing(name: str) -> None:
    page = (DEPLOY / "pages" / name).read_text()

    assert "按手机的返回键" in page
    assert "您写好的文字还在" in page
    assert "！" not in page
    assert re.findall(r'(?:src|href|action)="(?!data:)|url\(|<script', page) == []
    assert _style_hash(page) == _style_hash((DEPLOY / "pages" / PAGES[0]).read_text())


@contextmanager
def _stalled_uploads(
    gateway: Gateway, count: int, source: str = LOOPBACK, headers: Mapping[str, str] | None = None
) -> Iterator[tuple[list[socket], bytes]]:
    """Forms with a picture of which one half was sent; and the other half."""
    fields = fill_in(Visitor(gateway), "有照片的意见，信号不好。")
    parts = [f'--part\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{fields[name]}\r\n' for name in fields]
    picture = '--part\r\nContent-Disposition: form-data; name="picture"; filename="a.jpg"\r\n\r\n'
    body = "".join([*parts, picture]).encode() + b"\xff" * PICTURE_BYTES + b"\r\n--part--\r\n"
    lines = {
        "Host": NAME, "Origin": gateway.url, "Content-Type": MULTIPART, "Content-Length": str(len(body)),
        **(headers or {}),
    }  # fmt: skip
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    half = f"POST {gateway.form_path} HTTP/1.1\r\n{head}\r\n".encode() + body[: len(body) // 2]
    with ExitStack() as stack:
        uploads = [stack.enter_context(gateway.connect(source)) for _ in range(count)]
        for upload in uploads:
            upload.sendall(half)
        yield uploads, body[len(body) // 2 :]


def _seconds_to_submit(gateway: Gateway, place: int) -> float:
    began = perf_counter()
    submit(Visitor(gateway), f"第 {place} 件意见，信号很好。")
    return perf_counter() - began


def _visit(gateway: Gateway, *, origin: str) -> None:
    """Do on public pages all that can be done with canaries, rightly and wrongly."""
    visitor = Visitor(gateway, SOURCE, HEADERS)
    query = f"?canary={WHO['query']}"
    fields = {**fill_in(visitor, "金丝雀说：门口没有灯。"), "canary": WHO["field"]}
    path = gateway.form_path + query
    assert visitor.post(path, fields, {"Origin": origin}).status_code == 200
    visitor.post(path, fields, {"Origin": f"https://{WHO['referrer']}"})
    visitor.get(f"/{WHO['path']}{query}")
    visitor.get("/", {"Host": WHO["host"]})
    visitor.request("POST", path, bytes(MOST_BYTES + 1))
    _ask_as_canary(f"http://{LOOPBACK}:{gateway.redirecting_port}", f"/{WHO['path']}{query}")
    _ask_as_canary(f"http://{LOOPBACK}:{gateway.port}", f"/{WHO['path']}{query}")
    for line in (f"GET /{WHO['path']}{query} HTTP/1.1\r\nno colon", f"{WHO['path']} {WHO['query']}"):
        with gateway.connect(SOURCE) as connection:
            connection.sendall(f"{line}\r\nUser-Agent: {WHO['agent']}\r\n\r\n".encode())
            hear(connection)


def _ask_as_canary(url: str, path: str) -> Answer:
    return _ask(url, "GET", path, headers=HEADERS, source=SOURCE)


def _ask(
    url: str,
    method: str,
    path: str,
    body: bytes | Iterable[bytes] | None = None,
    headers: Mapping[str, str] | None = None,
    source: str = "",
) -> Answer:
    """One request exactly as it is told to be."""
    connection = http_connection(url, seconds=TIMEOUT_SECONDS, source=source)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        connection.close()


def _read(connection: socket) -> Answer:
    with HTTPResponse(connection) as response:
        response.begin()
        return Answer(response.status, response.headers, response.read())


def _check_own_page(answer: Answer, status: int, page: str, *, is_secure: bool = True) -> None:
    assert answer.status_code == status
    assert answer.body == (DEPLOY / "pages" / page).read_bytes()
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    _check_own_headers(answer, is_secure=is_secure)


def _check_own_headers(answer: Answer, *, is_secure: bool = True) -> None:
    """Those of the service, each once, and no other: only the hash of the style is nginx's own."""
    style = _style_hash((DEPLOY / "pages" / PAGES[0]).read_text())
    expected = {
        **FIXED,
        "Content-Security-Policy": re.sub("'sha256-[^']+'", f"'sha256-{style}'", policy()),
        **({"Strict-Transport-Security": STRICT_TRANSPORT_SECURITY} if is_secure else {}),
    }
    assert sorted(_telling_headers(answer)) == sorted(expected.items())


def _telling_headers(answer: Answer) -> list[tuple[str, str]]:
    return [(name, value) for name, value in answer.headers.items() if name not in OF_EVERY_ANSWER]


def _style_hash(page: str) -> str:
    style = page.partition("<style>")[2].partition("</style>")[0]
    return base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()


class _Echo(BaseHTTPRequestHandler):
    """Answers with the status in the path, and the header lines it got."""

    def do_GET(self) -> None:
        self.send_response(int(self.path[1:]))
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(json.dumps(self.headers.items()).encode())

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@contextmanager
def _echo() -> Iterator[int]:
    with HTTPServer((LOOPBACK, 0), _Echo) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()
