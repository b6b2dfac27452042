"""The second factor of an account: set up once, then every code works a single time."""

from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from feedback.base.adapters.cipher import decrypt, encrypt
from feedback.base.adapters.keys import Keys
from feedback.base.domain.code import keyed_hash
from feedback.base.domain.refusal import RefusalError
from feedback.base.models.audit import AuditEntry
from feedback.people.adapters.passwords import new_password
from feedback.people.adapters.second_factor import matching_step
from feedback.people.domain.second_factor import RECOVERY_CODES, WrongCodeError, is_recovery_code, normal_code
from feedback.people.models import RecoveryCode, SecondFactor, User


def has_second_factor(session: Session, user_id: int) -> bool:
    """Whether an authenticator belongs to the account."""
    return session.get(SecondFactor, user_id) is not None


def set_up(session: Session, user: User, *, secret: str, code: str, keys: Keys, now: datetime) -> list[str]:
    """Bind an authenticator that shows the secret's present code to an account; returns recovery codes, shown once.

    Raises WrongCodeError, and RefusalError where there is one already.
    """
    if has_second_factor(session, user.id):
        raise RefusalError("这个账号已经设置过动态口令。更换手机请联系系统管理员重新邀请。")
    step = matching_step(secret, normal_code(code), now)
    if step is None:
        raise WrongCodeError
    sealed = encrypt(secret, place=_place(user.id), keys=keys)
    session.add(SecondFactor(user_id=user.id, secret=sealed, last_step=step, set_up_at=now))
    session.add(AuditEntry(kind="second_factor_set_up", at=now, user_id=user.id, subject=user.name))
    return renew_recovery_codes(session, user, keys=keys, now=now)


def renew_recovery_codes(session: Session, user: User, *, keys: Keys, now: datetime) -> list[str]:
    """Fresh codes for when the phone is not at hand; those given out before work no more."""
    codes, key = [new_password(groups=3) for _ in range(RECOVERY_CODES)], keys.current("account").secret
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    session.add_all([RecoveryCode(code_hash=_hash(user.id, normal_code(code), key), user_id=user.id) for code in codes])
    session.add(AuditEntry(kind="recovery_codes_made", at=now, user_id=user.id, subject=user.name))
    return codes


def use_code(session: Session, user: User, typed: str, *, keys: Keys, now: datetime) -> None:
    """Use up a code of the authenticator, or a recovery code; of several at once one succeeds. Raises WrongCodeError.

    An account without a second factor needs no code.
    """
    factor = session.get(SecondFactor, user.id)
    if factor is None:
        return
    code = normal_code(typed)
    if is_recovery_code(code):
        is_right = _use_recovery_code(session, user, code, keys=keys, now=now)
    else:
        is_right = _use_step(session, factor, code, keys=keys, now=now)
    if not is_right:
        raise WrongCodeError


def remove(session: Session, user: User) -> None:
    """Forget the authenticator and the recovery codes: the next sign-in sets up a new one."""
    session.execute(delete(SecondFactor).where(SecondFactor.user_id == user.id))
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))


def _use_step(session: Session, factor: SecondFactor, code: str, *, keys: Keys, now: datetime) -> bool:
    secret = decrypt(factor.secret, place=_place(factor.user_id), keys=keys)
    step = matching_step(secret, code, now)
    if step is None:
        return False
    fresh = (SecondFactor.user_id == factor.user_id) & (SecondFactor.last_step < step)
    statement = update(SecondFactor).where(fresh).values(last_step=step).returning(SecondFactor.user_id)
    return session.scalar(statement) is not None


def _use_recovery_code(session: Session, user: User, code: str, *, keys: Keys, now: datetime) -> bool:
    hashes = [_hash(user.id, code, secret) for secret in keys.secrets("account")]
    own = RecoveryCode.code_hash.in_(hashes) & (RecoveryCode.user_id == user.id)
    if session.scalar(delete(RecoveryCode).where(own).returning(RecoveryCode.user_id)) is None:
        return False
    session.add(AuditEntry(kind="recovery_code_used", at=now, user_id=user.id, subject=user.name))
    return True


def _hash(user_id: int, code: str, key: bytes) -> str:
    return keyed_hash(f"{user_id}\n{code}", key)


def _place(user_id: int) -> str:
    return f"second_factor.secret:{user_id}"
