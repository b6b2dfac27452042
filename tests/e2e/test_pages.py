"""Every page in every state, on a phone and at a desk, in light and dark: can everybody use it?"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.databases import Databases
from tests.e2e import sights
from tests.e2e.browsers import DESK, EVERYWHERE, PATIENCE_MS, PHONE, Record
from tests.e2e.inspection import (
    Impression,
    axe_violations,
    learn_axe,
    sideways,
    sideways_when_large,
    sideways_when_narrow,
    small_targets,
)
from tests.e2e.instance import running
from tests.e2e.sights_of_campaigns import CAMPAIGNS
from tests.e2e.sights_of_people import PEOPLE
from tests.e2e.stage import Stage

Sight = Callable[[Page, Stage], None]

# No page looks otherwise on another database.
pytestmark = pytest.mark.only_on("sqlite")

PUBLIC = [*sights.PUBLIC, *sights.LAST]
IN_WECHAT = [*PUBLIC, *sights.STAFF_IN_WECHAT]
ALL = [*sights.PUBLIC, *sights.STAFF, *PEOPLE, *CAMPAIGNS, *sights.STAFF_IN_WECHAT, *sights.LAST]
PICTURES = os.environ.get("SCREENSHOTS", "")


class Tour:
    """Goes to see each page once, looks at it in the size of a phone and of a desk, and remembers what was noticed."""

    def __init__(self, chromium: Browser, stage: Stage) -> None:
        self._chromium = chromium
        self._stage = stage
        self._record = Record()
        self._phone, self._desk = self._open(PHONE), self._open(DESK)
        self._seen: dict[Sight, Impression] = {}

    def see(self, sight: Sight) -> Impression:
        """What is wrong with a page. Citizens come with a phone, staff from a desk."""
        if sight not in self._seen:
            page = self._phone if sight in IN_WECHAT else self._desk
            self._record.clear()
            sight(page, self._stage)
            noticed = _look(page, sight.__name__)
            noticed.complaints, noticed.hosts = list(self._record.complaints), self._record.hosts()
            self._seen[sight] = noticed
        return self._seen[sight]

    def close(self) -> None:
        """Close the browsers."""
        for page in (self._phone, self._desk):
            page.context.close()

    def _open(self, device: dict[str, Any]) -> Page:
        scale = {"device_scale_factor": 2} if PICTURES else {}
        # Colours are looked at while they stand still.
        context = self._chromium.new_context(**{**EVERYWHERE, **device, **scale, "reduced_motion": "reduce"})
        context.set_default_timeout(PATIENCE_MS)
        self._record.watch(context)
        return context.new_page()


@pytest.fixture(scope="module")
def tour(chromium: Browser, databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tour]:
    """A tour of an instance nobody else works with."""
    # Only who is said to come from elsewhere is counted, and nobody is until a sight says so.
    with running(databases, tmp_path_factory.mktemp("tour"), environment={"GATEWAY": "127.0.0.1"}) as instance:
        tour = Tour(chromium, Stage(instance))
        yield tour
        tour.close()


@pytest.mark.parametrize("sight", ALL, ids=lambda sight: sight.__name__)
def test_axe_has_nothing_to_object_to(tour: Tour, sight: Sight) -> None:
    noticed = tour.see(sight)

    assert noticed.violations == []


@pytest.mark.parametrize("sight", ALL, ids=lambda sight: sight.__name__)
def test_nobody_has_to_scroll_sideways(tour: Tour, sight: Sight) -> None:
    noticed = tour.see(sight)

    assert noticed.sideways == []


@pytest.mark.parametrize("sight", PUBLIC, ids=lambda sight: sight.__name__)
def test_a_finger_hits_what_it_means(tour: Tour, sight: Sight) -> None:
    noticed = tour.see(sight)

    assert noticed.small_targets == []


@pytest.mark.parametrize("sight", ALL, ids=lambda sight: sight.__name__)
def test_a_page_asks_nobody_else_and_breaks_no_rule_of_the_browser(tour: Tour, sight: Sight) -> None:
    noticed = tour.see(sight)

    assert noticed.complaints == []
    assert len(noticed.hosts) == 1


def _look(page: Page, name: str) -> Impression:
    """Look at the page that is shown, first as it is on a desk; the text is enlarged at last."""
    noticed = Impression()
    learn_axe(page)
    for device in (DESK, PHONE):
        page.set_viewport_size(device["viewport"])
        noticed.violations += axe_violations(page)
        noticed.sideways += sideways(page)
        if PICTURES:
            _take_pictures(page, Path(PICTURES) / f"{name}-{device['viewport']['width']}")
    noticed.small_targets = small_targets(page)
    noticed.sideways += sideways_when_narrow(page) + sideways_when_large(page)
    return noticed


def _take_pictures(page: Page, stem: Path) -> None:
    stem.parent.mkdir(parents=True, exist_ok=True)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=f"{stem}-{scheme}.png", full_page=True)
    page.emulate_media(color_scheme="light")
