"""The tree of units, kept by code: importing twice changes nothing."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.base.domain.refusal import RefusalError
from feedback.base.domain.unit import Level
from feedback.base.models.audit import AuditEntry
from feedback.base.models.unit import Unit

_LEVEL_NAMES = {
    Level.PROVINCE: ("省",),
    Level.CITY: ("市",),
    Level.COUNTY: ("县", "区", "县(区)", "县（区）"),
    Level.TOWNSHIP: ("乡镇", "街道", "乡镇(街道)", "乡镇（街道）"),
    Level.VILLAGE: ("村", "社区", "村(社区)", "村（社区）"),
}
LEVELS: dict[str, Level] = {name: level for level, names in _LEVEL_NAMES.items() for name in (level, *names)}


class UnitImportError(RefusalError):
    """A line of the import cannot be used; nothing is imported."""


def import_units(session: Session, lines: Iterable[Mapping[str, str | None]], *, now: datetime) -> int:
    """Add or rename units from rows of code, name, parent_code, level, agency; parents stand before children.

    Returns how many rows were read. Raises UnitImportError with the number of the line.
    """
    count = 0
    for count, line in enumerate(lines, 1):
        try:
            _import_line(session, {key: (value or "").strip() for key, value in line.items() if key})
        except UnitImportError as error:
            raise UnitImportError(f"第 {count + 1} 行：{error.message}") from None
    session.add(AuditEntry(kind="units_imported", at=now, detail={"count": count}))
    return count


def create_unit(session: Session, *, code: str, name: str, parent: Unit | None, level: str, agency: str | None) -> Unit:
    """Add one unit below a parent, or as a root."""
    unit = Unit(
        code=code, name=name, parent_id=parent.id if parent else None, level=level, agency=agency, path=f"new:{code}"
    )
    session.add(unit)
    session.flush()
    unit.path = f"{parent.path if parent else '/'}{unit.id}/"
    session.flush()
    return unit


def find_unit(session: Session, code: str) -> Unit | None:
    """The unit with a code."""
    return session.scalar(select(Unit).where(Unit.code == code))


def root_unit(session: Session) -> Unit:
    """The oldest root: the body that runs the service."""
    return session.scalars(select(Unit).where(Unit.parent_id.is_(None)).order_by(Unit.id).limit(1)).one()


def _import_line(session: Session, line: dict[str, str]) -> None:
    code, name, level = line.get("code", ""), line.get("name", ""), LEVELS.get(line.get("level", ""))
    if not code or not name:
        raise UnitImportError("缺少 code 或 name。")
    if len(code) > 40 or len(name) > 100:
        raise UnitImportError("code 最多 40 个字符，name 最多 100 个字符。")
    if level is None:
        raise UnitImportError("level 应是 省、市、县、乡镇、村 之一。")
    parent_code = line.get("parent_code", "")
    parent = find_unit(session, parent_code) if parent_code else None
    if parent_code and parent is None:
        raise UnitImportError(f"上级单位 {parent_code} 还没有出现，请把上级排在前面。")
    unit = find_unit(session, code)
    if unit is None:
        create_unit(session, code=code, name=name, parent=parent, level=level, agency=line.get("agency") or None)
        return
    if unit.parent_id != (parent.id if parent else None):
        raise UnitImportError(f"单位 {code} 已在别的上级下面，不能移动。")
    unit.name, unit.level, unit.agency = name, level, line.get("agency") or None
