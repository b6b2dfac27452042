"""Operator commands about campaigns and units."""

import json
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.files import default_campaign
from feedback.base.models.unit import Unit
from feedback.campaigns.models.campaign import Campaign
from tests.factories import Factory

UNITS = "code,name,parent_code,level,agency\nc9,城北区人民法院,,县,court\n"


def run(app: Flask, *words: str) -> str:
    """Run a command and return what it says; it must end well."""
    result = app.test_cli_runner().invoke(args=list(words))
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.on_both("a statement of its own")
@pytest.mark.parametrize("imprint", [None, {"phone": "010-1"}])
def test_a_revision_changes_only_what_its_file_names(
    app: Flask, make: Factory, sessions: sessionmaker[Session], tmp_path: Path, imprint: dict[str, str] | None
) -> None:
    make.set_campaign(imprint={"icp": "京ICP备0号"})
    file = tmp_path / "campaign.json"
    data = {"content": default_campaign()["content"], **({"imprint": imprint} if imprint else {})}
    file.write_text(json.dumps(data), encoding="utf-8")

    run(app, "campaign", "revise", "default", "--file", str(file))

    with sessions() as session:
        assert session.scalars(select(Campaign.imprint)).one() == (imprint or {"icp": "京ICP备0号"})


@pytest.mark.on_both("a statement of its own")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_units_are_read_as_excel_saves_them(
    app: Flask, sessions: sessionmaker[Session], tmp_path: Path, encoding: str
) -> None:
    file = tmp_path / "units.csv"
    file.write_bytes(UNITS.encode(encoding))

    run(app, "unit", "import", str(file))

    with sessions() as session:
        assert session.scalars(select(Unit.name).where(Unit.code == "c9")).one() == "城北区人民法院"


@pytest.mark.on_both("a statement of its own")
def test_erasing_can_be_repeated(app: Flask) -> None:
    run(app, "campaign", "erase")
    run(app, "campaign", "erase")


def test_a_file_with_half_a_character_is_refused(app: Flask, sessions: sessionmaker[Session], tmp_path: Path) -> None:
    file = tmp_path / "campaign.json"
    file.write_text(json.dumps({"content": {**default_campaign()["content"], "intro": "\ud800"}}))

    result = app.test_cli_runner().invoke(args=["campaign", "revise", "default", "--file", str(file)])

    assert (result.exit_code, "无法识别的字符" in result.output) == (1, True)
