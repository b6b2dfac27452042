"""How large and how simple the public pages are drawn: in the address and carried along, since there is no cookie."""

from typing import Any

from flask import Flask, request

LOOKS = {"": "中", "small": "小", "large": "大", "elder": "长辈版", "elder-large": "特大"}
_CARRYING = {"public", "tracking", "notices"}


def init_app(app: Flask) -> None:
    """Carry the look of a page to every public page it leads to."""
    app.url_defaults(_carry)
    app.jinja_env.globals |= {"look": look, "is_elder": lambda: look().startswith("elder"), "look_links": _links}


def look() -> str:
    """The look the address asks for; the usual one for anything unknown."""
    asked = request.args.get("look", "")
    return asked if asked in LOOKS else ""


def _carry(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint.partition(".")[0] in _CARRYING and look():
        values.setdefault("look", look())


def _links() -> list[tuple[str, str, bool]]:
    """Label, address and whether it is the present one, of each look one can change to from here."""
    looks = ["elder", "elder-large", ""] if look().startswith("elder") else ["small", "", "large", "elder"]
    labels = {**LOOKS, "elder": "大", "": "普通版"} if look().startswith("elder") else LOOKS
    # Relative to the page itself: a "?" alone keeps the path.
    return [(labels[one], f"?look={one}" if one else "?", one == look()) for one in looks]
