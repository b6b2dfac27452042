"""The county's office: everybody the matrix speaks of, each in a browser of his own."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from itertools import count

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

from feedback.assembly.tables import Base
from feedback.base.adapters.database import writing
from feedback.base.config import Settings
from feedback.base.domain.permission import Actor, Role
from feedback.base.models.unit import Unit
from feedback.intake.services.submission import Receipt
from feedback.people.adapters.passwords import hash_password
from feedback.people.services import account, user
from feedback.people.services.unit import create_unit, find_unit, root_unit
from tests.access.standing import Desk
from tests.authenticators import give_second_factor
from tests.conftest import signed_in
from tests.factories import Factory
from tests.pages import staff_fields

PASSWORD = "correct horse battery"
_HASH = hash_password(PASSWORD)
ROLES: dict[str, Role | None] = {
    "no-role": None,
    "admin": Role.ADMIN,
    "manager": Role.CAMPAIGN_MANAGER,
    "moderator": Role.MODERATOR,
    "handler": Role.UNIT_HANDLER,
    "clue": Role.CLUE_OFFICER,
    "supervisor": Role.SUPERVISOR,
    "collector": Role.COLLECTOR,
}
_UNITS = {"neighbour": "c2", "below": "t1"}
_names = count(1)


@dataclass
class Person:
    """Somebody at a browser; nobody has no name."""

    name: str
    browser: FlaskClient

    @cached_property
    def token(self) -> str:
        """The CSRF token of this browser's session, which the sign-in page gives to everybody."""
        return staff_fields(self.browser.get("/accounts/sign-in").text)["csrf_token"]


class Office:
    """A campaign run by a county, between another county and a township of its own."""

    def __init__(self, app: Flask, make: Factory, settings: Settings) -> None:
        self.app, self.make, self.settings = app, replace(make, now=datetime.now(UTC)), settings
        self.kept: dict[tuple[str, bool], Receipt] = {}
        self.print_id = ""
        with writing(self.sessions) as session:
            root = root_unit(session)
            county = _county(session, "c1", "甲县", root)
            _county(session, "c2", "乙县", root)
            create_unit(session, code="t1", name="甲镇", parent=county, level="township", agency=None)
            county_id = county.id
        make.set_campaign(unit_id=county_id, second_person="on")

    @property
    def sessions(self) -> sessionmaker[Session]:
        """Database sessions."""
        return self.make.sessions

    def enter(self, column: str) -> Person:
        """A fresh account of whom a column is about, signed in."""
        if column == "nobody":
            return Person("", self.app.test_client())
        role = ROLES.get(column, Role.MODERATOR)
        name = self.make_account(
            role, _UNITS.get(column, "c1"), has_first_password=column == "password", has_factor=column != "factor"
        )
        browser = signed_in(self.app, self.sessions, name)
        if column == "disabled":
            with writing(self.sessions) as session:
                who = account.get_user(session, name)
                user.set_disabled(session, who, is_disabled=True, now=datetime.now(UTC))
        return Person(name, browser)

    def make_account(
        self, role: Role | None, unit_code: str = "c1", *, has_first_password: bool = False, has_factor: bool = False
    ) -> str:
        """An account with PASSWORD; its name. Everybody's hash is the same one, since to make one takes long."""
        name, now = f"p{next(_names)}", datetime.now(UTC)
        with writing(self.sessions) as session:
            unit, roles = find_unit(session, unit_code), [role] if role else []
            assert unit is not None
            made = user.create_user(session, name=name, display_name=name, roles=roles, unit=unit, now=now)
            made.password_hash, made.must_change_password = _HASH, has_first_password
            if has_factor:
                give_second_factor(session, made, keys=self.make.keys, now=now)
        return name

    def actor(self, name: str) -> Actor:
        """An account as services see it."""
        with self.sessions() as session:
            return account.actor_of(session, account.get_user(session, name))

    @cached_property
    def moderator(self) -> Person:
        """To whom belongs what belongs to a moderator."""
        return self.enter("moderator")

    @cached_property
    def colleague(self) -> Person:
        """Another moderator of the same unit."""
        return self.enter("moderator")

    def desk(self, by: Person, colleague: Person) -> Desk:
        """Where one of them decides and the other confirms."""
        return Desk(self.make, self.actor(by.name), self.actor(colleague.name))


def everything(sessions: sessionmaker[Session]) -> dict[str, list[str]]:
    """Every row of every table, as the driver gives it; but not when sessions were seen last, which is no change."""
    columns = {"staff_session": "token_hash, user_id, created_at, device"}
    with sessions() as session:
        connection = session.connection()
        return {
            table.name: sorted(
                map(repr, connection.exec_driver_sql(f'SELECT {columns.get(table.name, "*")} FROM "{table.name}"'))
            )
            for table in Base.metadata.sorted_tables
        }


def word_for(answer: TestResponse) -> str:
    """What came back, in the words of the matrix; a number where it has none."""
    place = answer.headers.get("Location", "")
    if answer.status_code == 401 or place.startswith("/accounts/sign-in?next="):
        return "sign-in"
    if answer.status_code == 302 and place in {"/accounts/change-password", "/accounts/second-factor/"}:
        return {"/accounts/change-password": "password", "/accounts/second-factor/": "factor"}[place]
    if answer.status_code < 400:
        return "ok"
    return {403: "no", 404: "none"}.get(answer.status_code, str(answer.status_code))


def without_tokens(page: bytes) -> bytes:
    """A page without the tokens, which change with every second."""
    return re.sub(rb'(name="csrf_token"(?: type="hidden")? value=")[^"]*', rb"\1", page)


def _county(session: Session, code: str, name: str, root: Unit) -> Unit:
    return create_unit(session, code=code, name=name, parent=root, level="county", agency="court")
