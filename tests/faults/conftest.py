"""Services for fault tests."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from feedback.assembly.first_start import FirstStart
from feedback.base.config import Settings
from tests.databases import Databases
from tests.faults.visitor import Visitor, submit
from tests.server import Server, settings_in

WARMING_VISITS = 20

Launch = Callable[..., AbstractContextManager[Server]]


@pytest.fixture
def fresh_settings(tmp_path: Path, empty_database: str) -> Settings:
    """An instance before its first start."""
    return settings_in(tmp_path, empty_database)


@pytest.fixture(scope="session")
def launch(
    tmp_path_factory: pytest.TempPathFactory, databases: Databases, template: tuple[str, FirstStart], key_file: Path
) -> Launch:
    """Start a service that several tests share, with options of `Server`; set up before, or from the very beginning."""

    @contextmanager
    def launched(*, is_prepared: bool = True, **options: Any) -> Iterator[Server]:
        folder = tmp_path_factory.mktemp("service")
        url, first = template
        settings = settings_in(folder, databases.copy(url) if is_prepared else databases.create())
        if is_prepared:
            settings.keys_file.parent.mkdir(mode=0o700)
            shutil.copy(key_file, settings.keys_file)
            options["form_path"] = f"/f/{first.channel_code}"
        try:
            with Server(settings, folder / "logs", **options) as running:
                yield running
        finally:
            databases.drop(settings.database_url)

    return launched


@pytest.fixture(scope="session")
def warm_server(launch: Launch) -> Iterator[Server]:
    """A service whose workers have all served somebody, for all tests that leave it running as it was."""
    with launch() as running:
        for _ in range(WARMING_VISITS):
            submit(Visitor(running), "先来一件。")
        yield running
