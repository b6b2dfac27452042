"""Starts gunicorn for the product or the control on a free loopback port, and ends the very process it started."""

import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.exchange import HOST, fetch

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 20
STOP_SECONDS = 10
PRODUCT_CONFIG = ("-c", "gunicorn.conf.py")
# Without one of its own gunicorn would find ours in the folder, which loads our application.
NO_FILE = ("-c", "python:bench")
PLAIN_CONFIG = (*NO_FILE, "--workers", "2")


@dataclass(frozen=True)
class Application:
    """Something that serves a form. `flask prepare --json` makes its database and tells the form's path."""

    module: str
    receipt_mark: str  # a piece of every receipt page


PRODUCT = Application("wsgi:app", receipt_mark='id="code"')
CONTROL = Application("bench.control:app", receipt_mark='id="receipt"')


@dataclass(frozen=True)
class Server:
    application: Application
    port: int
    form_path: str
    pid: int
    environment: Mapping[str, str] = field(repr=False)


def own_config() -> tuple[str, ...]:
    """The product's gunicorn settings, from its own file if it has one."""
    return PRODUCT_CONFIG if (ROOT / PRODUCT_CONFIG[1]).exists() else PLAIN_CONFIG


@contextmanager
def serving(
    application: Application, config: tuple[str, ...], *, public_port: int = 0, database_url: str = ""
) -> Iterator[Server]:
    """A fresh instance in a folder of its own: below TMPDIR, which had better be a real disk.

    Visitors come to its own port, or to the public one of something in front of it.
    """
    with TemporaryDirectory(prefix="bench-") as folder:
        port = free_port()
        environment = instance_environment(Path(folder), port, public_port or port)
        if database_url:
            environment["DATABASE_URL"] = database_url
        form_path = prepare(application, environment)
        with Path(folder, "server.log").open("wb") as log:
            process = start(application, config, port, environment, log.fileno())
            try:
                wait_until_ready(process, port, form_path, Path(log.name))
                yield Server(application, port, form_path, process.pid, environment)
            finally:
                stop(process)


def instance_environment(folder: Path, port: int, public_port: int) -> dict[str, str]:
    """The product reads the upper five, the control the lower two."""
    return {
        **os.environ,
        "HOST": HOST,
        "PORT": str(port),
        "PUBLIC_URL": f"http://{HOST}:{public_port}",
        "INSTANCE": str(folder),
        "KEYS_FILE": str(folder / "keys" / "keys.json"),
        "BENCH_DATABASE": str(folder / "control.db"),
        "BENCH_SECRET_KEY": secrets.token_hex(),
    }


def prepare(application: Application, environment: Mapping[str, str]) -> str:
    """Migrate and seed; the path of the form."""
    module = application.module.removesuffix(":app")
    command = [sys.executable, "-m", "flask", "--app", module, "prepare", "--json"]
    finished = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False, timeout=60)
    if finished.returncode:
        raise RuntimeError(f"{module} could not be prepared: {finished.stderr.decode()[-2000:]}")
    path: str = json.loads(finished.stdout)["form_path"]
    return path


def start(
    application: Application, config: tuple[str, ...], port: int, environment: Mapping[str, str], log: int
) -> subprocess.Popen[bytes]:
    # The control socket lies in the home folder, and all instances would share it.
    options = ["--bind", f"{HOST}:{port}", "--no-control-socket"]
    return subprocess.Popen(
        [sys.executable, "-m", "gunicorn", *config, *options, application.module],
        cwd=ROOT,
        env=environment,
        stdout=log,
        stderr=log,
        start_new_session=True,  # an interrupt at the keyboard reaches us, and we end the server
    )


def wait_until_ready(process: subprocess.Popen[bytes], port: int, path: str, log: Path) -> None:
    give_up_at = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up_at and process.poll() is None:
        try:
            if fetch(port, path).is_good:
                return
        except OSError:
            pass  # it does not listen yet
        time.sleep(0.05)
    raise RuntimeError(f"The server did not get ready: {log.read_text()[-2000:]}")


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()  # its workers notice that their parent is gone
        process.wait(STOP_SECONDS)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def cpu_seconds(pid: int) -> float:
    """Processor time of a process and its children, the ended ones too, from Linux's /proc."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    own = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    return own + sum(cpu_seconds(int(child)) for child in children)
