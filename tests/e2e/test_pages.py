"""Every page in every state, on a phone and at a desk, in light and dark: can everybody use it?"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.databases import Databases
from tests.e2e import sights
from tests.e2e.browsers import DESK, EVERYWHERE, PATIENCE_MS, PHONE, Record
from tests.e2e.inspection import (
    Impression,
    axe_violations,
    sideways,
    sideways_when_large,
    sideways_when_narrow,
    small_targets,
)
from tests.e2e.instance import running
from tests.e2e.stage import Stage

Sight = Callable[[Page, Stage], None]

PUBLIC = [*sights.PUBLIC, *sights.LAST]
ALL = [*sights.PUBLIC, *sights.STAFF, *sights.LAST]
PICTURES = os.environ.get("SCREENSHOTS", "")


class Tour:
    """Goes to see each page once, on the phone and at the desk, and remembers what was noticed."""

    def __init__(self, chromium: Browser, stage: Stage) -> None:
        self._stage = stage
        self._records = {"phone": Record(), "desk": Record()}
        # Colours are looked at while they stand still.
        still = {"reduced_motion": "reduce"}
        scale = {"device_scale_factor": 2} if PICTURES else {}
        self._pages = {
            "phone": self._open(chromium, "phone", {**PHONE, **still, **scale}),
            "desk": self._open(chromium, "desk", {**DESK, **still}),
        }
        self._seen: dict[Sight, Impression] = {}

    def see(self, sight: Sight) -> Impression:
        """What is wrong with a page; each is visited once."""
        if sight not in self._seen:
            noticed = Impression()
            for device, page in self._pages.items():
                record = self._records[device]
                record.clear()
                sight(page, self._stage)
                self._look(page, sight, device, noticed)
                noticed.complaints += record.complaints
                noticed.hosts |= record.hosts()
            self._seen[sight] = noticed
        return self._seen[sight]

    def close(self) -> None:
        """Close the browsers."""
        for page in self._pages.values():
            page.context.close()

    def _open(self, chromium: Browser, device: str, options: dict[str, object]) -> Page:
        context = chromium.new_context(**{**EVERYWHERE, **options})
        context.set_default_timeout(PATIENCE_MS)
        self._records[device].watch(context)
        return context.new_page()

    def _look(self, page: Page, sight: Sight, device: str, noticed: Impression) -> None:
        noticed.violations += axe_violations(page, device=device)
        noticed.sideways += sideways(page, device=device)
        if PICTURES:
            _take_pictures(page, Path(PICTURES) / f"{sight.__name__}-{device}")
        if device == "phone":
            noticed.small_targets += small_targets(page)
            noticed.sideways += sideways_when_narrow(page, device=device) + sideways_when_large(page, device=device)


@pytest.fixture(scope="module")
def tour(chromium: Browser, databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tour]:
    """A tour of an instance nobody else works with."""
    with running(databases, tmp_path_factory.mktemp("tour")) as instance:
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


def _take_pictures(page: Page, stem: Path) -> None:
    stem.parent.mkdir(parents=True, exist_ok=True)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=f"{stem}-{scheme}.png", full_page=True)
    page.emulate_media(color_scheme="light")
