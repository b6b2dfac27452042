"""Whatever is sent in whichever field by whoever may: the answer is a page or a refusal, and never an error of ours.

A short form of it runs always, drawn anew by the name of each route; `make fuzz` tries all there is on both databases.
"""

import os
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from urllib.parse import quote, urlencode, urlsplit

import pytest

from tests.access.office import Office, Person
from tests.access.reading import Line
from tests.access.subjects import Subjects
from tests.access.test_matrix import LINES, Call
from tests.conftest import DATABASE

pytestmark = pytest.mark.on_both("values that columns of the two take differently")

_CONTROL = re.compile(r'<(?:input|textarea|select)\b[^>]* name="([^"]+)"')
IS_COMPLETE = os.environ.get("FUZZ") == "all"
FEW = 4
# Each of the two databases has one half of the routes, and both have all where all is tried.
TRIED = LINES if IS_COMPLETE else LINES[DATABASE == "postgresql" :: 2]
# What no field expects: characters, numbers, lengths, types, dates, addresses.
VALUES = (
    "", " ", "\0", "a\0b", "\ud800", "\udfff\ud800", "\ud83d", "\ufffd", "\uffff", "\U0010ffff", "\u202e", "\u200b",
    "\x1b[2J", "\t", "\r\n", "-1", "0", "007", "1.5", "1e400", "nan", "-0", "+1", "1_000", "0x10", "٣", "²", "½", "④",
    "１２", "9" * 300, str(2**31 - 1), str(2**31), str(2**40), str(2**63), str(-(2**63)), "ß" * 40, "ﷺ" * 60, "İ" * 100,
    "a" * 41, "的" * 201, "a" * 20_001, "\u0301" * 5_000, "\n" * 3_000, "None", "null", "true", "[]", "{}", "[1]",
    '{"a": 1}', "'", '"><b>', "%", "%00", "{0}", "{{7*7}}", "../../etc/passwd", "//example.org", "http://[",
    "javascript:alert(1)", "2026-02-30", "0000-00-00", "99999-01-01", "10000-01-01", "0001-01-01", "9999-12-31",
    "2026-W01-1", "20261101", "A0-00000", "Z9-9999999", "#", "#fff", "#GGGGGG", "=1+1", "@", "a@b", "a@b." + "c" * 300,
    "data:image/png;base64,AAAA", "1,2", "1;2",
)  # fmt: skip


@dataclass(frozen=True)
class Try:
    """One field of a call with a value nobody would send."""

    place: str  # in the "path", the "query" or the "body"
    name: str
    value: str


@pytest.mark.parametrize("line", TRIED, ids=lambda line: line.label)
def test_no_value_of_a_field_is_an_error_of_ours(office: Office, line: Line) -> None:
    call, chance = Call(line), random.Random(line.label)
    columns = [column for column, word in line.cells.items() if word == "ok"]
    if len(columns) == len(line.cells):
        columns = ["nobody", "moderator"]  # what asks nobody who he is answers all alike
    broken = []
    for column in columns if IS_COMPLETE else chance.sample(columns, 1):
        tries = list(_tries(call, _names(office, call, column)))
        subjects = None
        for one in tries if IS_COMPLETE else chance.sample(tries, min(FEW, len(tries))):
            subjects = subjects or _fresh(office, call, column)
            status = _send(call, *subjects, one)
            if status >= 500:
                broken.append((column, one.place, one.name, one.value[:40], status))
            if call.method == "POST" and status < 400:
                subjects = None  # it may have been done, which it is once
    assert broken == []


def _fresh(office: Office, call: Call, column: str) -> tuple[Person, Subjects]:
    person = office.enter(column)
    owner = person if column == "moderator" else office.moderator
    names = Subjects(office, owner, call.sent.states, caller=person)
    names.address = call.address(names)
    return person, names


def _names(office: Office, call: Call, column: str) -> dict[str, set[str]]:
    """The names of fields a call may have: of its address, and those the matrix or the forms of pages send."""
    person, names = _fresh(office, call, column)
    found = {
        "path": set(call.variables),
        "query": {name for name, _ in call.sent.query},
        "body": set(call.fields(names)),
    }
    path = urlsplit(names.address).path
    above = [path.rsplit("/", cut)[0] or "/" for cut in range(path.count("/"))] if call.method == "POST" else []
    for page in dict.fromkeys([path, *above, *(f"{one}/" for one in above)]):
        answer = person.browser.get(page)
        is_page = answer.status_code == 200 and answer.mimetype == "text/html"
        html = answer.text if is_page else ""
        answer.get_data()
        answer.close()
        for form in re.findall(r"<form\b.*?</form>", html, re.DOTALL):
            action = re.search(r'^<form[^>]* action="([^"]*)"', form)
            is_post = re.search(r'^<form[^>]* method="post"', form) is not None
            if is_post == (call.method == "POST") and urlsplit(unescape(action[1]) if action else page).path == path:
                found["body" if is_post else "query"] |= set(
                    re.findall(r'<(?:input|textarea|select)\b[^>]* name="([^"]+)"', form)
                )
    found["body"] -= {"csrf_token"}
    return found


def _tries(call: Call, names: dict[str, set[str]]) -> Iterator[Try]:
    for place, known in names.items():
        for name in sorted(known):
            for value in VALUES:
                if not (place == "path" and ("/" in value or not value)):
                    yield Try(place, name, value)


def _send(call: Call, person: Person, names: Subjects, one: Try) -> int:
    address, fields = names.address, call.fields(names)
    if one.place == "path":
        address = call.address(names, **{one.name: quote(one.value, safe="", errors="surrogatepass")})
    elif one.place == "query":
        path, _, query = address.partition("?")
        others = [part for part in query.split("&") if part and not part.startswith(f"{one.name}=")]
        address = f"{path}?{'&'.join([*others, urlencode({one.name: one.value}, errors='surrogatepass')])}"
    else:
        fields[one.name] = one.value
    if any(value.startswith("@") for name, value in fields.items() if name != one.name):
        # A file comes in a body of parts, which the client of these tests writes in UTF-8.
        return call.send(person, address, fields | {one.name: one.value.encode(errors="replace").decode()}).status_code
    data = urlencode({**fields, "csrf_token": person.token}, errors="surrogatepass") if call.method == "POST" else None
    kind = "application/x-www-form-urlencoded" if call.method == "POST" else None
    answer = person.browser.open(address, method=call.method, data=data, content_type=kind)
    answer.get_data()
    answer.close()
    return answer.status_code
