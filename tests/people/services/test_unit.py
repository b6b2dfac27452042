"""The tree of units."""

import csv

import pytest
from sqlalchemy import select

from feedback.base.adapters.database import writing
from feedback.base.models.unit import Unit
from feedback.people.services.unit import LEVELS, UnitImportError, import_units, root_unit
from tests.factories import Factory
from tests.stored import every_row

TREE = """code,name,parent_code,level,agency
east,城东区,root,区,
east-court,城东区法院,east,县（区）,court
square,广场街道, east ,街道,
"""
UNUSABLE = [
    (",无代码,root,县,", "缺少 code 或 name"),
    ("west,,root,县,", "缺少 code 或 name"),
    ("west", "缺少 code 或 name"),
    ("west,城西区,root,星球,", "level 应是"),
    ("west,城西区,root,,", "level 应是"),
    ("west,城西区,north,县,", "上级单位 north 还没有出现"),
    ("west,城西区,west,县,", "上级单位 west 还没有出现"),
    ("square,广场街道,root,街道,", "不能移动"),
    ("root,主办单位,east,市,", "不能移动"),
]


def import_lines(make: Factory, text: str) -> int:
    with writing(make.sessions) as session:
        return import_units(session, csv.DictReader(text.splitlines()), now=make.now)


def units(make: Factory) -> dict[str, Unit]:
    with make.sessions() as session:
        return {unit.code: unit for unit in session.scalars(select(Unit))}


def test_a_tree_is_imported_with_parents_before_children(make: Factory) -> None:
    count = import_lines(make, TREE)

    found = units(make)
    assert count == 3
    assert found["square"].path == f"/{found['root'].id}/{found['east'].id}/{found['square'].id}/"
    assert (found["square"].level, found["square"].agency) == ("township", None)
    assert (found["east-court"].name, found["east-court"].agency) == ("城东区法院", "court")


def test_importing_twice_changes_no_unit(make: Factory) -> None:
    import_lines(make, TREE)
    with make.sessions() as session:
        before = every_row(session)["unit"]

    import_lines(make, TREE)

    with make.sessions() as session:
        assert every_row(session)["unit"] == before


def test_importing_again_renames(make: Factory) -> None:
    import_lines(make, TREE)
    before = units(make)["east-court"]

    import_lines(make, TREE.replace("城东区法院", "城东区人民法院"))

    after = units(make)["east-court"]
    assert (after.name, after.id, after.path) == ("城东区人民法院", before.id, before.path)


def test_every_level_is_known_by_its_chinese_words() -> None:
    words = {
        "province": ["省"],
        "city": ["市"],
        "county": ["县", "区", "县(区)", "县（区）"],
        "township": ["乡镇", "街道", "乡镇(街道)", "乡镇（街道）"],
        "village": ["村", "社区", "村(社区)", "村（社区）"],
    }

    assert {word: level for level, known in words.items() for word in [level, *known]} == LEVELS


def test_a_line_that_cannot_be_used_is_named_and_nothing_is_imported(make: Factory) -> None:
    with make.sessions() as session:
        before = every_row(session)

    for line, advice in UNUSABLE:
        with pytest.raises(UnitImportError, match=f"第 5 行：.*{advice}"):
            import_lines(make, TREE + line)

    with make.sessions() as session:
        assert every_row(session) == before


def test_a_value_longer_than_its_column_is_named_by_its_line(make: Factory) -> None:
    for line in ("w" * 41 + ",城西区,root,县,", "west," + "城" * 101 + ",root,县,"):
        with pytest.raises(UnitImportError, match="第 5 行"):
            import_lines(make, TREE + line)


def test_columns_that_are_missing_or_too_many_do_no_harm(make: Factory) -> None:
    assert import_lines(make, "code,name,level\nnorth,城北市,市,多余,的\n") == 1
    assert units(make)["north"].parent_id is None
    with pytest.raises(UnitImportError, match="第 2 行"):
        import_lines(make, "名称,级别\n城北市,市\n")


def test_the_oldest_root_runs_the_service(make: Factory) -> None:
    import_lines(make, "code,name,level\nnorth,城北市,市\n")

    with make.sessions() as session:
        assert root_unit(session).code == "root"
