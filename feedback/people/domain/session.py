"""How long a sign-in lasts and how fast one may try."""

from datetime import datetime, timedelta
from math import ceil

from feedback.base.domain.refusal import RefusalError

IDLE_LIMIT = timedelta(minutes=30)
ABSOLUTE_LIMIT = timedelta(hours=8)
SEEN_PRECISION = timedelta(minutes=1)
TRIES_PER_WINDOW = 10
TRY_WINDOW = timedelta(minutes=1)
MIN_PASSWORD_LENGTH = 10
LEAST_STRENGTH = 3


class TooManyTriesError(RefusalError):
    """The account has been tried too often within the last minute; nobody is locked out."""

    def __init__(self, wait_seconds: int) -> None:
        super().__init__(f"这个账号刚才尝试的次数较多，请等 {wait_seconds} 秒后再试。账号没有被锁定。")
        self.wait_seconds = wait_seconds


class WrongPasswordError(RefusalError):
    """Name, password and one-time code do not belong together, or the account is switched off."""

    def __init__(self) -> None:
        super().__init__("账号、密码或动态口令不对，请检查后再试。", field="password")


class WeakPasswordError(RefusalError):
    """The new password is too easy to guess."""

    def __init__(self, message: str) -> None:
        super().__init__(message, field="new_password")


def is_alive(*, created_at: datetime, last_seen_at: datetime, now: datetime) -> bool:
    """Whether a session is within both limits."""
    return now - last_seen_at < IDLE_LIMIT and now - created_at < ABSOLUTE_LIMIT


def seconds_to_wait(recent: list[datetime], now: datetime) -> int:
    """How long until another try is judged, 0 where the window has room; `recent` are the judged ones, oldest first."""
    judged = [tried_at for tried_at in recent if now - tried_at < TRY_WINDOW]
    if len(judged) < TRIES_PER_WINDOW:
        return 0
    return ceil((judged[-TRIES_PER_WINDOW] + TRY_WINDOW - now).total_seconds())


def check_new_password(password: str, *, old: str = "", strength: int) -> None:
    """Raise WeakPasswordError for the old password, and for one that is easy to guess.

    `strength` is zxcvbn's score, 0 to 4; what signs the password is made of does not matter.
    """
    if len(password) < MIN_PASSWORD_LENGTH:
        raise WeakPasswordError(f"新密码请至少用 {MIN_PASSWORD_LENGTH} 个字符。可以用几个词连成一句话。")
    if password == old:
        raise WeakPasswordError("新密码不能和原密码一样。")
    if strength < LEAST_STRENGTH:
        raise WeakPasswordError("这个密码太容易猜到。请换一个，比如几个不相干的词连成一句话，不要用账号和姓名。")


def device_of(agent: str) -> str:
    """What a browser calls itself, as far as it helps somebody to recognise their own: 手机 微信, 电脑."""
    kind = "手机" if "Mobile" in agent or "Android" in agent else "电脑"
    return f"{kind} 微信" if "MicroMessenger/" in agent else kind
