"""One database for a whole file of cells: a cell that may change something gets rows and people of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from feedback.assembly.first_start import FirstStart
from feedback.base.adapters.keys import load_keys
from feedback.base.config import Settings
from feedback.base.domain.permission import Actor
from feedback.base.extensions import db
from tests.access.office import Office
from tests.conftest import NOW, running
from tests.databases import Databases
from tests.factories import Factory


@pytest.fixture(scope="module")
def office(
    databases: Databases, template: tuple[str, FirstStart], key_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    """The county's office; there is time to take back what was decided, and mail is sent."""
    url = databases.copy(template[0])
    folder = tmp_path_factory.mktemp("office")
    settings = Settings(
        instance=folder,
        keys_file=key_file,
        database_url=url,
        undo_seconds=300,
        public_url="http://localhost",
        smtp_url="smtp://mail.example.gov.cn",
        mail_from="yijian@example.gov.cn",
    )
    with running(settings) as app:
        yield Office(app, _factory(app, key_file), settings)
    databases.drop(url)


def _factory(app: Flask, key_file: Path) -> Factory:
    with app.app_context():
        sessions = db.sessions
    nobody = Actor(0, "", "", frozenset())
    return Factory(sessions, load_keys(key_file), nobody, NOW)
