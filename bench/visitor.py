"""What one visitor does: the requests of a journey, one after the other."""

import re
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from html import unescape
from itertools import count, cycle
from urllib.parse import urlencode

from bench.exchange import Response, fetch, get_request, post_head, post_request
from bench.page import TEXT, FormPage

# Sends requests, is sent their responses, returns what went wrong: nothing, as a rule.
Journey = Generator[bytes, Response, str]
# The encoded hidden fields of one form page and the cookies that came with it.
Form = tuple[bytes, bytes]


class Mode(StrEnum):
    GET = "get"  # a page, again and again
    VISIT = "visit"  # the form, then a submission with that form's hidden fields


@dataclass(frozen=True, kw_only=True)
class Plan:
    port: int
    path: str
    mode: Mode
    clients: int
    seconds: float
    receipt_mark: str  # stands in every good answer to a submission: a form shown again may be a 200 too
    texts: Sequence[str] = ()  # what is sent, one after the other; without any, an ordinary one with a serial number


class Visitor:
    """The journeys of one plan. What repeats is built once, so that a journey costs little."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._get = get_request(plan.port, plan.path, gzip=True)
        self._post_head = post_head(plan.port, plan.path, gzip=True)
        self._mark = plan.receipt_mark.encode()
        self._answers = iter(())
        if plan.mode is not Mode.GET:
            self._read_form()

    def journeys(self) -> Iterator[Journey]:
        """One after the other, without end."""
        begin = self._get_page if self._plan.mode is Mode.GET else self._visit
        while True:
            yield begin()

    def _read_form(self) -> None:
        response = fetch(self._plan.port, self._plan.path)
        if not response.is_good:
            raise RuntimeError(f"{self._plan.path} answered {response.status}")
        page = FormPage(response.body.decode())
        (field,) = (name for name, answer in page.answers.items() if answer == TEXT)
        others = urlencode([answer for answer in page.answers.items() if answer[0] != field]).encode()
        ready = [b"%b&%b" % (others, urlencode({field: text}).encode()) for text in self._plan.texts or [TEXT]]
        # A serial number behind the text tells the submissions apart.
        self._answers = cycle(ready) if self._plan.texts else (b"%b%d" % (ready[0], serial) for serial in count(1))
        names = "|".join(map(re.escape, page.hidden_names)).encode()
        self._hidden = re.compile(rb'<input\b[^>]*? name="(%b)"[^>]*? value="([^"]*)"' % names)

    def _get_page(self) -> Journey:
        response = yield self._get
        return _complaint("page", response)

    def _visit(self) -> Journey:
        page = yield self._get
        return _complaint("form", page) or (yield from self._submit(self._form(page)))

    def _submit(self, form: Form) -> Journey:
        hidden, cookies = form
        body = b"%b&%b" % (hidden, next(self._answers))
        response = yield post_request(self._post_head, body, cookies)
        if response.is_good and self._mark not in response.body:
            return "no receipt"
        return _complaint("submission", response)

    def _form(self, page: Response) -> Form:
        fields = self._hidden.findall(page.body)
        return urlencode([(name, unescape(value.decode())) for name, value in fields]).encode(), page.cookies


def _complaint(what: str, response: Response) -> str:
    return "" if response.is_good else f"{what} answered {response.status or 'incompletely'}"
