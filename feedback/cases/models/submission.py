"""Submissions and their answers to extra questions; what the sender wrote lives in `text`, who it was in `contact`."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from feedback.base.domain.text import MAX_SUMMARY_LENGTH
from feedback.base.models.base import Base, UtcHour, UtcTime, one_of
from feedback.cases.domain.submission import Lane, Priority, Status

_ANSWERED = ", ".join(f"'{status}'" for status in (Status.REPLIED, Status.COMPLETED, Status.CLOSED_OUT))


class Submission(Base):
    """One opinion. Identity columns never change and no row is ever deleted: triggers refuse both."""

    __tablename__ = "submission"
    # Each queue is read along an index that ends in `id` and holds all it asks for: what is behind the first thousand
    # costs nothing.
    __table_args__ = (
        one_of("status", Status),
        one_of("lane", Lane),
        CheckConstraint(
            f"status NOT IN ({_ANSWERED}) OR (outcome IS NOT NULL AND summary IS NOT NULL)", name="answered"
        ),
        CheckConstraint("status <> 'rejected' OR rejection_reason IS NOT NULL", name="rejected"),
        one_of("priority", Priority),
        CheckConstraint("satisfaction BETWEEN 1 AND 5", name="satisfaction"),
        Index("ix_submission_queue", "campaign_id", "is_trial", "lane", "status", "id"),
        Index(
            "ix_submission_claim",
            "claimed_by_id",
            "campaign_id",
            "is_trial",
            "lane",
            "id",
            sqlite_where=text("claimed_by_id IS NOT NULL"),
            postgresql_where=text("claimed_by_id IS NOT NULL"),
        ),
        Index(
            "ix_submission_suspicion",
            "campaign_id",
            "is_trial",
            "lane",
            "id",
            "suspicion",
            "status",
            sqlite_where=text("suspicion IS NOT NULL"),
            postgresql_where=text("suspicion IS NOT NULL"),
        ),
        Index(
            "ix_submission_suspected",
            "campaign_id",
            "is_trial",
            "lane",
            "has_lookalike",
            "id",
            "status",
            sqlite_where=text("has_lookalike = 1"),
            postgresql_where=text("has_lookalike"),
        ),
        Index(
            "ix_submission_merged",
            "merged_into_id",
            sqlite_where=text("merged_into_id IS NOT NULL"),
            postgresql_where=text("merged_into_id IS NOT NULL"),
        ),
        Index(
            "ix_submission_due",
            "campaign_id",
            "is_trial",
            "lane",
            "id",
            "due_on",
            sqlite_where=text("due_on IS NOT NULL"),
            postgresql_where=text("due_on IS NOT NULL"),
        ),
        Index("ix_submission_list", "campaign_id", "is_trial", "lane", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(12), unique=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    campaign_version_id: Mapped[int] = mapped_column(ForeignKey("campaign_version.id"))
    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id"))
    is_trial: Mapped[bool]
    lane: Mapped[str] = mapped_column(String(20), default=Lane.OPINION)
    respondent_group: Mapped[str | None] = mapped_column(String(40))
    is_proven: Mapped[bool] = mapped_column(default=False)
    kind: Mapped[str | None] = mapped_column(String(40))
    agency: Mapped[str | None] = mapped_column(String(40))
    category: Mapped[str | None] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(20), default=Status.RECEIVED)
    version: Mapped[int] = mapped_column(default=1)
    received_at: Mapped[datetime] = mapped_column(UtcHour)

    responsible_unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    responsible_person: Mapped[str | None] = mapped_column(String(40))
    task: Mapped[str | None] = mapped_column(String(40))
    issue_nature: Mapped[str | None] = mapped_column(String(40))
    priority: Mapped[str] = mapped_column(String(10), default=Priority.NORMAL, server_default=Priority.NORMAL)
    due_on: Mapped[date | None]
    summary: Mapped[str | None] = mapped_column(String(MAX_SUMMARY_LENGTH))
    outcome: Mapped[str | None] = mapped_column(String(40))
    rejection_reason: Mapped[str | None] = mapped_column(Text)
    rejection_kind: Mapped[str | None] = mapped_column(String(40))

    # Whether any `likeness` of it is suspected: a list of those cannot be read in the order of ids from there.
    has_lookalike: Mapped[bool] = mapped_column(default=False, server_default=false())
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("submission.id"))
    claimed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    claimed_until: Mapped[datetime | None] = mapped_column(UtcTime)

    suspicion: Mapped[str | None] = mapped_column(String(80))
    satisfaction: Mapped[int | None]
    is_reconsidered: Mapped[bool] = mapped_column(default=False, server_default=false())
    seen_reply_id: Mapped[int | None]

    nonce_hash: Mapped[str] = mapped_column(String(64), unique=True)
    nonce_key_id: Mapped[str] = mapped_column(String(16))
    content_hash: Mapped[str] = mapped_column(String(64))
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    code_key_id: Mapped[str] = mapped_column(String(16))
    mint_key_id: Mapped[str] = mapped_column(String(16))


class SubmissionUnit(Base):
    """A unit an opinion concerns, as staff map it; the sender only names an agency."""

    __tablename__ = "submission_unit"

    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)


class SubmissionTag(Base):
    """A term of the campaign's set `tag` that staff have put on a submission."""

    __tablename__ = "submission_tag"
    __table_args__ = (Index("ix_submission_tag_tag", "tag", "submission_id"),)

    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), primary_key=True)
    tag: Mapped[str] = mapped_column(String(40), primary_key=True)


class Answer(Base):
    """An answer to an extra question of the campaign version; several choices are one row each."""

    __tablename__ = "answer"
    __table_args__ = (
        UniqueConstraint("submission_id", "question", "position"),
        CheckConstraint("(value IS NULL) = (erased_on IS NOT NULL)", name="erased"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"))
    question: Mapped[str] = mapped_column(String(40))
    position: Mapped[int]
    value: Mapped[str | None] = mapped_column(Text)
    erased_on: Mapped[date | None]
