"""Signing in to an account and out of it, and its password."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from feedback.base.adapters.database import lock_name
from feedback.base.adapters.keys import Keys
from feedback.base.domain.code import keyed_hash, sha256_of
from feedback.base.domain.permission import Actor, Grant, Role
from feedback.base.domain.refusal import RefusalError
from feedback.base.models.audit import AuditEntry
from feedback.base.models.unit import Unit
from feedback.people.adapters.passwords import hash_password, is_password, strength
from feedback.people.domain.email import check_address
from feedback.people.domain.second_factor import WrongCodeError
from feedback.people.domain.session import (
    ABSOLUTE_LIMIT,
    SEEN_PRECISION,
    TRY_WINDOW,
    WrongPasswordError,
    check_new_password,
    is_alive,
    seconds_to_wait,
)
from feedback.people.models import RoleGrant, SecondFactor, StaffSession, User
from feedback.people.services.second_factor import use_code


class UnknownAccountError(RefusalError):
    """No account has that name."""


def find_user(session: Session, name: str, *, to_change: bool = False) -> User | None:
    """The account with a name, capitals aside; locked if it is `to_change`."""
    statement = select(User).where(User.name == name.strip().casefold())
    return session.scalar(statement.with_for_update() if to_change else statement)


def get_user(session: Session, name: str, *, to_change: bool = False) -> User:
    """The account with a name, capitals aside, locked if it is `to_change`; UnknownAccountError where there is none."""
    user = find_user(session, name, to_change=to_change)
    if user is None:
        raise UnknownAccountError(f"没有名为 {name} 的账号。")
    return user


def record_try(session: Session, name: str, *, keys: Keys, now: datetime, device: str = "") -> int:
    """Record that somebody tries to sign in; returns for how many seconds to wait, 0 where the try may be judged.

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
    wait_seconds = seconds_to_wait(list(recent), now)
    kind = "sign_in_slowed" if wait_seconds else "sign_in_tried"
    session.add(AuditEntry(kind=kind, at=now, subject=subject))
    return wait_seconds


def verify(user: User | None, password: str) -> User:
    """The user, if the password is right and the account on; WrongPasswordError says no more than that."""
    is_right = is_password(user.password_hash if user else None, password)
    if user is None or not is_right or user.disabled_at is not None:
        raise WrongPasswordError
    return user


def record_failure(session: Session, name: str, *, keys: Keys, now: datetime) -> None:
    """Record that a try was wrong."""
    session.add(AuditEntry(kind="sign_in_failed", at=now, subject=_subject(name, keys)))


def sign_in(
    session: Session, user_id: int, *, verified: str, code: str, keys: Keys, now: datetime, device: str = ""
) -> str:
    """Start a session and return its token, of which only a hash is stored; `code` is of the second factor, if any.

    WrongPasswordError where the hash that was `verified` is not the account's any more (checking takes a while) or
    where the code is wrong or used up: which of them, nobody is told.
    """
    user = session.get_one(User, user_id, populate_existing=True, with_for_update=True)
    if user.password_hash != verified or user.disabled_at is not None:
        raise WrongPasswordError
    try:
        use_code(session, user, code, keys=keys, now=now)
    except WrongCodeError:
        raise WrongPasswordError from None
    session.execute(delete(StaffSession).where(StaffSession.created_at < now - ABSOLUTE_LIMIT))
    user.signed_in_at = now
    session.add(AuditEntry(kind="signed_in", at=now, user_id=user.id))
    return start_session(session, user, now=now, device=device)


def sign_out(session: Session, token: str, *, actor: Actor, now: datetime) -> None:
    """End one session."""
    end_session(session, token)
    session.add(AuditEntry(kind="signed_out", at=now, user_id=actor.id))


def end_session(session: Session, token: str) -> None:
    """Forget one token; nothing happens where it is none."""
    session.execute(delete(StaffSession).where(StaffSession.token_hash == sha256_of(token)))


@dataclass(frozen=True)
class ChosenPassword:
    """A password that its owner chose, hashed before anything is locked, and the hash that stood there then."""

    hashed: str
    instead_of: str | None


def choose_password(user: User, new: str, *, old: str | None = None) -> ChosenPassword:
    """Judge and hash a new password, which takes a while; WeakPasswordError where it is easy to guess.

    Raises RefusalError where an `old` one is given that is not the account's.
    """
    if old is not None and not is_password(user.password_hash, old):
        raise RefusalError("原密码不对，请再输一次。", field="old_password")
    check_new_password(new, old=old or "", strength=strength(new, known=[user.name, user.display_name]))
    return ChosenPassword(hash_password(new), user.password_hash)


def change_password(session: Session, user: User, chosen: ChosenPassword, *, now: datetime, device: str = "") -> str:
    """Set a new password, end every session of the account, and return the token of a fresh one.

    RefusalError where it got another one while this was judged.
    """
    if user.password_hash != chosen.instead_of:
        raise RefusalError("原密码不对，请再输一次。", field="old_password")
    set_password(user, chosen)
    session.add(AuditEntry(kind="password_changed", at=now, user_id=user.id))
    return renew_session(session, user, now=now, device=device)


def set_password(user: User, chosen: ChosenPassword) -> None:
    """Give an account a password its owner chose."""
    user.password_hash, user.must_change_password = chosen.hashed, False


def set_email(session: Session, user: User, address: str, *, now: datetime) -> None:
    """Send an account's digests to an address from now on, or none where it is empty; AddressError.

    The record says that it changed, and not to what.
    """
    address = address.strip()
    if address:
        check_address(address)
    if address != (user.email or ""):
        user.email = address or None
        session.add(AuditEntry(kind="email_changed", at=now, user_id=user.id))


def renew_session(session: Session, user: User, *, now: datetime, device: str = "") -> str:
    """End every session of an account and return the token of a fresh one."""
    end_sessions(session, user)
    return start_session(session, user, now=now, device=device)


def end_sessions(session: Session, user: User) -> None:
    """Sign an account out everywhere."""
    session.execute(delete(StaffSession).where(StaffSession.user_id == user.id))


def end_own_session(session: Session, token_hash: str, *, by: Actor, now: datetime) -> None:
    """End one of somebody's own sessions, by the hash it is listed under; nobody ends another's."""
    own = (StaffSession.token_hash == token_hash) & (StaffSession.user_id == by.id)
    if session.scalar(delete(StaffSession).where(own).returning(StaffSession.user_id)) is not None:
        session.add(AuditEntry(kind="session_ended", at=now, user_id=by.id))


def start_session(session: Session, user: User, *, now: datetime, device: str = "") -> str:
    """The token of a fresh session; `device` helps its owner to recognise it."""
    token = secrets.token_urlsafe(32)
    session.add(
        StaffSession(token_hash=sha256_of(token), user_id=user.id, created_at=now, last_seen_at=now, device=device)
    )
    return token


@dataclass(frozen=True)
class Found:
    """Who a token belongs to, with their roles, and whether its use should be noted by `note_seen`."""

    user: User
    actor: Actor
    is_note_due: bool
    has_second_factor: bool


def find_session(session: Session, token: str, *, now: datetime) -> Found | None:
    """What is known of a token while it lasts."""
    rows = session.execute(
        select(StaffSession, User, SecondFactor.user_id, RoleGrant.role, Unit.path)
        .join(User, User.id == StaffSession.user_id)
        .outerjoin(SecondFactor, SecondFactor.user_id == User.id)
        .outerjoin(RoleGrant, RoleGrant.user_id == User.id)
        .outerjoin(Unit, Unit.id == RoleGrant.unit_id)
        .where(StaffSession.token_hash == sha256_of(token))
    ).all()
    if not rows:
        return None
    staff_session, user, factor, *_ = rows[0]
    alive = is_alive(created_at=staff_session.created_at, last_seen_at=staff_session.last_seen_at, now=now)
    if not alive or user.disabled_at is not None:
        return None
    actor = _as_actor(user, ((role, path) for *_, role, path in rows if role is not None))
    return Found(user, actor, now - staff_session.last_seen_at >= SEEN_PRECISION, factor is not None)


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
    return _as_actor(user, ((role, path) for role, path in session.execute(held)))


def _as_actor(user: User, held: Iterable[tuple[str, str]]) -> Actor:
    return Actor(user.id, user.name, user.display_name, frozenset(Grant(Role(role), path) for role, path in held))


def _subject(name: str, keys: Keys) -> str:
    return keyed_hash(name.strip().casefold(), keys.current("account").secret)
