"""Every test gets a database of its own: a copy of one that was migrated and set up once."""

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session, sessionmaker

from feedback.app import create_app
from feedback.assembly.first_start import FirstStart, set_up
from feedback.base.adapters.database import make_engine, make_sessions, writing
from feedback.base.adapters.keys import Keys, create_keys, load_keys
from feedback.base.adapters.migrations import upgrade
from feedback.base.config import Settings
from feedback.base.domain.permission import Actor, Role
from feedback.base.extensions import db
from feedback.campaigns.models.campaign import Campaign
from feedback.people.services import account
from feedback.people.services.unit import find_unit
from tests.authenticators import give_second_factor
from tests.databases import Databases, PostgresDatabases, SqliteDatabases, postgres_server
from tests.factories import Factory
from tests.once import close_all_connections, close_connections, share_what_never_differs

DATABASE = os.environ.get("TEST_DATABASE", "sqlite")
# Layers and folders whose tests run on both databases.
ON_BOTH = {"adapters", "queries", "services", "migrations", "faults", "acceptance"}
# Yesterday, half past nine in China: what a test has made lies behind the clock of the app, and nothing of it is late.
NOW = (datetime.now(UTC) - timedelta(days=1)).replace(hour=1, minute=30, second=45, microsecond=0)
PASSWORD = "correct horse battery"

Person = Callable[..., FlaskClient]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave to the other run what is about its database; and to the one on SQLite what asks no database at all."""
    left = {item for item in items if _is_left_to_the_other(item)}
    config.hook.pytest_deselected(items=list(left))
    items[:] = [item for item in items if item not in left]


def pytest_collection_finish() -> None:
    """All that was imported stays to the end of the run: nobody need look again and again whether it is garbage."""
    gc.collect()
    gc.freeze()


def _is_left_to_the_other(item: pytest.Item) -> bool:
    mark = item.get_closest_marker("only_on")
    if mark is not None:
        return mark.args != (DATABASE,)
    return DATABASE != "sqlite" and not ("databases" in getattr(item, "fixturenames", ()) and _is_for_both(item))


def _is_for_both(item: pytest.Item) -> bool:
    """Whether a test is about what the databases do in different ways, by its place or because it says so.

    What only goes through pages sends statements that others have tried; `python -m tests.statements` proves it.
    """
    if os.environ.get("ON_BOTH") == "all":
        return True
    parts = set(item.path.relative_to(item.config.rootpath).with_suffix("").parts)
    return bool(parts & ON_BOTH or {f"test_{name}" for name in ON_BOTH} & parts or item.get_closest_marker("on_both"))


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """Where databases come from; TEST_DATABASE says which of the two kinds this run is about."""
    folder = tmp_path_factory.mktemp("databases")
    if DATABASE == "sqlite":
        yield SqliteDatabases(folder)
        return
    with postgres_server() as server:
        postgres = PostgresDatabases(server)
        yield postgres
        close_all_connections()
        postgres.drop_all()


@pytest.fixture(scope="session")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One key file for the whole run; tests that change it copy it first."""
    path = tmp_path_factory.mktemp("keys") / "keys.json"
    create_keys(path)
    return path


@pytest.fixture(scope="session")
def template(databases: Databases, key_file: Path) -> tuple[str, FirstStart]:
    """The database every test gets a copy of: migrated and set up, after the administrator's first sign-in."""
    url = databases.create("template")
    engine = make_engine(url)
    upgrade(engine)
    first = set_up(make_sessions(engine), now=NOW)
    assert first is not None
    with writing(make_sessions(engine)) as session:
        user = account.get_user(session, first.user_name)
        # Most tests decide alone.
        session.execute(update(Campaign).values(second_person="off"))
        account.change_password(session, user, account.choose_password(user, PASSWORD, old=first.password), now=NOW)
        give_second_factor(session, user, keys=load_keys(key_file), now=NOW)
        account.end_sessions(session, user)
    engine.dispose()
    return url, first


@pytest.fixture
def empty_database(databases: Databases) -> Iterator[str]:
    """The URL of a database nothing has been done to."""
    url = databases.create()
    yield url
    databases.drop(url)


@pytest.fixture
def database_url(databases: Databases, template: tuple[str, FirstStart]) -> Iterator[str]:
    """The URL of a fresh copy of the template."""
    url = databases.copy(template[0])
    yield url
    databases.drop(url)


@pytest.fixture
def settings(tmp_path: Path, key_file: Path, database_url: str) -> Settings:
    """Settings of one test's instance."""
    own_keys = tmp_path / "keys" / "keys.json"
    own_keys.parent.mkdir(mode=0o700)
    shutil.copy(key_file, own_keys)
    return Settings(instance=tmp_path / "instance", keys_file=own_keys, database_url=database_url, undo_seconds=0)


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The application; a request that leaves changes uncommitted fails its test."""
    with running(settings) as application:
        yield application


@contextmanager
def running(settings: Settings) -> Iterator[Flask]:
    """An application for tests, which fails at its end where a request has left changes uncommitted."""
    application = create_app(settings)
    application.testing = True
    share_what_never_differs(application)
    application.config["DOOR_SECONDS"] = 0.0
    application.config["PROPAGATE_EXCEPTIONS"] = False
    left_behind: list[object] = []

    @application.teardown_request
    def look(_error: BaseException | None) -> None:
        left_behind.extend([*db.session.new, *db.session.dirty, *db.session.deleted])

    yield application
    close_connections(application)
    assert left_behind == []


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A visitor."""
    return app.test_client()


@pytest.fixture
def keys(settings: Settings) -> Keys:
    """The keys of the application."""
    return load_keys(settings.keys_file)


@pytest.fixture
def sessions(app: Flask) -> sessionmaker[Session]:
    """Database sessions of the application."""
    with app.app_context():
        return db.sessions


@pytest.fixture
def channel_code(template: tuple[str, FirstStart]) -> str:
    """The code of the channel that the set-up made."""
    return template[1].channel_code


@pytest.fixture
def admin(sessions: sessionmaker[Session]) -> Actor:
    """The administrator, who is campaign manager and moderator too."""
    with sessions() as session:
        return account.actor_of(session, account.get_user(session, "admin"))


@pytest.fixture
def make(sessions: sessionmaker[Session], keys: Keys, admin: Actor) -> Factory:
    """Builders of valid rows."""
    return Factory(sessions, keys, admin, NOW)


@pytest.fixture
def staff(app: Flask, sessions: sessionmaker[Session]) -> FlaskClient:
    """The administrator's browser, signed in."""
    return signed_in(app, sessions, "admin")


def signed_in(app: Flask, sessions: sessionmaker[Session], name: str) -> FlaskClient:
    """A browser in which the account is signed in."""
    with writing(sessions) as session:
        token = account.start_session(session, account.get_user(session, name), now=datetime.now(UTC))
    browser = app.test_client()
    with browser.session_transaction() as cookie:
        cookie["token"] = token
    return browser


@pytest.fixture
def colleague(app: Flask, sessions: sessionmaker[Session], make: Factory) -> FlaskClient:
    """A second moderator's browser, signed in; the account is 周敏."""
    make.make_user("周敏", Role.MODERATOR)
    return signed_in(app, sessions, "周敏")


@pytest.fixture
def make_app(settings: Settings) -> Iterator[Callable[..., Flask]]:
    """Applications on the same database under other settings."""
    made: list[Flask] = []

    def build(**changes: Any) -> Flask:
        application = create_app(replace(settings, **changes))
        application.testing = True
        share_what_never_differs(application)
        application.config |= {"DOOR_SECONDS": 0.0, "PROPAGATE_EXCEPTIONS": False}
        made.append(application)
        return application

    yield build
    for application in made:
        close_connections(application)


@pytest.fixture
def person(app: Flask, sessions: sessionmaker[Session], make: Factory) -> Person:
    """Signs in a fresh account with a role, at the root or at a unit made for it."""

    def enter(role: Role, *, unit_code: str = "root") -> FlaskClient:
        with sessions() as session:
            unit = find_unit(session, unit_code)
        name = f"{role}-{unit_code}"
        make.make_user(name, role, unit=unit or make.make_unit(unit_code, "甲县"))
        return signed_in(app, sessions, name)

    return enter
