"""What the web tests share: pages read as a browser reads them, and looks into the database."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

from feedback.assembly.tables import Base
from feedback.base.adapters.database import writing
from feedback.base.adapters.files import default_campaign
from feedback.base.extensions import db
from feedback.cases.domain.receipt import new_nonce
from feedback.cases.models.event import Event
from feedback.cases.models.submission import Submission
from feedback.cases.models.text import Text
from feedback.editing.services.campaign import get_campaign, revise_campaign
from feedback.intake.domain.form_seal import seal
from tests.authenticators import fresh_code
from tests.conftest import NOW
from tests.factories import Factory
from tests.pages import staff_fields
from tests.stored import settled

PUBLIC_URL = "https://yijian.example.gov.cn"


@dataclass
class PageForm:
    """A form as a browser would send it untouched, and the labels of its submit buttons."""

    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[str] = field(default_factory=list)

    def value(self, name: str) -> str:
        """The only value of a field."""
        (only,) = self.fields[name]
        return only


class _FormReader(HTMLParser):
    """Collects successful controls; a textarea loses the one line feed that HTML says it loses."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self._open: PageForm | None = None
        self._area, self._typed = "", ""
        self._label: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self._open = PageForm(given.get("action") or "", given.get("method") or "get")
            self.forms.append(self._open)
        elif self._open is not None:
            self._control(tag, given)

    def _control(self, tag: str, given: dict[str, str | None]) -> None:
        name, kind = given.get("name") or "", given.get("type") or "text"
        if tag == "input" and (kind not in {"radio", "checkbox"} or "checked" in given):
            self._keep(name, given.get("value") or "")
        elif tag == "textarea":
            self._area, self._typed = name, ""
        elif tag == "select":
            self._area = name
        elif tag == "option" and "selected" in given:
            self._keep(self._area, given.get("value") or "")
        elif tag == "button" and kind == "submit":
            self._label = ""

    def handle_data(self, data: str) -> None:
        self._typed += data
        if self._label is not None:
            self._label += data

    def handle_endtag(self, tag: str) -> None:
        if self._open is None:
            return
        if tag == "textarea":
            self._keep(self._area, self._typed.removeprefix("\n"))
        elif tag == "button" and self._label is not None:
            self._open.buttons.append(self._label.strip())
            self._label = None
        elif tag == "form":
            self._open = None

    def _keep(self, name: str, value: str) -> None:
        assert self._open is not None
        self._open.fields.setdefault(name, []).append(value)


class _TagReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[" ".join([tag, *sorted(name for name, _ in attrs)])] += 1


def forms_on(html: str) -> list[PageForm]:
    """Every form of a page."""
    reader = _FormReader()
    reader.feed(html)
    return reader.forms


def form_on(html: str, action: str) -> PageForm:
    """The form whose address ends so."""
    (found,) = [form for form in forms_on(html) if form.action.endswith(action)]
    return found


def tags_on(html: str) -> Counter[str]:
    """How often each tag stands on a page with which attributes: what a text must never change."""
    reader = _TagReader()
    reader.feed(html)
    return reader.tags


def press(browser: FlaskClient, form: PageForm, **typed: Any) -> TestResponse:
    """Send a form of a page, with some fields typed over."""
    return browser.post(form.action, data={**form.fields, **typed})


def contents(sessions: sessionmaker[Session], *, without: str = "") -> dict[str, list[str]]:
    """Every row of every table, to see whether anything changed."""
    tables = [table for table in Base.metadata.sorted_tables if table.name != without]
    with sessions() as session:
        return {table.name: sorted(map(repr, session.execute(select(table)))) for table in tables}


def settle(sessions: sessionmaker[Session]) -> None:
    """Put all that has arrived into its place, as once its hour is over."""
    with sessions() as session:
        settled(session)


def count(sessions: sessionmaker[Session], table: type[Base]) -> int:
    """How many rows a table holds once all that has arrived is in its place."""
    with sessions() as session:
        settled(session)
        return session.scalar(select(func.count()).select_from(table)) or 0


def texts(sessions: sessionmaker[Session]) -> list[str | None]:
    """What citizens wrote, in the order of the alphabet: that of arrival is kept nowhere."""
    with sessions() as session:
        settled(session)
        return sorted(session.scalars(select(Text.body)), key=str)


def stored(sessions: sessionmaker[Session], number: str) -> Submission:
    """The row of a public number, once all that has arrived is in its place."""
    with sessions() as session:
        settled(session)
        return session.scalars(select(Submission).where(Submission.number == number)).one()


def events(sessions: sessionmaker[Session], number: str) -> list[str]:
    """The kinds of events of a submission, in their order."""
    submission_id = stored(sessions, number).id
    with sessions() as session:
        return list(
            session.scalars(select(Event.kind).where(Event.submission_id == submission_id).order_by(Event.position))
        )


def revise(sessions: sessionmaker[Session], **changes: Any) -> int:
    """Give the first campaign a new version and return its number."""
    with writing(sessions) as session:
        content = default_campaign()["content"] | changes
        return revise_campaign(session, get_campaign(session, "default"), content, now=NOW)


def page_of_age(make: Factory, hours: int) -> dict[str, str]:
    """The hidden fields of a page of today's version that was opened some hours ago."""
    nonce = new_nonce()
    with make.sessions() as session:
        page = replace(make.make_page(session), drawn_at=datetime.now(UTC) - timedelta(hours=hours))
    return {"nonce": nonce, "token": seal(page, nonce, make.keys.current("page").secret)}


def sign_in(browser: FlaskClient, name: str, password: str, **fields: Any) -> TestResponse:
    """Open the sign-in page and send it."""
    page = browser.get("/accounts/sign-in").text
    if "code" not in fields:
        # No account has a name that PostgreSQL would not even look up.
        fields["code"] = fresh_code(db_of(browser), name) if "\0" not in name else ""
    return browser.post("/accounts/sign-in", data={**staff_fields(page), "name": name, "password": password, **fields})


def db_of(browser: FlaskClient) -> sessionmaker[Session]:
    """The database behind a browser."""
    with browser.application.app_context():
        return db.sessions


def is_signed_in(browser: FlaskClient) -> bool:
    """Whether the desk opens."""
    return browser.get("/moderation/").status_code == 200


def copy_of(app: Flask, browser: FlaskClient) -> FlaskClient:
    """Another browser that holds the same cookie."""
    cookie = browser.get_cookie("staff")
    assert cookie is not None
    other = app.test_client()
    other.set_cookie("staff", cookie.value)
    return other


@contextmanager
def statements_of(app: Flask) -> Iterator[list[str]]:
    """The SQL statements that run meanwhile; SQLite's BEGIN is none."""
    ran: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            ran.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield ran
    finally:
        event.remove(engine, "before_cursor_execute", note)
