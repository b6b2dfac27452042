"""What the matrix would say if it only repeated what views state: to begin a new line with, and to compare.

`make matrix` puts such a line behind the others for each route that has none, and takes out what is no route any more.
The matrix stays the truth: somebody reads what was proposed, thinks about every cell, and moves the line to its place.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask

from feedback.app import create_app
from feedback.base.config import Settings
from feedback.base.domain.permission import GRANTS, Permission
from feedback.base.web.marks import Entry, access_of
from tests.access.office import ROLES
from tests.access.reading import FILE, table

WIDTH = 61
# Who has to set something up first gets no further than that; what one does about it is open.
_FIRST = {"password": "password", "factor": "factor"}
_BEFORE_THAT = {
    "password": {"POST /accounts/sign-out", "GET /accounts/change-password", "POST /accounts/change-password"},
}
_BEFORE_THAT["factor"] = _BEFORE_THAT["password"] | {
    "GET /accounts/second-factor/", "POST /accounts/second-factor/",
}  # fmt: skip


def routes_of(app: Flask) -> dict[str, tuple[str, Entry | Permission | None]]:
    """Every METHOD and rule, with what its view states."""
    return {
        f"{method} {rule.rule}": (f"{method} {rule.rule}", access_of(app, rule.endpoint))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def proposed_cells(route: tuple[str, Entry | Permission | None], columns: list[str]) -> dict[str, str]:
    """A word for each column."""
    label, access = route
    return {column: _word(label, access, column) for column in columns}


def _word(label: str, access: Entry | Permission | None, column: str) -> str:
    if not isinstance(access, Permission):
        return "ok"
    if column in {"nobody", "disabled"}:
        return "sign-in"
    if column in _FIRST and label not in _BEFORE_THAT[column]:
        return _FIRST[column]
    if access is Permission.ACCOUNT_OWN:
        return "ok"
    role = ROLES.get(column, ROLES["moderator"])
    return "ok" if role is not None and access in GRANTS[role] else "no"


def proposed(app: Flask) -> str:
    """The matrix file with a line for every route and none for anything else."""
    routes, lines = routes_of(app), table("who may call what")
    columns, known = list(lines[0].cells), {line.label for line in lines}
    kept = [
        line
        for line in FILE.read_text(encoding="utf-8").splitlines()
        if not line.startswith(("GET ", "POST ")) or " ".join(line.split()[:2]) in routes
    ]
    end = kept.index("[what is sent]")
    fresh = [_line(label, proposed_cells(routes[label], columns)) for label in sorted(set(routes) - known)]
    heading = ["# Proposed: think about every cell, and move each line to its neighbours."] if fresh else []
    return "\n".join([*kept[:end], *heading, *fresh, *([""] if fresh else []), *kept[end:]]) + "\n"


def _line(label: str, cells: dict[str, str]) -> str:
    method, rule = label.split()
    return f"{method:<4} {rule}".ljust(WIDTH) + " " + "  ".join(cells.values())


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        at = Path(folder)
        settings = Settings(instance=at, keys_file=at / "keys.json", database_url=f"sqlite:///{at / 'nothing.db'}")
        FILE.write_text(proposed(create_app(settings)), encoding="utf-8")
    sys.stdout.write(f"{FILE}: see git diff\n")
