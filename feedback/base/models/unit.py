"""Public bodies as a tree: 省/市/县(区)/乡镇(街道)/村(社区), each with an agency."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from feedback.base.domain.unit import Level
from feedback.base.models.base import Base, one_of


class Unit(Base):
    """One body. `path` lists the ids from the root to itself, /1/4/9/, so that a subtree is a prefix."""

    __tablename__ = "unit"
    __table_args__ = (one_of("level", Level),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    level: Mapped[str] = mapped_column(String(20))
    agency: Mapped[str | None] = mapped_column(String(40))
    path: Mapped[str] = mapped_column(String(200), unique=True)
