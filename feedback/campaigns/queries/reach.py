"""Which campaigns lie within somebody's reach."""

from sqlalchemy import ColumnElement, false, or_, select

from feedback.base.models.unit import Unit
from feedback.campaigns.models.campaign import Campaign


def run_by(paths: list[str]) -> ColumnElement[bool]:
    """Campaigns whose unit lies at or below one of the paths."""
    if not paths:
        return false()
    below = or_(*(Unit.path.startswith(path, autoescape=True) for path in paths))
    return Campaign.unit_id.in_(select(Unit.id).where(below))
