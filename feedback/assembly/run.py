"""Preparing an instance, and working through what is to be done beside the web."""

import json
import signal
import socket
import tempfile
from datetime import UTC, datetime
from types import FrameType

import click
import segno
from flask.cli import with_appcontext
from sqlalchemy import select

from feedback.assembly import schedule
from feedback.assembly.first_start import set_up
from feedback.assembly.schedule import SCHEDULE, Place, walk
from feedback.base.adapters.migrations import upgrade
from feedback.base.config import Settings
from feedback.base.extensions import db
from feedback.base.runtime import keys, settings
from feedback.campaigns.models.channel import Channel


@click.command("prepare")
@click.option("--json", "as_json", is_flag=True, help="只输出一行 JSON，供脚本读取。")
@with_appcontext
def prepare(as_json: bool) -> None:
    """建立或升级数据库；第一次运行时创建征集活动、二维码渠道和管理员。"""
    upgrade(db.engine)
    first = set_up(db.sessions, now=datetime.now(UTC))
    with db.sessions() as session:
        code = session.scalar(select(Channel.code).order_by(Channel.id).limit(1))
    if as_json:
        password = first.password if first else None
        click.echo(json.dumps({"form_path": f"/f/{code}", "password": password}))
        return
    _announce(settings(), f"/f/{code}")
    if first is not None:
        click.echo(f"管理员账号  {first.user_name}")
        click.echo(f"初始密码    {first.password}    （只显示这一次，首次登录时请修改）\n")


@click.command("work")
@click.option("--once", is_flag=True, help="做完现有的任务就退出。")
@with_appcontext
def work(once: bool) -> None:
    """执行后台任务（生成汇总表等）；可以同时启动几个。"""
    is_stopping = False

    def stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal is_stopping
        is_stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    # openpyxl's temporary files hold opinions: what a killed worker leaves must lie where the sweep finds it.
    settings().exports.mkdir(parents=True, exist_ok=True)
    tempfile.tempdir = str(settings().exports)
    walk(SCHEDULE, Place(db.sessions, settings(), keys), is_over=lambda: is_stopping, once=once)


@click.command("settle-arrivals")
@with_appcontext
def settle_arrivals() -> None:
    """把已过整点的来件编入正式位置，抹去先后顺序（后台任务每小时自动做；手工备份前请先执行）。"""
    place = Place(db.sessions, settings(), keys)
    while schedule.settle_arrivals(place, datetime.now(UTC)):
        pass
    click.echo("已过整点的来件都已编入。")


def _announce(chosen: Settings, form_path: str) -> None:
    base = chosen.public_url or f"http://{_reachable_host(chosen.host)}:{chosen.port}"
    segno.make(base + form_path, error="m").terminal(compact=True, border=2)
    click.echo(f"意见表      {base}{form_path}")
    click.echo(f"工作人员    {base}/moderation/")


def _reachable_host(host: str) -> str:
    """The address phones on the same network can use, where the service listens on all of them."""
    if host not in {"0.0.0.0", "::"}:  # noqa: S104 # nosec B104
        return f"[{host}]" if ":" in host else host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # No packet is sent: connecting a datagram socket only asks the kernel which address it would use.
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"
