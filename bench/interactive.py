"""How long a cheap phone on a bad network waits until the form can be used."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

from bench.exchange import HOST
from bench.servers import Server
from tests.e2e.browsers import PHONE, WHOLE_PROGRAM, launch

CPU_SLOWDOWN = 4
LATENCY_MS = 400
BYTES_A_SECOND = 400_000 // 8

# A page can be used once its scripts have run and nothing keeps it busy any more.
_WHEN_IDLE = "() => new Promise(done => requestIdleCallback(() => done(performance.now())))"


@contextmanager
def phone_browser() -> Iterator[Browser]:
    """A Chromium that forgets everything between two visits, as a phone that scans a code for the first time."""
    with sync_playwright() as playwright:
        browser = launch(playwright, WHOLE_PROGRAM)
        try:
            yield browser
        finally:
            browser.close()


def seconds_to_use(browser: Browser, server: Server) -> float:
    """From the first byte asked for until the form's page is loaded, its scripts have run and it is idle."""
    context = browser.new_context(**PHONE)
    page = context.new_page()
    _slow_down(page)
    page.goto(f"http://{HOST}:{server.port}{server.form_path}", wait_until="load")
    milliseconds: float = page.evaluate(_WHEN_IDLE)
    context.close()
    return milliseconds / 1000


def _slow_down(page: Page) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": CPU_SLOWDOWN})
    session.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": LATENCY_MS,
            "downloadThroughput": BYTES_A_SECOND,
            "uploadThroughput": BYTES_A_SECOND,
        },
    )
