"""Who may call what: every cell of the matrix is tried, and no route stands outside it."""

import re
from dataclasses import replace
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import pytest
from werkzeug.test import TestResponse

from tests.access.office import Office, Person, everything, without_tokens, word_for
from tests.access.proposing import proposed_cells, routes_of
from tests.access.reading import Line, Sent, sent, table
from tests.access.subjects import Absent, Subjects
from tests.conftest import DATABASE

pytestmark = pytest.mark.on_both("every route once")

LINES = table("who may call what")
SENT = sent()
WORDS = {"ok", "sign-in", "password", "factor", "no", "none"}


def test_every_route_has_its_line_and_every_line_its_route(office: Office) -> None:
    lines, routes = sorted(line.label for line in LINES), sorted(routes_of(office.app))

    assert [route for route in routes if route not in lines] == [], "these routes have no line in matrix.txt"
    assert [line for line in lines if line not in routes] == [], "these lines of matrix.txt are no route"
    assert [line for line in SENT if line not in routes] == [], "these lines of [what is sent] are no route"
    assert lines == sorted(set(lines))
    assert {word for line in LINES for word in line.cells.values()} == WORDS


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.label)
def test_what_a_view_states_of_its_access_is_what_the_matrix_says(office: Office, line: Line) -> None:
    proposed = proposed_cells(routes_of(office.app)[line.label], list(line.cells))

    # What is there, but not for this person's unit, is none.
    assert {column: proposed[column] if word == "none" else word for column, word in line.cells.items()} == proposed


class Call:
    """A line of the matrix as a request."""

    def __init__(self, line: Line) -> None:
        self.method, self.rule = line.label.split()
        self.sent = SENT.get(line.label, Sent({}, [], {}))
        self.variables = re.findall(r"<(?:[^:>]+:)?(\w+)>", self.rule)

    def address(self, names: Any, **typed: str) -> str:
        """Where it goes; variables may be typed over."""
        values = {name: self.sent.fields.get(name, f"{{{name}}}").format_map(names) for name in self.variables} | typed
        path = re.sub(r"<(?:[^:>]+:)?(\w+)>", lambda found: values[found[1]], self.rule)
        query = urlencode([(name, value.format_map(names)) for name, value in self.sent.query])
        return f"{path}?{query}" if query else path

    def fields(self, names: Any) -> dict[str, str]:
        """What it says."""
        return {name: value.format_map(names) for name, value in self.sent.fields.items() if name not in self.variables}

    def send(self, person: Person, address: str, fields: dict[str, str]) -> TestResponse:
        """Have somebody call it."""
        sent: dict[str, Any] = {
            name: (BytesIO(value[1:].encode()), name) if value.startswith("@") else value
            for name, value in fields.items()
        }
        data = None if self.method == "GET" else {**sent, "csrf_token": person.token}
        answer = person.browser.open(address, method=self.method, data=data)
        # A download is a file that is still open.
        answer.get_data()
        answer.close()
        return answer


@pytest.fixture(scope="module")
def people(office: Office) -> dict[str, Person]:
    """Somebody for each column, for cells that change nothing."""
    return {column: office.enter(column) for column in LINES[0].cells if column != "moderator"} | {
        "moderator": office.moderator
    }


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.label)
def test_a_route_answers_everybody_as_the_matrix_says(office: Office, people: dict[str, Person], line: Line) -> None:
    call = Call(line)
    if DATABASE == "postgresql":
        # Who may is asked of no database; what is then asked of one, the first who may shows.
        may = next(column for column, word in line.cells.items() if word == "ok")
        line = replace(line, cells={may: "ok"})
    quiet = [column for column, word in line.cells.items() if word != "ok" or call.method == "GET"]
    names = Subjects(office, office.moderator, call.sent.states)
    address, fields = call.address(names), call.fields(names)
    before = everything(office.sessions) if quiet else {}

    answers = {column: call.send(people[column], address, fields) for column in quiet}
    after = everything(office.sessions) if quiet else {}
    answers |= {column: call_anew(office, call, column) for column in line.cells if column not in quiet}

    assert {column: word_for(answers[column]) for column in line.cells} == line.cells
    assert after == before
    missing = call.address(Absent())
    for column in (column for column, word in line.cells.items() if word == "none"):
        nothing = call.send(people[column], missing, fields)
        assert without_tokens(answers[column].data) == without_tokens(nothing.data), column


def call_anew(office: Office, call: Call, column: str) -> TestResponse:
    """Have a fresh person call it about fresh things: it may change both."""
    person = office.enter(column)
    owner = person if column == "moderator" else office.moderator
    names = Subjects(office, owner, call.sent.states, caller=person)
    names.address = call.address(names)
    return call.send(person, names.address, call.fields(names))
