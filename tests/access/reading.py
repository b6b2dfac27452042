"""The matrix file as tables."""

from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("matrix.txt")


@dataclass(frozen=True)
class Line:
    """One line of a table: what it is about, and a word for each column."""

    label: str
    cells: dict[str, str]


@dataclass(frozen=True)
class Sent:
    """What a call says beside its address: fields, query, and the states its subjects are made in."""

    fields: dict[str, str]
    query: list[tuple[str, str]]
    states: dict[str, str]


def table(section: str) -> list[Line]:
    """The lines of a table, in their order."""
    header, *rows = _lines(section)
    lines = []
    for row in rows:
        label, cells = row[: -len(header)], row[-len(header) :]
        assert label, f"{' '.join(row)}: a cell for each of {header} is needed"
        lines.append(Line(" ".join(label), dict(zip(header, cells, strict=True))))
    return lines


def sent() -> dict[str, Sent]:
    """What is sent, by METHOD and rule."""
    found: dict[str, Sent] = {}
    for method, rule, *words in _lines("what is sent"):
        entry = found.setdefault(f"{method} {rule}", Sent({}, [], {}))
        for word in words:
            name, equals, value = word.partition("=")
            if not equals:
                subject, _, state = word.partition(":")
                entry.states[subject] = state
            elif name.startswith("?"):
                entry.query.append((name[1:], value))
            else:
                entry.fields[name] = value
    return found


def _lines(section: str) -> list[list[str]]:
    _, _, rest = FILE.read_text(encoding="utf-8").partition(f"\n[{section}]\n")
    lines = []
    for line in rest.splitlines():
        if line.startswith("["):
            break
        if words := line.partition("#")[0].split():
            lines.append(words)
    assert lines, f"the matrix has no [{section}]"
    return lines
