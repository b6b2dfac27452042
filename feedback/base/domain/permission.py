"""Who may do what: roles are code, grants stand in one table, and each is given on a unit of the tree."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """The seven roles of staff."""

    ADMIN = "admin"
    CAMPAIGN_MANAGER = "campaign_manager"
    MODERATOR = "moderator"
    UNIT_HANDLER = "unit_handler"
    CLUE_OFFICER = "clue_officer"
    SUPERVISOR = "supervisor"
    COLLECTOR = "collector"


class Permission(StrEnum):
    """What a view may ask for, named resource:action."""

    ACCOUNT_OWN = "account:own"
    SUBMISSION_READ = "submission:read"
    SUBMISSION_DECIDE = "submission:decide"
    CONTACT_READ = "contact:read"
    EXPORT_CREATE = "export:create"
    CAMPAIGN_MANAGE = "campaign:manage"
    USER_MANAGE = "user:manage"
    RIGHTS_READ = "rights:read"
    STATUS_READ = "status:read"


ROLE_LABELS = {
    Role.ADMIN: "系统管理员",
    Role.CAMPAIGN_MANAGER: "征集管理员",
    Role.MODERATOR: "受理员",
    Role.UNIT_HANDLER: "单位经办人",
    Role.CLUE_OFFICER: "线索专办员",
    Role.SUPERVISOR: "督导员",
    Role.COLLECTOR: "采集员",
}

# What a role does here, for its holder's first page.
ROLE_DUTIES = {
    Role.ADMIN: "在“人员”里邀请同事、授予和收回角色；意见由受理员和督导员看。",
    Role.CAMPAIGN_MANAGER: "在“征集”里设置征集活动和二维码；意见由受理员和督导员看。",
    Role.MODERATOR: "看每一件意见，受理、答复和办结。",
    Role.UNIT_HANDLER: "办理转到本单位的意见；没有转来以前，这里不显示。",
    Role.CLUE_OFFICER: "办理移交来的问题线索；没有移交以前，这里不显示。",
    Role.SUPERVISOR: "查看意见和办理情况，不作处理。",
    Role.COLLECTOR: "替不方便填写的群众代填意见。",
}

GRANTS = {
    Role.ADMIN: frozenset(
        {Permission.ACCOUNT_OWN, Permission.USER_MANAGE, Permission.RIGHTS_READ, Permission.STATUS_READ}
    ),
    Role.CAMPAIGN_MANAGER: frozenset({Permission.ACCOUNT_OWN, Permission.CAMPAIGN_MANAGE}),
    Role.MODERATOR: frozenset(
        {
            Permission.ACCOUNT_OWN,
            Permission.SUBMISSION_READ,
            Permission.SUBMISSION_DECIDE,
            Permission.CONTACT_READ,
            Permission.EXPORT_CREATE,
        }
    ),
    Role.UNIT_HANDLER: frozenset({Permission.ACCOUNT_OWN}),
    Role.CLUE_OFFICER: frozenset({Permission.ACCOUNT_OWN}),
    Role.SUPERVISOR: frozenset({Permission.ACCOUNT_OWN, Permission.SUBMISSION_READ, Permission.RIGHTS_READ}),
    Role.COLLECTOR: frozenset({Permission.ACCOUNT_OWN}),
}


@dataclass(frozen=True)
class Grant:
    """A role on a unit; `unit_path` is the unit's place in the tree, such as /1/4/."""

    role: Role
    unit_path: str


@dataclass(frozen=True)
class Actor:
    """A member of staff as rules and queries see one."""

    id: int
    name: str
    display_name: str
    grants: frozenset[Grant]

    def may(self, permission: Permission) -> bool:
        """Whether any of the roles gives it; where, is asked of `paths_with`."""
        return any(permission in GRANTS[grant.role] for grant in self.grants)

    def paths_with(self, permission: Permission) -> list[str]:
        """The units, as paths, on which the permission holds; it reaches everything below them."""
        return sorted(grant.unit_path for grant in self.grants if permission in GRANTS[grant.role])


def labels_of(roles: Iterable[Role]) -> str:
    """系统管理员、受理员: for a page that says who one is."""
    held = set(roles)
    return "、".join(label for role, label in ROLE_LABELS.items() if role in held)
