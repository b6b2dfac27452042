"""A running service together with a way into its database, to make rows and to look what became of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from playwright.sync_api import Page
from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.database import make_engine, make_sessions, writing
from feedback.base.adapters.keys import load_keys
from feedback.campaigns.models.campaign import Campaign
from feedback.cases.models.contact import Contact
from feedback.cases.models.submission import Submission
from feedback.cases.models.text import Text
from feedback.people.models import StaffSession
from feedback.people.services import account
from tests.authenticators import fresh_code
from tests.databases import Databases
from tests.e2e.certificates import make_certificate
from tests.factories import Factory
from tests.server import Server, quiet_port, settings_in
from tests.stored import count, settled

Row = TypeVar("Row")


# By port: a page knows only its address.
_RUNNING: dict[int, "Instance"] = {}


def instance_of(page: Page) -> "Instance":
    """The service a page is of."""
    return _RUNNING[urlsplit(page.url).port or 0]


class Instance:
    """A service that runs."""

    def __init__(self, server: Server, sessions: sessionmaker[Session]) -> None:
        self.server = server
        self.sessions = sessions
        _RUNNING[server.port] = self
        with writing(sessions) as session:
            session.execute(update(Campaign).values(second_person="off"))  # most tests decide alone
            admin = account.actor_of(session, account.get_user(session, "admin"))
        self.make = Factory(sessions, load_keys(server.settings.keys_file), admin, datetime.now(UTC))

    def address(self, path: str = "", *, name: str = "") -> str:
        """The address of a path, under another name of this machine where one is given."""
        return f"{self.server.scheme}://{name or self.server.settings.host}:{self.server.port}{path}"

    def form(self, *, name: str = "") -> str:
        """The address on the first poster."""
        return self.address(self.server.form_path, name=name)

    def submissions_saying(self, text: str) -> list[Submission]:
        """Every stored submission with exactly this text."""
        return self._all(select(Submission).join(Text, Text.submission_id == Submission.id).where(Text.body == text))

    def with_numbers(self, numbers: list[str]) -> list[Submission]:
        """The stored submissions with these numbers, the oldest first."""
        return self._all(select(Submission).where(Submission.number.in_(numbers)).order_by(Submission.id))

    def contact_of(self, number: str) -> Contact | None:
        """The row of contact details that belongs to a number."""
        found = select(Contact).join(Submission, Submission.id == Contact.submission_id)
        return next(iter(self._all(found.where(Submission.number == number))), None)

    def count_submissions(self) -> int:
        """How many there are in all."""
        with self.sessions() as session:
            return count(session, Submission)

    def code(self, name: str) -> str:
        """What the phone of an account shows, if it has one."""
        return fresh_code(self.sessions, name)

    def end_sessions(self) -> None:
        """What the passing of time does to everybody who is signed in."""
        with writing(self.sessions) as session:
            session.execute(delete(StaffSession))

    def _all(self, statement: Select[Row]) -> list[Row]:
        with self.sessions() as session:
            return list(settled(session).scalars(statement))


@contextmanager
def running(databases: Databases, folder: Path, **options: Any) -> Iterator[Instance]:
    """A fresh instance on a database of its own, gone afterwards; `options` are those of `Server`."""
    url = databases.create()
    with started(Server(settings_in(folder, url), folder / "logs", **options)) as instance:
        yield instance
    databases.drop(url)


@contextmanager
def running_securely(databases: Databases, folder: Path, *, name: str) -> Iterator[Instance]:
    """The same over TLS, known to the public by a name."""
    url, port = databases.create(), quiet_port()
    certificate, key = make_certificate(folder, name)
    settings = replace(settings_in(folder, url), public_url=f"https://{name}:{port}")
    arguments = [f"--certfile={certificate}", f"--keyfile={key}"]
    with started(Server(settings, folder / "logs", port=port, gunicorn_arguments=arguments)) as instance:
        yield instance
    databases.drop(url)


@contextmanager
def started(server: Server) -> Iterator[Instance]:
    """A server while it runs, and its database while somebody may look into it."""
    with server:
        engine = make_engine(server.settings.database_url)
        try:
            yield Instance(server, make_sessions(engine))
        finally:
            engine.dispose()
