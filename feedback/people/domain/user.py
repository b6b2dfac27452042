"""Who may change the accounts and the roles of others."""

from collections.abc import Iterable
from datetime import timedelta

from feedback.base.domain.permission import Actor, Permission
from feedback.base.domain.refusal import RefusalError

MAX_NAME_LENGTH = 40
INVITATION_LASTS = timedelta(days=7)


class OwnAccountError(RefusalError):
    """Nobody gives themselves a role, or changes their own account as its administrator."""

    def __init__(self) -> None:
        super().__init__("不能改动自己的账号和角色，请另一位系统管理员来办。")


class OutOfReachError(RefusalError):
    """The administrator's own unit is not above this one."""

    def __init__(self) -> None:
        super().__init__("这个单位不在您管理的范围内。", field="unit")


def check_not_oneself(by: Actor, user_id: int) -> None:
    """Raise OwnAccountError."""
    if by.id == user_id:
        raise OwnAccountError


def check_reaches(by: Actor, unit_path: str) -> None:
    """Raise OutOfReachError where the actor administers no unit at or above the path."""
    if not may_manage(by, [unit_path]):
        raise OutOfReachError


def may_manage(by: Actor, unit_paths: Iterable[str]) -> bool:
    """Whether everything an account may do lies at or below the units the actor administers."""
    reach = tuple(by.paths_with(Permission.USER_MANAGE))
    return bool(reach) and all(path.startswith(reach) for path in unit_paths)
