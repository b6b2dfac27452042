"""Accounts, their roles and what changed about them, as the pages of administrators show them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.base.domain.permission import Actor, Permission, Role
from feedback.base.models.audit import AuditEntry
from feedback.base.models.unit import Unit
from feedback.people.domain.user import may_manage
from feedback.people.models import Invitation, RoleGrant, SecondFactor, StaffSession, User

MOST_CHANGES = 200
RIGHTS = (
    "user_created", "user_invited", "invitation_spent", "password_reset", "second_factor_set_up",
    "second_factor_reset", "role_granted", "role_revoked", "user_disabled", "user_enabled",
)  # fmt: skip


class UnknownUserError(LookupError):
    """There is no such account, or it lies outside the administrator's units."""


@dataclass(frozen=True)
class HeldRole:
    """A role on a unit."""

    role: Role
    unit: Unit


@dataclass(frozen=True)
class UserRow:
    """An account with what it may do and how far its owner has come."""

    user: User
    held: list[HeldRole]
    has_second_factor: bool
    invited_until: datetime | None


@dataclass(frozen=True)
class Change:
    """A line of the record of rights: who did what to whose account."""

    kind: str
    at: datetime
    by: str | None
    subject: str
    detail: dict[str, Any]


def users_managed_by(session: Session, actor: Actor) -> list[UserRow]:
    """Every account whose roles lie within the actor's units, by name."""
    held = _held(session)
    factors = set(session.scalars(select(SecondFactor.user_id)))
    invited = {one.user_id: one.expires_at for one in session.scalars(select(Invitation))}
    return [
        UserRow(user, held.get(user.id, []), user.id in factors, invited.get(user.id))
        for user in session.scalars(select(User).order_by(User.name))
        if _is_managed(actor, held.get(user.id, []))
    ]


def get_managed(session: Session, user_id: int, actor: Actor, *, to_change: bool = False) -> UserRow:
    """One of them, locked if it is `to_change`; UnknownUserError."""
    statement = select(User).where(User.id == user_id)
    user = session.scalar(statement.with_for_update() if to_change else statement)
    held = _held(session, user_id).get(user_id, [])
    if user is None or not _is_managed(actor, held):
        raise UnknownUserError
    invitation = session.get(Invitation, user_id)
    has_factor = session.get(SecondFactor, user_id) is not None
    return UserRow(user, held, has_factor, invitation.expires_at if invitation else None)


def units_managed_by(session: Session, actor: Actor) -> list[Unit]:
    """The units on which the actor may give roles, parents before children."""
    return [unit for unit in session.scalars(select(Unit).order_by(Unit.path)) if may_manage(actor, [unit.path])]


def changes_of_rights(session: Session, actor: Actor) -> list[Change]:
    """The newest changes to accounts whose roles lie within the units where the actor may read them."""
    reach = tuple(actor.paths_with(Permission.RIGHTS_READ))
    held = _held(session)
    seen = {
        user.name: user.display_name
        for user in session.scalars(select(User))
        if all(one.unit.path.startswith(reach) for one in held.get(user.id, []))
    }
    rows = session.execute(
        select(AuditEntry, User.display_name)
        .outerjoin(User, User.id == AuditEntry.user_id)
        .where(AuditEntry.kind.in_(RIGHTS), AuditEntry.subject.in_(seen))
        .order_by(AuditEntry.id.desc())
        .limit(MOST_CHANGES)
    )
    return [
        Change(entry.kind, entry.at, by, seen.get(entry.subject or "", ""), entry.detail or {}) for entry, by in rows
    ]


def sessions_of(session: Session, actor: Actor) -> list[StaffSession]:
    """One's own sign-ins that last, the newest first."""
    own = select(StaffSession).where(StaffSession.user_id == actor.id)
    return list(session.scalars(own.order_by(StaffSession.created_at.desc())))


def _held(session: Session, user_id: int | None = None) -> dict[int, list[HeldRole]]:
    statement = select(RoleGrant.user_id, RoleGrant.role, Unit).join(Unit, Unit.id == RoleGrant.unit_id)
    if user_id is not None:
        statement = statement.where(RoleGrant.user_id == user_id)
    held: dict[int, list[HeldRole]] = {}
    for owner, role, unit in session.execute(statement.order_by(Unit.path, RoleGrant.role)):
        held.setdefault(owner, []).append(HeldRole(Role(role), unit))
    return held


def _is_managed(actor: Actor, held: Iterable[HeldRole]) -> bool:
    return may_manage(actor, [one.unit.path for one in held])
