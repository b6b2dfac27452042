"""Opinions as people wrote them: petitions to a mayor where they are at hand, made-up ones that ship with the tests."""

import csv
import os
from dataclasses import dataclass
from pathlib import Path

from tests.server import ROOT

PETITIONS = Path(os.environ.get("PETITIONS") or ROOT.parent / "shared" / "data" / "petitions.csv")
OPINIONS = ROOT / "tests" / "data" / "opinions.csv"
IS_COMPLETE = os.environ.get("ACCEPTANCE") == "all"


@dataclass(frozen=True)
class Case:
    """What a citizen writes and what staff answer; where nothing is said about sets, the test chooses."""

    text: str
    reply: str
    summary: str
    outcome: str = ""
    group: str = ""
    kind: str = ""
    agency: str = ""
    category: str = ""


@dataclass(frozen=True)
class Corpus:
    """Cases, of which the first in each stretch are answered."""

    name: str
    cases: list[Case]
    answered: int


def petitions() -> Corpus:
    """1,408 petitions with their real answers, or every tenth of them."""
    rows = _rows(PETITIONS)
    cases = [Case(row["body"], row["reply"], row["subject"]) for row in rows]
    return Corpus("petitions", cases, 200) if IS_COMPLETE else Corpus("petitions", cases[::10], 20)


def opinions() -> Corpus:
    """100 opinions, among them every kind of text that is hard on a workbook."""
    cases = [
        Case(
            row["text"],
            row["reply"],
            row["summary"],
            *(row[name] for name in ("outcome", "group", "kind", "agency", "category")),
        )
        for row in _rows(OPINIONS)
    ]
    return Corpus("opinions", cases, 30)


def _rows(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
