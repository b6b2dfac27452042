"""Chromium as people have it: WeChat on a phone, a desk in an office; and a record of what it asked for and said."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Playwright, Request, WebError

PROGRAM = "/usr/bin/chromium-headless-shell"
# The whole browser: the shell comes to no end on a network that is slowed down.
WHOLE_PROGRAM = "/usr/bin/chromium"
ARGUMENTS = [
    # Chromium's sandbox cannot be set up by root, who runs these tests in containers.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # One process for pages is enough, and saves half of the starts.
    "--renderer-process-limit=1",
    # Names that are not the loopback's, for what browsers do differently there.
    "--host-resolver-rules=MAP *.test 127.0.0.1",
]
PATIENCE_MS = 15_000

WECHAT = (
    "Mozilla/5.0 (Linux; Android 13; M2102J2SC Build/TKQ1.220829.002; wv) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Version/4.0 Chrome/107.0.5304.141 Mobile Safari/537.36 XWEB/5169 MMWEBSDK/20221011 MMWEBID/1234 "
    "MicroMessenger/8.0.42.2460(0x28002A5D) WeChat/arm64 Weixin NetType/WIFI Language/zh_CN ABI/arm64"
)
PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 740},
    "is_mobile": True,
    "has_touch": True,
    "user_agent": WECHAT,
}
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
EVERYWHERE: dict[str, Any] = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai"}

# Every page carries this header, which browsers ignore, and say so, where the address is plain http and not loopback.
_UNAVOIDABLE = "The Cross-Origin-Opener-Policy header has been ignored, because the URL's origin was untrustworthy."


@dataclass
class Record:
    """What one browser context asked the network for, and what it complained about."""

    requests: list[Request] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        """Begin to take down what happens in a context."""
        context.on("request", self._note_request)
        context.on("console", self._listen)
        context.on("weberror", self._note_error)

    def clear(self) -> None:
        """Forget everything so far."""
        self.requests.clear()
        self.complaints.clear()

    def hosts(self) -> set[str]:
        """Every host and port that was asked for something; pictures inside a page ask nobody."""
        parts = [urlsplit(request.url) for request in self.requests]
        return {part.netloc for part in parts if part.scheme not in {"data", "blob"}}

    def posts(self) -> list[str]:
        """The addresses forms were sent to."""
        return [request.url for request in self.requests if request.method == "POST"]

    def _note_request(self, request: Request) -> None:
        self.requests.append(request)

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type != "error" or message.text.startswith(_UNAVOIDABLE):
            return
        # A page that says 404 is an answer, and so is that to a sending; only parts of a page have to load.
        pages = {one.url for one in self.requests if one.is_navigation_request() or one.method == "POST"}
        is_page = message.text.startswith("Failed to load resource") and message.location["url"] in pages
        if not is_page:
            self.complaints.append(message.text)

    def _note_error(self, error: WebError) -> None:
        self.complaints.append(str(error.error))


def launch(playwright: Playwright, program: str = PROGRAM) -> Any:
    """A browser without any profile."""
    return playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
