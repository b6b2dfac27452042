"""Who may do what, and where."""

import pytest

from feedback.base.domain.permission import GRANTS, ROLE_LABELS, Actor, Grant, Permission, Role, labels_of


def make_actor(*grants: tuple[Role, str]) -> Actor:
    return Actor(1, "wang", "王小明", frozenset(Grant(role, path) for role, path in grants))


def test_the_grants_of_each_role_are_these() -> None:
    only_their_account = {Permission.ACCOUNT_OWN}

    assert {
        Role.ADMIN: {Permission.ACCOUNT_OWN, Permission.USER_MANAGE, Permission.RIGHTS_READ, Permission.STATUS_READ},
        Role.CAMPAIGN_MANAGER: {Permission.ACCOUNT_OWN, Permission.CAMPAIGN_MANAGE},
        Role.MODERATOR: set(Permission)
        - {Permission.USER_MANAGE, Permission.RIGHTS_READ, Permission.CAMPAIGN_MANAGE, Permission.STATUS_READ},
        Role.UNIT_HANDLER: only_their_account,
        Role.CLUE_OFFICER: only_their_account,
        Role.SUPERVISOR: {Permission.ACCOUNT_OWN, Permission.SUBMISSION_READ, Permission.RIGHTS_READ},
        Role.COLLECTOR: only_their_account,
    } == GRANTS


@pytest.mark.parametrize("role", Role)
def test_an_actor_may_what_the_role_grants_and_nothing_more(role: Role) -> None:
    actor = make_actor((role, "/1/"))

    assert {permission for permission in Permission if actor.may(permission)} == GRANTS[role]


def test_a_permission_holds_on_the_units_of_the_roles_that_grant_it() -> None:
    actor = make_actor((Role.MODERATOR, "/1/4/"), (Role.SUPERVISOR, "/1/7/"), (Role.UNIT_HANDLER, "/1/9/"))

    assert actor.paths_with(Permission.SUBMISSION_READ) == ["/1/4/", "/1/7/"]
    assert actor.paths_with(Permission.SUBMISSION_DECIDE) == ["/1/4/"]


def test_without_a_role_nothing_is_permitted() -> None:
    actor = make_actor()

    assert not any(actor.may(permission) for permission in Permission)
    assert actor.paths_with(Permission.ACCOUNT_OWN) == []


def test_roles_are_named_in_chinese_in_one_order() -> None:
    assert set(ROLE_LABELS) == set(Role)
    assert labels_of([Role.MODERATOR, Role.ADMIN, Role.MODERATOR]) == "系统管理员、受理员"
    assert labels_of(role for role in [Role.SUPERVISOR, Role.MODERATOR]) == "受理员、督导员"
