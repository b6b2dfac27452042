"""Accounts of staff."""

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from feedback.base.cli.transaction import changing, now
from feedback.base.domain.permission import ROLE_LABELS, Role, labels_of
from feedback.base.extensions import db
from feedback.people.models import RoleGrant, User
from feedback.people.services import account
from feedback.people.services import user as user_service
from feedback.people.services.unit import find_unit, root_unit


@click.group("user")
def user() -> None:
    """工作人员账号。"""


@user.command("create")
@click.argument("name")
@click.option("--display-name", required=True, help="页面和记录里显示的姓名，如 王小明。")
@click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    type=click.Choice([role.value for role in Role]),
    help="角色，可以写几次：" + "，".join(f"{role.value} {label}" for role, label in ROLE_LABELS.items()) + "。",
)
@click.option("--unit", "unit_code", help="角色所在单位的代码，默认是主办单位。")
@with_appcontext
def create(name: str, display_name: str, roles: list[str], unit_code: str | None) -> None:
    """新建账号 NAME，并显示一次初始密码。"""
    password, hashed = user_service.first_password()
    with changing() as session:
        unit = find_unit(session, unit_code) if unit_code else root_unit(session)
        if unit is None:
            raise click.ClickException(f"没有代码为 {unit_code} 的单位，请先用 flask unit import 导入。")
        created = user_service.create_user(
            session,
            name=name,
            display_name=display_name,
            roles=[Role(role) for role in roles],
            unit=unit,
            now=now(),
        )
        user_service.give_password(session, created, hashed, now=now())
    click.echo(f"账号 {name} 已建立，初始密码 {password} （只显示这一次）。")


@user.command("reset-password")
@click.argument("name")
@with_appcontext
def reset_password(name: str) -> None:
    """给账号 NAME 一个新的初始密码，并结束它所有的登录。"""
    password, hashed = user_service.first_password()
    with changing() as session:
        user_service.give_password(session, account.get_user(session, name, to_change=True), hashed, now=now())
    click.echo(f"账号 {name} 的新密码 {password} （只显示这一次）。")


@user.command("disable")
@click.argument("name")
@with_appcontext
def disable(name: str) -> None:
    """停用账号 NAME，它的登录立即结束。"""
    with changing() as session:
        found = account.get_user(session, name, to_change=True)
        user_service.set_disabled(session, found, is_disabled=True, now=now())
    click.echo(f"账号 {name} 已停用。")


@user.command("enable")
@click.argument("name")
@with_appcontext
def enable(name: str) -> None:
    """重新启用账号 NAME。"""
    with changing() as session:
        found = account.get_user(session, name, to_change=True)
        user_service.set_disabled(session, found, is_disabled=False, now=now())
    click.echo(f"账号 {name} 已启用。")


@user.command("reset-second-factor")
@click.argument("name")
@with_appcontext
def reset_second_factor(name: str) -> None:
    """账号 NAME 的手机丢失时用：下次登录重新设置动态口令。"""
    with changing() as session:
        user_service.reset_second_factor(session, name, now=now())
    click.echo(f"账号 {name} 下次登录时重新设置动态口令。")


@user.command("list")
@with_appcontext
def list_users() -> None:
    """列出账号、角色和状态。"""
    with db.sessions() as session:
        for found in session.scalars(select(User).order_by(User.name)):
            roles = session.scalars(select(RoleGrant.role).where(RoleGrant.user_id == found.id))
            state = "停用" if found.disabled_at else "在用"
            click.echo(f"{found.name}\t{found.display_name}\t{labels_of(Role(role) for role in roles)}\t{state}")
