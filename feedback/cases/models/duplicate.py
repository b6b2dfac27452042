"""How near duplicates are found, and what people said of those that were found."""

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from feedback.base.models.base import Base, one_of
from feedback.cases.domain.duplicate import Verdict


class Sketch(Base):
    """One value of the sketch of an opinion, by which copies meet (domain/similarity.py); erased with the text."""

    __tablename__ = "sketch"
    __table_args__ = (Index("ix_sketch_submission_id", "submission_id"), {"sqlite_with_rowid": False})

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    value: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), primary_key=True)


class SketchRound(Base):
    """Whose sketches were written in which round of a campaign, for workers that have compared meanwhile; soon gone."""

    __tablename__ = "sketch_round"
    __table_args__ = ({"sqlite_with_rowid": False},)

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    round: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), primary_key=True)


class Likeness(Base):
    """Two opinions that nearly say the same, once from either side; a machine suspects, a person decides."""

    __tablename__ = "likeness"
    __table_args__ = (
        one_of("verdict", Verdict),
        {"sqlite_with_rowid": False},
    )

    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), primary_key=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), primary_key=True)
    percent: Mapped[int]
    verdict: Mapped[str] = mapped_column(String(20), default=Verdict.SUSPECTED)
