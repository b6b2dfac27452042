"""Preparing an instance, serving it, and working through its jobs."""

import json
import logging
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from types import FrameType

import click
import segno
from flask.cli import with_appcontext
from sqlalchemy import select

from feedback.assembly.first_start import set_up
from feedback.assembly.worker import run
from feedback.base.adapters import jobs
from feedback.base.adapters.database import forget_old_pages, writing
from feedback.base.adapters.migrations import upgrade
from feedback.base.config import Settings
from feedback.base.extensions import db
from feedback.base.runtime import keys, settings
from feedback.campaigns.models.channel import Channel
from feedback.cases.services.claim import release_expired
from feedback.cases.services.search import index_pending, is_pending
from feedback.digests.cli import send_digests
from feedback.intake.services.group_code import write_anew
from feedback.workbooks.services.export import remove_expired

POLL_SECONDS = 0.5
# Between two batches, so that those who wait to write get their turn.
YIELD_SECONDS = 0.02
RECOVERY_SECONDS = 2.0
SWEEP_EVERY = timedelta(hours=1)
RELEASE_EVERY = timedelta(minutes=1)


@click.command("prepare")
@click.option("--json", "as_json", is_flag=True, help="只输出一行 JSON，供脚本读取。")
@with_appcontext
def prepare(as_json: bool) -> None:
    """建立或升级数据库；第一次运行时创建征集活动、二维码渠道和管理员。"""
    upgrade(db.engine)
    with writing(db.sessions) as session:
        first = set_up(session, now=datetime.now(UTC))
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


@click.command("serve")
@click.pass_context
def serve(context: click.Context) -> None:
    """启动网站和后台任务，按 Ctrl+C 停止。"""
    context.invoke(prepare)
    flask = [sys.executable, "-m", "flask", "--app", "wsgi"]
    web = subprocess.Popen([sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"])
    worker = subprocess.Popen([*flask, "work"])  # noqa: S603 - our own command
    is_stopping = False

    def stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal is_stopping
        is_stopping = True
        _stop(web)

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, stop)
    while web.poll() is None:
        if worker.poll() is not None and not is_stopping:
            # Workbooks may wait; opinions may not.
            worker = subprocess.Popen([*flask, "work"])  # noqa: S603 - our own command
        time.sleep(0.2)
    _stop(worker)
    worker.wait()
    sys.exit(0 if is_stopping else 1)


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
    swept_at = released_at = datetime.min.replace(tzinfo=UTC)
    while not is_stopping:
        moment = datetime.now(UTC)
        try:
            if moment - swept_at > SWEEP_EVERY:
                _sweep(moment)
                swept_at = moment
            if moment - released_at > RELEASE_EVERY:
                _release_claims(moment)
                released_at = moment
                send_digests(db.sessions, settings(), now=moment)
            if _work_once() or _index_once():
                continue
        except Exception:
            # A database that is busy, full or away comes back.
            logging.getLogger(__name__).exception("the worker could not look for a job")
            time.sleep(RECOVERY_SECONDS)
        if once:
            break
        time.sleep(POLL_SECONDS)


def _work_once() -> bool:
    """Run the next job, if any; an error fails the job, not the worker."""
    claim = jobs.claim_next(db.sessions, now=datetime.now(UTC))
    if claim is None:
        return False
    try:
        run(db.sessions, claim, keys=keys(), folder=settings().exports)
    except jobs.LeaseLostError:
        logging.getLogger(__name__).warning("a job was taken over by another worker")
    except Exception:
        logging.getLogger(__name__).exception("a job failed")
        # If not even this can be written, the lease runs out by itself.
        with suppress(Exception):
            jobs.give_back(db.sessions, claim, now=datetime.now(UTC))
    return True


def _release_claims(moment: datetime) -> None:
    with writing(db.sessions) as session:
        release_expired(session, now=moment)


def _index_once() -> bool:
    """Let what is new be found; whether there was anything."""
    with db.sessions() as session:
        if not is_pending(session):
            return False
    with writing(db.sessions) as session:
        count = index_pending(session)
    time.sleep(YIELD_SECONDS)
    return count > 0


def _sweep(moment: datetime) -> None:
    with writing(db.sessions) as session:
        remove_expired(session, folder=settings().exports, now=moment, days=settings().export_days)
        write_anew(session)
    # Contact details that were withdrawn within the last hour, and which codes were spent in it.
    forget_old_pages(db.engine)


def _stop(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.terminate()


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
