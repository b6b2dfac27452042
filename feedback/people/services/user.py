"""Who works here and may do what: accounts, invitations, roles. Nobody changes their own."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from feedback.base.domain.code import sha256_of
from feedback.base.domain.permission import ROLE_LABELS, Actor, Role
from feedback.base.domain.refusal import RefusalError
from feedback.base.domain.text import has_unkeepable
from feedback.base.models.audit import AuditEntry
from feedback.base.models.unit import Unit
from feedback.people.adapters.passwords import hash_password, new_password
from feedback.people.domain.second_factor import normal_code
from feedback.people.domain.user import INVITATION_LASTS, MAX_NAME_LENGTH, check_not_oneself, check_reaches
from feedback.people.models import Invitation, RoleGrant, User
from feedback.people.services import second_factor
from feedback.people.services.account import (
    ChosenPassword,
    end_sessions,
    find_user,
    get_user,
    renew_session,
    set_password,
)

_NO_PASSWORD = "!"  # noqa: S105 # nosec B105 - no hash at all, so that no password fits


class AccountExistsError(RefusalError):
    """The name is taken."""


class InvitationError(RefusalError):
    """The code is none, was spent, or is too old."""

    def __init__(self) -> None:
        super().__init__("邀请码不对，或者已经用过、过期了。请检查后再试，或请管理员重新邀请。", field="code")


def create_user(
    session: Session,
    *,
    name: str,
    display_name: str,
    roles: list[Role],
    unit: Unit,
    now: datetime,
    by: Actor | None = None,
) -> User:
    """Make an account with roles on a unit; nobody can sign in to it before it is given a password or invited."""
    # Some letters become two when they are made small.
    name = name.strip().casefold()
    if not 1 <= len(name) <= MAX_NAME_LENGTH or not name.isprintable() or has_unkeepable(name):
        raise RefusalError(f"账号名应有 1 到 {MAX_NAME_LENGTH} 个可见字符。", field="name")
    if find_user(session, name) is not None:
        raise AccountExistsError(f"账号 {name} 已经存在。", field="name")
    if by is not None:
        check_reaches(by, unit.path)
    user = User(name=name, display_name=display_name, password_hash=_NO_PASSWORD)
    session.add(user)
    session.flush()
    session.add_all([RoleGrant(user_id=user.id, role=role, unit_id=unit.id) for role in roles])
    _record(session, "user_created", user, by=by, now=now, detail={"roles": roles, "unit": unit.name})
    return user


def first_password() -> tuple[str, str]:
    """A new password and its hash, worked out before anything is locked."""
    password = new_password()
    return password, hash_password(password)


def give_password(session: Session, user: User, hashed: str, *, now: datetime) -> None:
    """Give an account a new first password, to be changed at the next sign-in, and end all its sessions."""
    user.password_hash, user.must_change_password = hashed, True
    end_sessions(session, user)
    _record(session, "password_reset", user, by=None, now=now)


def invite(session: Session, user: User, *, now: datetime, by: Actor | None = None) -> str:
    """Return a code with which the account's owner sets a password within a week, once.

    What they had before, password, authenticator and sessions, opens nothing from now on.
    """
    if by is not None:
        check_not_oneself(by, user.id)
    code = new_password()
    session.execute(delete(Invitation).where(Invitation.user_id == user.id))
    session.add(Invitation(user_id=user.id, code_hash=sha256_of(normal_code(code)), expires_at=now + INVITATION_LASTS))
    user.password_hash = _NO_PASSWORD
    second_factor.remove(session, user)
    end_sessions(session, user)
    _record(session, "user_invited", user, by=by, now=now)
    return code


def invited(session: Session, code: str, *, now: datetime) -> User:
    """Whose account an invitation leads to; InvitationError where it leads to none any more."""
    found = _invitation(session, code, now)
    user = session.get_one(User, found.user_id)
    if user.disabled_at is not None:
        raise InvitationError
    return user


def join(session: Session, code: str, chosen: ChosenPassword, *, now: datetime, device: str = "") -> str:
    """Spend an invitation: the account gets the password its owner chose. Returns the token of a session.

    Raises InvitationError.
    """
    found = _invitation(session, code, now)
    user = session.get_one(User, found.user_id, with_for_update=True)
    if user.disabled_at is not None:
        raise InvitationError
    set_password(user, chosen)
    spent = delete(Invitation).where(Invitation.code_hash == found.code_hash).returning(Invitation.user_id)
    if session.scalar(spent) is None:
        raise InvitationError
    _record(session, "invitation_spent", user, by=None, now=now)
    return renew_session(session, user, now=now, device=device)


def _invitation(session: Session, code: str, now: datetime) -> Invitation:
    found = session.scalar(select(Invitation).where(Invitation.code_hash == sha256_of(normal_code(code))))
    if found is None or found.expires_at < now:
        raise InvitationError
    return found


def grant(session: Session, user: User, role: Role, unit: Unit, *, by: Actor, now: datetime) -> None:
    """Give a role on a unit; it acts from the next request on, which has to sign in anew."""
    _check_may_change(session, user, unit, by=by)
    if session.get(RoleGrant, (user.id, role, unit.id)) is not None:
        raise RefusalError(f"{user.display_name}在{unit.name}已经是{ROLE_LABELS[role]}。", field="role")
    session.add(RoleGrant(user_id=user.id, role=role, unit_id=unit.id))
    end_sessions(session, user)
    _record(session, "role_granted", user, by=by, now=now, detail={"role": role, "unit": unit.name})


def revoke(session: Session, user: User, role: Role, unit: Unit, *, by: Actor, now: datetime) -> None:
    """Take a role on a unit away."""
    _check_may_change(session, user, unit, by=by)
    held = session.get(RoleGrant, (user.id, role, unit.id))
    if held is None:
        return
    session.delete(held)
    end_sessions(session, user)
    _record(session, "role_revoked", user, by=by, now=now, detail={"role": role, "unit": unit.name})


def set_disabled(session: Session, user: User, *, is_disabled: bool, now: datetime, by: Actor | None = None) -> None:
    """Switch an account off (its sessions end at once) or on again."""
    if by is not None:
        check_not_oneself(by, user.id)
    user.disabled_at = now if is_disabled else None
    end_sessions(session, user)
    session.execute(delete(Invitation).where(Invitation.user_id == user.id))
    _record(session, "user_disabled" if is_disabled else "user_enabled", user, by=by, now=now)


def reset_second_factor(session: Session, name: str, *, now: datetime) -> None:
    """Let the next sign-in set up a new authenticator: for operators, where the only administrator lost their phone."""
    user = get_user(session, name, to_change=True)
    second_factor.remove(session, user)
    end_sessions(session, user)
    _record(session, "second_factor_reset", user, by=None, now=now)


def _check_may_change(session: Session, user: User, unit: Unit, *, by: Actor) -> None:
    check_not_oneself(by, user.id)
    check_reaches(by, unit.path)


def _record(
    session: Session,
    kind: str,
    user: User,
    *,
    by: Actor | None,
    now: datetime,
    detail: dict[str, object] | None = None,
) -> None:
    session.add(AuditEntry(kind=kind, at=now, user_id=by.id if by else None, subject=user.name, detail=detail))
