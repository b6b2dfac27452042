"""One Chromium and one service for all of these tests; each test opens browsers of its own."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Protocol
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from feedback.base.domain.permission import Role
from tests.databases import Databases
from tests.e2e.browsers import DESK, EVERYWHERE, PATIENCE_MS, PHONE, Record, launch
from tests.e2e.instance import Instance, running


class Opener(Protocol):
    """Opens a browser that has never been here before, and returns its first tab."""

    def __call__(self, **options: Any) -> Page:
        """`options` are those of a Playwright context."""


# The package's scope, not the session's: while Playwright runs, no other test could use an event loop.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The browser of all tests here."""
    with sync_playwright() as playwright:
        browser: Browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def instance(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """A service that tests share: each writes texts of its own."""
    with running(databases, tmp_path_factory.mktemp("service"), has_worker=True) as service:
        yield service


@pytest.fixture
def record() -> Record:
    """What all browsers of the test asked for and said."""
    return Record()


@pytest.fixture
def open_phone(chromium: Browser, record: Record) -> Iterator[Opener]:
    """WeChat on a phone."""
    with opener(chromium, record, PHONE) as open_one:
        yield open_one


@pytest.fixture
def open_desk(chromium: Browser, record: Record) -> Iterator[Opener]:
    """A browser on a desk in an office."""
    with opener(chromium, record, DESK) as open_one:
        yield open_one


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def phone(request: pytest.FixtureRequest, open_phone: Opener) -> Page:
    """A phone that runs scripts, and one that does not."""
    return open_phone(java_script_enabled=request.param)


@pytest.fixture
def phone_with_scripts(open_phone: Opener) -> Page:
    """A phone where scripts run, for what exists only there."""
    return open_phone()


@pytest.fixture
def moderator(instance: Instance) -> tuple[str, str]:
    """Name and password of somebody new at the desk: one account may not sign in ten times a minute."""
    name = f"wang{uuid4().hex[:6]}"
    return name, instance.make.make_user(name, Role.MODERATOR)


@contextmanager
def opener(chromium: Browser, record: Record, device: dict[str, Any], *, most_hosts: int = 1) -> Iterator[Opener]:
    """Opens contexts of one device, closes them in the end, and lets no page complain or call another host."""
    with ExitStack() as contexts:

        def open_one(**options: Any) -> Page:
            context = chromium.new_context(**{**EVERYWHERE, **device, **options})
            contexts.callback(context.close)
            context.set_default_timeout(PATIENCE_MS)
            record.watch(context)
            return context.new_page()

        yield open_one
    assert record.complaints == []
    assert len(record.hosts()) <= most_hosts, f"a page asked another host: {record.hosts()}"
