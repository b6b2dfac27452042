"""The same pages over https, over plain http under a name of its own, and what comes from somebody else's page."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect

from feedback.base.domain.permission import Role
from tests.databases import Databases
from tests.e2e.browsers import PHONE, Record
from tests.e2e.conftest import Opener, opener
from tests.e2e.instance import Instance, running_securely
from tests.e2e.steps import answer, ask_for, code_on, decide, number_on, press, sign_in, status_on, submit, write

# An address leads to the same pages on another database.
pytestmark = pytest.mark.only_on("sqlite")

NAME = "feedback.test"
EVIL_NAME = "evil.test"

Publisher = Callable[[str], str]


@pytest.fixture(scope="module")
def secure_instance(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """An instance over TLS, with its public address set as an operator would."""
    with running_securely(databases, tmp_path_factory.mktemp("secure"), name=NAME) as service:
        yield service


@pytest.fixture(params=["https", "plain http"])
def named_instance(request: pytest.FixtureRequest) -> Instance:
    """An instance that is called by a name which is not the loopback's."""
    found: Instance = request.getfixturevalue({"https": "secure_instance", "plain http": "instance"}[request.param])
    return found


@pytest.fixture
def secure_desk(open_desk: Opener) -> Page:
    """A desk that trusts the test's certificate."""
    return open_desk(ignore_https_errors=True)


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def trusting_phone(request: pytest.FixtureRequest, open_phone: Opener) -> Page:
    """The same on the road."""
    return open_phone(ignore_https_errors=True, java_script_enabled=request.param)


@pytest.fixture
def publish() -> Iterator[Publisher]:
    """Publishes a page under another name and port, and returns its address."""
    with ExitStack() as sites:
        yield lambda html: sites.enter_context(_site(html))


@pytest.fixture
def lured_phone(chromium: Browser) -> Iterator[Page]:
    """A phone somebody lured to another site."""
    with opener(chromium, Record(), PHONE, most_hosts=2) as open_one:
        yield open_one(ignore_https_errors=True)


def test_an_opinion_arrives_and_is_tracked(trusting_phone: Page, named_instance: Instance) -> None:
    page, text = trusting_phone, f"门口的坡道太陡。{uuid4().hex}"

    code = submit(page, named_instance.form(name=NAME), text)
    number = number_on(page)
    page.reload()
    assert code_on(page) == code
    press(page, "查看进度")
    expect(page.get_by_text(number)).to_be_visible()
    ask_for(page, code.lower(), at=named_instance.address("/track", name=NAME))

    expect(page.get_by_text(number)).to_be_visible()
    assert len(named_instance.submissions_saying(text)) == 1
    assert page.context.cookies() == []


def test_a_mistake_is_mended(open_phone: Opener, named_instance: Instance) -> None:
    page, text = open_phone(ignore_https_errors=True), f"请在周末开放。{uuid4().hex}"
    page.goto(named_instance.form(name=NAME))
    press(page, "提交")
    expect(page.get_by_role("alert")).to_contain_text("请写下您的意见建议")

    write(page, text)
    press(page, "提交")

    assert code_on(page)
    assert len(named_instance.submissions_saying(text)) == 1


def test_going_back_over_https_and_sending_again_stores_nothing_twice(
    trusting_phone: Page, secure_instance: Instance
) -> None:
    text = f"返回以后再提交。{uuid4().hex}"
    submit(trusting_phone, secure_instance.form(name=NAME), text)

    trusting_phone.go_back()
    press(trusting_phone, "提交")

    assert len(secure_instance.submissions_saying(text)) == 1


def test_the_code_is_copied_over_https(open_phone: Opener, secure_instance: Instance) -> None:
    page = open_phone(ignore_https_errors=True, permissions=["clipboard-read", "clipboard-write"])
    code = submit(page, secure_instance.form(name=NAME), "复印机坏了。")

    page.get_by_role("button", name="复制查询码").tap()

    expect(page.get_by_role("button", name="已复制")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == code


def test_staff_work_under_the_name(secure_desk: Page, named_instance: Instance) -> None:
    name = f"zhao{uuid4().hex[:6]}"
    password = named_instance.make.make_user(name, Role.MODERATOR)
    number = named_instance.make.make_submission().number

    sign_in(secure_desk, name, password, at=named_instance.address(f"/moderation/{number}", name=NAME))
    decide(secure_desk, "受理")
    answer(secure_desk, "您好，已经处理。", outcome="采纳", summary="处理")
    decide(secure_desk, "答复")

    assert status_on(secure_desk) == "已答复"


def test_the_session_of_staff_never_travels_in_the_clear(secure_desk: Page, secure_instance: Instance) -> None:
    password = secure_instance.make.make_user("qian", Role.MODERATOR)

    sign_in(secure_desk, "qian", password, at=secure_instance.address("/moderation/", name=NAME))

    (cookie, device) = sorted(secure_desk.context.cookies(), key=lambda cookie: str(cookie["name"]))
    assert (device["name"], device["path"], device["secure"], device["httpOnly"]) == ("device", "/accounts", True, True)
    kept = (cookie["name"], cookie["path"], cookie["secure"], cookie["httpOnly"], cookie["sameSite"])
    assert kept == ("__Host-staff", "/", True, True, "Strict")
    assert cookie["domain"] == NAME


@pytest.mark.parametrize("name", [NAME, "127.0.0.1"], ids=["named", "loopback"])
def test_a_form_on_a_page_of_somebody_else_is_refused_and_gives_the_text_back(
    lured_phone: Page, instance: Instance, publish: Publisher, *, name: str
) -> None:
    text = f"别人替我写的。\n{uuid4().hex}"
    lured_phone.goto(publish(_copy_of_the_form(lured_phone, instance.form(name=name), text)))

    press(lured_phone, "领取红包")

    _expect_refusal(lured_phone, text)
    assert instance.submissions_saying(text) == []


def test_a_form_on_a_page_of_somebody_else_is_refused_over_https(
    lured_phone: Page, secure_instance: Instance, publish: Publisher
) -> None:
    text = f"别人替我写的。{uuid4().hex}"
    lured_phone.goto(publish(_copy_of_the_form(lured_phone, secure_instance.form(name=NAME), text)))

    press(lured_phone, "领取红包")

    _expect_refusal(lured_phone, text)
    assert secure_instance.submissions_saying(text) == []


def _expect_refusal(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("没有保存")
    expect(page.get_by_label("您刚才写的内容")).to_have_value(text)


def _copy_of_the_form(page: Page, form: str, text: str) -> str:
    """A page that sends what it likes, with a valid nonce and seal of the real form."""
    page.goto(form)
    fields = {name: page.locator(f"[name={name}]").input_value() for name in ("nonce", "token")}
    inputs = "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in fields.items())
    return (
        f'<!doctype html><meta charset="utf-8"><title>红包</title><form method="post" action="{form}">{inputs}'
        f'<textarea name="text">\n{escape(text)}</textarea><button>领取红包</button></form>'
    )


@contextmanager
def _site(html: str) -> Iterator[str]:
    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = html.encode() if self.path == "/" else b""
            self.send_response(200 if body else 204)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://{EVIL_NAME}:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
