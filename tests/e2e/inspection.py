"""What a careful visitor notices about a page: contrast, names and roles, sideways scrolling, targets for a finger."""

from dataclasses import dataclass, field

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page

NARROWEST = 320
# WeChat enlarges the text of a page, not the page: 17 px become 26.
LARGEST_TEXT = 26 / 17
FINGER_PX = 44

_EVERY_RULE: dict[str, object] = {"resultTypes": ["violations"]}
# Nothing but colours differs between light and dark.
_COLOUR_RULES = {**_EVERY_RULE, "runOnly": ["color-contrast", "link-in-text-block"], "preload": False}

_ENLARGE = """factor => {
  const all = [...document.querySelectorAll("body, body *")];
  const sized = all.map((element) => [element, parseFloat(getComputedStyle(element).fontSize)]);
  for (const [element, size] of sized) element.style.fontSize = `${size * factor}px`;
}"""

_SMALL_TARGETS = """least => {
  const found = [];
  const targets = "a[href], button, select, textarea, summary, input, label:has(input)";
  for (const element of document.querySelectorAll(targets)) {
    const box = element.getBoundingClientRect();
    const isPartOfLabel = element.matches("label input");
    const isHidden = !element.checkVisibility() || element.type === "hidden" || box.right <= 0;
    const words = element.parentElement.textContent.trim();
    const isInSentence = getComputedStyle(element).display === "inline" && words !== element.textContent.trim();
    if (isHidden || isPartOfLabel || isInSentence || box.height >= least) continue;
    found.push(`${element.localName} “${element.textContent.trim().slice(0, 20)}” is ${box.height} px high`);
  }
  return found;
}"""


@dataclass
class Impression:
    """What is wrong with a page, in the eyes of each inspection."""

    violations: list[str] = field(default_factory=list)
    sideways: list[str] = field(default_factory=list)
    small_targets: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)


def learn_axe(page: Page) -> None:
    """Bring axe-core's script into the page that is shown."""
    page.evaluate(f"{Axe().axe_script}; null")


def axe_violations(page: Page) -> list[str]:
    """What axe-core objects to, in light and in dark."""
    found = [f"{_window(page)}, light: {one}" for one in _run_axe(page, _EVERY_RULE)]
    page.emulate_media(color_scheme="dark")
    found += [f"{_window(page)}, dark: {one}" for one in _run_axe(page, _COLOUR_RULES)]
    page.emulate_media(color_scheme="light")
    return found


def sideways(page: Page, *, text: str = "as it is") -> list[str]:
    """Whether a page is wider than its window, which a phone would say by zooming out."""
    wide = page.evaluate("document.documentElement.scrollWidth")
    return [f"{wide} px in a window of {_window(page)}, text {text}"] if wide > _window(page) else []


def sideways_when_narrow(page: Page) -> list[str]:
    """The same in the narrowest window, which is also what 200 % on a small screen comes to."""
    size = page.viewport_size
    assert size is not None
    page.set_viewport_size({"width": NARROWEST, "height": size["height"]})
    found = sideways(page)
    page.set_viewport_size(size)
    return found


def sideways_when_large(page: Page) -> list[str]:
    """The same with the text at WeChat's largest. The page stays enlarged."""
    page.evaluate(_ENLARGE, LARGEST_TEXT)
    return sideways(page, text="enlarged")


def small_targets(page: Page) -> list[str]:
    """Everything to press that a finger could miss; links inside sentences are as high as their line."""
    found: list[str] = page.evaluate(_SMALL_TARGETS, FINGER_PX)
    return found


def _window(page: Page) -> int:
    size = page.viewport_size
    assert size is not None
    return size["width"]


def _run_axe(page: Page, options: dict[str, object]) -> list[str]:
    # Axe.run() would bring the script anew each time, and fetch everything that is in order as well.
    violations = page.evaluate("options => axe.run(options).then(results => results.violations)", options)
    return [
        f"{violation['id']}: {node['html'][:160]} {node['failureSummary']}"
        for violation in violations
        for node in violation["nodes"]
    ]
