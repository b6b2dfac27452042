"""What citizens did within the hour: it waits here, apart from everything, until the hour is over.

Rows of other tables lie in the order in which they were written, and beside those of staff, whose times are exact: that
would tell the second. So whatever a sender causes is put into its place together with all of its hour, in the order of
ids that are drawn at random, and leaves these tables (ADR 3). No foreign keys: PostgreSQL would note the transaction in
the rows they point to.
"""

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, LargeBinary, String, UniqueConstraint
from sqlalchemy import Text as LongText
from sqlalchemy.orm import Mapped, deferred, mapped_column

from feedback.base.models.base import Base, UtcHour, one_of
from feedback.cases.domain.arrival import ActKind

_DRAWN = String(32)
# What goes over into `submission` under the same name.
MOVED = (
    "number", "campaign_id", "campaign_version_id", "channel_id", "is_trial", "respondent_group", "is_proven", "kind",
    "agency", "category", "suspicion", "received_at", "due_on",
    "nonce_hash", "nonce_key_id", "content_hash", "code_hash", "code_key_id", "mint_key_id",
)  # fmt: skip


class Arrival(Base):
    """An opinion as it came in: what will be its rows in `submission`, `text`, `answer`, `contact` and `event`."""

    __tablename__ = "arrival"
    __table_args__ = ({"sqlite_with_rowid": False},)

    id: Mapped[str] = mapped_column(_DRAWN, primary_key=True)
    number: Mapped[str] = mapped_column(String(12), unique=True)
    campaign_id: Mapped[int]
    campaign_version_id: Mapped[int]
    channel_id: Mapped[int]
    is_trial: Mapped[bool]
    respondent_group: Mapped[str | None] = mapped_column(String(40))
    is_proven: Mapped[bool]
    kind: Mapped[str | None] = mapped_column(String(40))
    agency: Mapped[str | None] = mapped_column(String(40))
    category: Mapped[str | None] = mapped_column(String(40))
    suspicion: Mapped[str | None] = mapped_column(String(80))
    received_at: Mapped[datetime] = mapped_column(UtcHour)
    due_on: Mapped[date | None]
    # The unit a channel presets.
    unit_id: Mapped[int | None]

    nonce_hash: Mapped[str] = mapped_column(String(64), unique=True)
    nonce_key_id: Mapped[str] = mapped_column(String(16))
    content_hash: Mapped[str] = mapped_column(String(64))
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    code_key_id: Mapped[str] = mapped_column(String(16))
    mint_key_id: Mapped[str] = mapped_column(String(16))

    body: Mapped[str] = mapped_column(LongText)
    # Question, position and value of each answer.
    answers: Mapped[list[tuple[str, int, str]]] = mapped_column(JSON)
    contact_uuid: Mapped[str | None] = mapped_column(String(36))
    contact_name: Mapped[bytes | None] = mapped_column(LargeBinary)
    contact_phone: Mapped[bytes | None] = mapped_column(LargeBinary)


class ArrivingAct(Base):
    """What the sender of an opinion did later, numbered among what waits of that opinion."""

    __tablename__ = "arriving_act"
    __table_args__ = (
        UniqueConstraint("number", "position"),
        one_of("kind", ActKind),
        CheckConstraint("(kind = 'supplement') = (sending_hash IS NOT NULL)", name="sending_hash"),
        {"sqlite_with_rowid": False},
    )

    id: Mapped[str] = mapped_column(_DRAWN, primary_key=True)
    number: Mapped[str] = mapped_column(String(12))
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(UtcHour)
    # A supplement, or the reason of a rating or a reconsideration.
    words: Mapped[str | None] = mapped_column(LongText)
    sending_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    # How satisfied the sender is, or the id of the newest answer they have seen.
    value: Mapped[int | None]


class ArrivingPicture(Base):
    """A page of a file that came with the words of a sending, be they in their place or not."""

    __tablename__ = "arriving_picture"
    __table_args__ = (UniqueConstraint("sending_hash", "file_hash", "page"), {"sqlite_with_rowid": False})

    name: Mapped[str] = mapped_column(_DRAWN, primary_key=True)
    sending_hash: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[datetime] = mapped_column(UtcHour)
    # Of the file among those of its sending.
    position: Mapped[int]
    file_hash: Mapped[str] = mapped_column(String(64))
    page: Mapped[int]
    content: Mapped[bytes] = deferred(mapped_column(LargeBinary, nullable=False))
