"""Staff accounts, their roles on units, and their sign-ins."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from feedback.base.domain.permission import Role
from feedback.base.models.base import Base, UtcTime, one_of


class User(Base):
    """A member of staff ("user" alone is a reserved word of SQL).

    `email` is for the daily digest alone; `digested_on` is the Chinese day on which its turn was last.
    """

    __tablename__ = "user_account"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)
    display_name: Mapped[str] = mapped_column(String(40))
    password_hash: Mapped[str] = mapped_column(String(200))
    must_change_password: Mapped[bool] = mapped_column(default=True)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcTime)
    signed_in_at: Mapped[datetime | None] = mapped_column(UtcTime)
    email: Mapped[str | None] = mapped_column(String(200))
    digested_on: Mapped[date | None]


class RoleGrant(Base):
    """A role on a unit of the tree; it reaches everything below."""

    __tablename__ = "role_grant"
    __table_args__ = (one_of("role", Role),)

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(20), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)


class StaffSession(Base):
    """One sign-in; only a hash of its token is stored, and ending it deletes the row."""

    __tablename__ = "staff_session"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcTime)
    device: Mapped[str] = mapped_column(String(20), server_default="")


class SecondFactor(Base):
    """The secret an account shares with its authenticator, encrypted. A code of `last_step` or before is used up."""

    __tablename__ = "second_factor"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True, autoincrement=False)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    last_step: Mapped[int]
    set_up_at: Mapped[datetime] = mapped_column(UtcTime)


class RecoveryCode(Base):
    """A code that stands in for the authenticator once; using it deletes the row."""

    __tablename__ = "recovery_code"

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)


class Invitation(Base):
    """A code with which somebody sets the password of an account; spending it deletes the row."""

    __tablename__ = "staff_invitation"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True, autoincrement=False)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
