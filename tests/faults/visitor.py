"""People with a browser: citizens who write and track, and the staff who answer. Every wait is bounded."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.client import HTTPException, HTTPMessage
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from tests.authenticators import SECRET, Authenticator
from tests.faults.gateway import Gateway
from tests.pages import code_on, hidden_fields, number_on, staff_fields
from tests.server import Server, http_connection
from tests.uploads import multipart

TIMEOUT_SECONDS = 60
EXPORT_SECONDS = 240
NEW_PASSWORD = "a long walk to the county town"
# What a connection to a server that is killed, or not up yet, ends with.
LOST = (OSError, HTTPException)

# The administrator's phone, for each service that was signed in to.
AUTHENTICATORS: dict[tuple[str, str], Authenticator] = {}

Fields = Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """What came back for one request."""

    status_code: int
    headers: HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass(frozen=True)
class Receipt:
    """What a citizen keeps."""

    number: str
    code: str


@dataclass
class Visitor:
    """One browser: a fresh connection for each request, from `source` if it is given, with `headers` on all of them."""

    server: Server | Gateway
    source: str = ""
    headers: Fields = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, headers: Fields | None = None) -> Answer:
        return self.request("GET", path, headers=headers)

    def post(self, path: str, fields: Fields, headers: Fields | None = None) -> Answer:
        """Send a form as browsers do: urlencoded, with CRLF line ends and the page's origin."""
        lines = {name: value.replace("\r\n", "\n").replace("\n", "\r\n") for name, value in fields.items()}
        sent = {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.server.url, **(headers or {})}
        return self.request("POST", path, urlencode(lines).encode(), sent)

    def upload(self, path: str, fields: Fields, *files: bytes, headers: Fields | None = None) -> Answer:
        """Send a form with pictures."""
        body, content_type = multipart(fields, *files)
        sent = {"Content-Type": content_type, "Origin": self.server.url, **(headers or {})}
        return self.request("POST", path, body, sent)

    def follow(self, answer: Answer) -> Answer:
        """Go where redirects lead."""
        for _ in range(5):
            if answer.status_code not in {302, 303}:
                break
            answer = self.get(answer.headers["Location"].removeprefix(self.server.url))
        return answer

    def request(self, method: str, path: str, body: bytes = b"", headers: Fields | None = None) -> Answer:
        """One request as it is told to be, without following redirects."""
        connection = http_connection(self.server.url, seconds=TIMEOUT_SECONDS, source=self.source)
        sent = {**self.headers, **(headers or {}), "Connection": "close"}
        cookies = [*filter(None, [sent.get("Cookie")]), *(f"{name}={value}" for name, value in self.cookies.items())]
        if cookies:
            sent["Cookie"] = "; ".join(cookies)
        try:
            connection.request(method, path, body or None, sent)
            response = connection.getresponse()
            answer = Answer(response.status, response.headers, response.read())
        finally:
            connection.close()
        for header in answer.headers.get_all("Set-Cookie", []):
            self.cookies.update({name: morsel.value for name, morsel in SimpleCookie(header).items()})
        return answer


def fill_in(visitor: Visitor, text: str, **more: str) -> dict[str, str]:
    """Open the form and type: the fields as they are sent."""
    page = visitor.get(visitor.server.form_path)
    assert page.status_code == 200, page.text
    return {**hidden_fields(page.text), "text": text, **more}


def send(visitor: Visitor, fields: Fields) -> Receipt:
    """Send a form, and keep the receipt."""
    answer = visitor.post(visitor.server.form_path, fields)
    assert answer.status_code == 200, answer.text
    return receipt_on(answer)


def submit(visitor: Visitor, text: str, **more: str) -> Receipt:
    """Open the form, fill it in and send it."""
    return send(visitor, fill_in(visitor, text, **more))


def receipt_on(answer: Answer) -> Receipt:
    """The number and the code a receipt shows."""
    return Receipt(number_on(answer.text), code_on(answer.text))


def track(visitor: Visitor, code: str) -> Answer:
    """Ask with a query code."""
    return visitor.post("/track", {"code": code})


def send_until_acknowledged(visitor: Visitor, text: str, *, give_up_at: float) -> tuple[Receipt, int]:
    """Open a form and send it, again and again with the same nonce, until the receipt is there; and how often."""
    fields: dict[str, str] | None = None
    tries = 0
    while time.monotonic() < give_up_at:
        try:
            if fields is None:
                fields = fill_in(visitor, text)
            tries += 1
            return send(visitor, fields), tries
        except LOST:
            time.sleep(0.05)
    raise TimeoutError("never acknowledged")


def sign_in(visitor: Visitor, password: str, *, name: str = "admin") -> Answer:
    """Somebody of the staff signs in; what is shown then, the sign-in page again included."""
    page = visitor.get("/accounts/sign-in")
    phone = AUTHENTICATORS.setdefault((visitor.server.url, name), Authenticator(SECRET))
    typed = {"name": name, "password": password, "code": phone.code()}
    return visitor.follow(visitor.post("/accounts/sign-in", {**staff_fields(page.text), **typed}))


def sign_in_first(visitor: Visitor, password: str | None) -> Visitor:
    """The administrator's first sign-in: the pages demand a new password and an authenticator, and get them."""
    demanded = sign_in(visitor, password or "")
    assert "修改密码" in demanded.text, demanded.text
    changed = {"old_password": password or "", "new_password": NEW_PASSWORD, "repeated": NEW_PASSWORD}
    demanded = visitor.follow(visitor.post("/accounts/change-password", {**staff_fields(demanded.text), **changed}))
    assert "密码已修改" in demanded.text, demanded.text
    secret = re.search(r'密钥 <span class="hash">([A-Z2-7 ]+)<', demanded.text)
    assert secret is not None, demanded.text
    phone = AUTHENTICATORS[visitor.server.url, "admin"] = Authenticator(secret[1].replace(" ", ""))
    fields = {**staff_fields(demanded.text), "sealed": sealed_on(demanded.text), "code": phone.code()}
    bound = visitor.post("/accounts/second-factor/", fields)
    assert "备用码" in bound.text, bound.text
    return visitor


def sealed_on(html: str) -> str:
    """What the page of the authenticator carries."""
    found = re.search(r'name="sealed"[^>]* value="([^"]+)"', html)
    assert found is not None, html
    return found[1]


def is_at_the_desk(answer: Answer) -> bool:
    """Whether a page is the moderators' queue."""
    return answer.status_code == 200 and "<h1>工作人员登录" not in answer.text and "受理台" in answer.text


def decide(staff: Visitor, number: str, action: str, *, on: Answer | None = None, **fields: str) -> Answer:
    """Press one of the buttons on a submission's page, opened for it unless it is open already; the page after it."""
    path = f"/moderation/{number}"
    page = on or staff.get(path)
    answer = staff.follow(staff.post(f"{path}/{action}", {**staff_fields(page.text), **fields}))
    assert answer.status_code == 200, answer.text
    assert "已保存" in answer.text, answer.text
    return answer


def numbers_in_queue(staff: Visitor) -> list[str]:
    """Turn over the pages of the queue to the last one."""
    numbers: list[str] = []
    path: str | None = "/moderation/"
    while path is not None:
        page = staff.get(path).text
        numbers += re.findall(r'class="row card" href="/moderation/([A-Z][0-9]-[0-9]{5,7})[?"]', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        path = following[1].replace("&amp;", "&") if following else None
    return numbers


def export(staff: Visitor, purpose: str = "某月某日会议") -> bytes:
    """Ask for the workbook of the whole campaign, wait for the worker, and download it."""
    offered = re.search(r'href="(/exports/create\?[^"]+)"', staff.get("/moderation/").text)
    assert offered is not None
    address = offered[1].replace("&amp;", "&")
    asked = staff.post(address, {**staff_fields(staff.get(address).text), "purpose": purpose})
    assert asked.status_code == 302, asked.text
    path = asked.headers["Location"]
    page = _made(staff, path)
    link = re.search(r'href="(/exports/[0-9]+/download)"', page)
    assert link is not None, page
    download = staff.get(link[1])
    assert download.status_code == 200
    return download.body


def _made(staff: Visitor, path: str) -> str:
    """The page of an export when it is done, seen as somebody sees it who presses 刷新."""
    give_up_at = time.monotonic() + EXPORT_SECONDS
    while "data-progress" in (page := staff.get(path).text):
        assert time.monotonic() < give_up_at, page
        time.sleep(0.2)
    return page


class _Quotes(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.quotes: list[str] = []
        self._is_inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "p" and ("class", "quoted") in attrs:
            self.quotes.append("")
            self._is_inside = True

    def handle_data(self, data: str) -> None:
        if self._is_inside:
            self.quotes[-1] += data

    def handle_endtag(self, tag: str) -> None:
        self._is_inside = self._is_inside and tag != "p"


def quotes_on(answer: Answer) -> list[str]:
    """The texts of people a page quotes, character for character."""
    parser = _Quotes()
    parser.feed(answer.text)
    parser.close()
    return parser.quotes
