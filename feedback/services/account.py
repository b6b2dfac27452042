"""Accounts: made by operators, signed in to by staff."""

import secrets
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from feedback.adapters.database import lock_name
from feedback.adapters.keys import Keys
from feedback.adapters.passwords import hash_password, is_password, new_password
from feedback.domain.permission import Actor, Grant, Role
from feedback.domain.receipt import keyed_hash, sha256_of
from feedback.domain.refusal import RefusalError
from feedback.domain.session import (
    ABSOLUTE_LIMIT,
    SEEN_PRECISION,
    TRY_WINDOW,
    WrongPasswordError,
    check_new_password,
    check_tries,
    is_alive,
)
from feedback.models.audit import AuditEntry
from feedback.models.unit import Unit
from feedback.models.user import RoleGrant, StaffSession, User

MAX_NAME_LENGTH = 40


class AccountExistsError(RefusalError):
    """The name is taken."""


class UnknownAccountError(RefusalError):
    """No account has that name."""


def create_user(session: Session, *, name: str, display_name: str, roles: list[Role], unit: Unit, now: datetime) -> str:
    """Make an account with roles on a unit and return its first password, to be changed at the first sign-in."""
    if not 1 <= len(name.strip()) <= MAX_NAME_LENGTH or not name.isprintable():
        raise RefusalError(f"账号名应有 1 到 {MAX_NAME_LENGTH} 个可见字符。")
    if find_user(session, name) is not None:
        raise AccountExistsError(f"账号 {name} 已经存在。")
    password = new_password()
    user = User(name=name.strip().casefold(), display_name=display_name, password_hash=hash_password(password))
    session.add(user)
    session.flush()
    session.add_all([RoleGrant(user_id=user.id, role=role, unit_id=unit.id) for role in roles])
    session.add(AuditEntry(kind="user_created", at=now, subject=name, detail={"roles": roles, "unit": unit.code}))
    return password


def reset_password(session: Session, name: str, *, now: datetime) -> str:
    """Give an account a new first password, and end all its sessions."""
    user = get_user(session, name, to_change=True)
    password = new_password()
    user.password_hash, user.must_change_password = hash_password(password), True
    _end_sessions(session, user)
    session.add(AuditEntry(kind="password_reset", at=now, subject=name))
    return password


def set_disabled(session: Session, name: str, *, is_disabled: bool, now: datetime) -> None:
    """Switch an account off (its sessions end at once) or on again."""
    user = get_user(session, name, to_change=True)
    user.disabled_at = now if is_disabled else None
    _end_sessions(session, user)
    session.add(AuditEntry(kind="user_disabled" if is_disabled else "user_enabled", at=now, subject=name))


def find_user(session: Session, name: str, *, to_change: bool = False) -> User | None:
    """The account with a name, capitals aside; locked if it is `to_change`."""
    statement = select(User).where(User.name == name.strip().casefold())
    return session.scalar(statement.with_for_update() if to_change else statement)


def get_user(session: Session, name: str, *, to_change: bool = False) -> User:
    """The same; UnknownAccountError where there is none."""
    user = find_user(session, name, to_change=to_change)
    if user is None:
        raise UnknownAccountError(f"没有名为 {name} 的账号。")
    return user


def record_try(session: Session, name: str, *, keys: Keys, now: datetime, device: str = "") -> None:
    """Record that somebody tries to sign in, judged or slowed; TooManyTriesError says which.

    A `device` in which the account has signed in before has tries of its own, so that nobody slows its owner down.
    The name is kept as a keyed hash: people type passwords into the wrong field.
    """
    subject = _subject(f"{name}\n{device}" if device else name, keys)
    lock_name(session, subject)
    recent = session.scalars(
        select(AuditEntry.at)
        .where(AuditEntry.subject == subject, AuditEntry.kind == "sign_in_tried", AuditEntry.at > now - TRY_WINDOW)
        .order_by(AuditEntry.at)
    )
    kind = "sign_in_slowed"
    try:
        check_tries(list(recent), now)
        kind = "sign_in_tried"
    finally:
        session.add(AuditEntry(kind=kind, at=now, subject=subject))


def verify(user: User | None, password: str) -> User:
    """The user, if the password is right and the account on; WrongPasswordError says no more than that."""
    is_right = is_password(user.password_hash if user else None, password)
    if user is None or not is_right or user.disabled_at is not None:
        raise WrongPasswordError
    return user


def record_failure(session: Session, name: str, *, keys: Keys, now: datetime) -> None:
    """Record that a try was wrong."""
    session.add(AuditEntry(kind="sign_in_failed", at=now, subject=_subject(name, keys)))


def sign_in(session: Session, user_id: int, *, verified: str, now: datetime) -> str:
    """Start a session and return its token, of which only a hash is stored.

    WrongPasswordError where the hash that was `verified` is not the account's any more: checking takes a while.
    """
    user = session.get_one(User, user_id, populate_existing=True, with_for_update=True)
    if user.password_hash != verified or user.disabled_at is not None:
        raise WrongPasswordError
    session.execute(delete(StaffSession).where(StaffSession.created_at < now - ABSOLUTE_LIMIT))
    session.add(AuditEntry(kind="signed_in", at=now, user_id=user.id))
    return _start_session(session, user, now=now)


def sign_out(session: Session, token: str, *, actor: Actor, now: datetime) -> None:
    """End one session."""
    end_session(session, token)
    session.add(AuditEntry(kind="signed_out", at=now, user_id=actor.id))


def end_session(session: Session, token: str) -> None:
    """Forget one token; nothing happens where it is none."""
    session.execute(delete(StaffSession).where(StaffSession.token_hash == sha256_of(token)))


def change_password(session: Session, user: User, *, old: str, new: str, now: datetime) -> str:
    """Set a new password, end every session of the account, and return the token of a fresh one."""
    if not is_password(user.password_hash, old):
        raise RefusalError("原密码不对，请再输一次。", field="old_password")
    check_new_password(new, name=user.name, old=old)
    user.password_hash, user.must_change_password = hash_password(new), False
    _end_sessions(session, user)
    session.add(AuditEntry(kind="password_changed", at=now, user_id=user.id))
    return _start_session(session, user, now=now)


def find_session(session: Session, token: str, *, now: datetime) -> tuple[User, bool] | None:
    """Who a token belongs to while it lasts, and whether its use should be noted by `note_seen`."""
    row = session.execute(
        select(StaffSession, User)
        .join(User, User.id == StaffSession.user_id)
        .where(StaffSession.token_hash == sha256_of(token))
    ).first()
    if row is None:
        return None
    staff_session, user = row
    alive = is_alive(created_at=staff_session.created_at, last_seen_at=staff_session.last_seen_at, now=now)
    if not alive or user.disabled_at is not None:
        return None
    return user, now - staff_session.last_seen_at >= SEEN_PRECISION


def note_seen(session: Session, token: str, *, now: datetime) -> None:
    """Move the idle limit of a session on."""
    session.execute(update(StaffSession).where(StaffSession.token_hash == sha256_of(token)).values(last_seen_at=now))


def actor_of(session: Session, user: User) -> Actor:
    """The user with the roles held at this moment: none while the account is switched off."""
    held = (
        select(RoleGrant.role, Unit.path)
        .join(Unit, Unit.id == RoleGrant.unit_id)
        .where(RoleGrant.user_id == user.id, RoleGrant.user_id.in_(select(User.id).where(User.disabled_at.is_(None))))
    )
    grants = frozenset(Grant(Role(role), path) for role, path in session.execute(held))
    return Actor(user.id, user.name, user.display_name, grants)


def _subject(name: str, keys: Keys) -> str:
    return keyed_hash(name.strip().casefold(), keys.current("account").secret)


def _start_session(session: Session, user: User, *, now: datetime) -> str:
    token = secrets.token_urlsafe(32)
    session.add(StaffSession(token_hash=sha256_of(token), user_id=user.id, created_at=now, last_seen_at=now))
    return token


def _end_sessions(session: Session, user: User) -> None:
    session.execute(delete(StaffSession).where(StaffSession.user_id == user.id))
