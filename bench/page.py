"""Reads a form page as a visitor's browser would: what to fill in, what to load besides."""

import re
from collections.abc import Iterable
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin

Attributes = dict[str, str]

# About the length of an ordinary opinion: 120 characters.
TEXT = "立案大厅排队时间长,建议增设老年人窗口,并把需要的材料一次说清楚,避免群众来回跑。" * 3
_LOADED_LINKS = {"stylesheet", "icon", "manifest", "modulepreload", "preload"}
# Not `import(…)`: that is loaded when it is needed.
_LOADED_BY_ASSET = re.compile(r"""(?:\b(?:from|import)\s*["']|@import\s+["']|url\(["']?)([^"')]+)""")


class FormPage(HTMLParser):
    """Answers of a hurried, anonymous visitor: the first choice of each set, the text, the consent, no contact."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.hidden_names: list[str] = []
        self.answers: dict[str, str] = {}
        self.assets: list[str] = []
        self._select = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "input":
            self._fill_input(attributes)
        elif tag == "select":
            self._select = attributes.get("name", "")
        elif tag == "option" and self._select and attributes.get("value"):
            self.answers.setdefault(self._select, attributes["value"])
        elif tag == "textarea" and "required" in attributes:
            self.answers[attributes["name"]] = TEXT
        elif tag in {"link", "script", "img"}:
            self._note_asset(attributes)

    def _fill_input(self, attributes: Attributes) -> None:
        name, value = attributes.get("name", ""), attributes.get("value", "on")
        match attributes.get("type"):
            case "hidden":
                self.hidden_names.append(name)
            case "radio":
                self.answers.setdefault(name, value)
            case "checkbox" if "required" in attributes or name == "consent":
                self.answers[name] = value

    def _note_asset(self, attributes: Attributes) -> None:
        relations = set(attributes.get("rel", "stylesheet").split())
        address = attributes.get("src") or attributes.get("href", "")
        if address and relations & _LOADED_LINKS:
            self.assets.append(address)


def addresses_within(asset: str) -> list[str]:
    """What a style sheet or a module pulls in by itself."""
    return _LOADED_BY_ASSET.findall(asset)


def paths_beside(base: str, addresses: Iterable[str]) -> set[str]:
    """Of the addresses in the document at `base`, those that cost a request to the same server."""
    joined = (urljoin(base, urldefrag(address).url) for address in addresses)
    return {path for path in joined if path.startswith("/") and not path.startswith("//")}
