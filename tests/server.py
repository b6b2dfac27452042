"""A running service for a test: prepared, started, stopped or killed, always by the ids of its own processes."""

import contextlib
import json
import os
import random
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from types import TracebackType
from typing import BinaryIO
from urllib.parse import urlsplit

from feedback.base.config import Settings

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 40
STOP_SECONDS = 30
COMMAND_SECONDS = 60
# What the shell of whoever runs the tests has set must not reach the service.
_FOREIGN = (
    "INSTANCE", "KEYS_FILE", "DATABASE_URL", "HOST", "PORT", "PUBLIC_URL", "WEB_WORKERS", "EXPORT_DAYS", "GATEWAY",
    "UNDO_SECONDS", "SMTP_URL", "MAIL_FROM",
)  # fmt: skip
_FOREIGN_PREFIXES = ("FLASK_", "GUNICORN_", "WERKZEUG_")


class ServerError(RuntimeError):
    """The service did not do in time what it was asked; the message ends with its log."""


def settings_in(folder: Path, database_url: str) -> Settings:
    """An instance on which nothing has been done, all of it within a folder; senders hear of decisions at once."""
    keys_file = folder / "keys" / "keys.json"
    return Settings(instance=folder / "instance", keys_file=keys_file, database_url=database_url, undo_seconds=0)


@dataclass
class Server:
    """gunicorn, and with `has_worker` a job worker, as the operator's handbook starts them.

    `Settings.port` is not used: every server has a port of its own, which it keeps when it is started again.
    `gunicorn_arguments` come after the configuration file and win over it; `--certfile` makes the service https.
    With a `form_path` the database is taken as prepared; without one, entering prepares it.
    """

    settings: Settings
    logs: Path
    has_worker: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    gunicorn_arguments: Sequence[str] = ()
    port: int = field(default_factory=lambda: quiet_port())
    form_path: str = ""
    password: str | None = None
    _processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __enter__(self) -> "Server":
        if not self.form_path:
            self.prepare()
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def scheme(self) -> str:
        """https where gunicorn was given a certificate."""
        return "https" if any(word.startswith("--certfile") for word in self.gunicorn_arguments) else "http"

    @property
    def url(self) -> str:
        """The address without a path."""
        return f"{self.scheme}://{self.settings.host}:{self.port}"

    @property
    def web_log(self) -> Path:
        """Everything gunicorn and its workers wrote to standard output and error, over all starts."""
        return self.logs / "web.log"

    @property
    def work_log(self) -> Path:
        """The same of the job worker."""
        return self.logs / "work.log"

    def variables(self) -> dict[str, str]:
        """The environment of every process of this instance."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name not in _FOREIGN and not name.startswith(_FOREIGN_PREFIXES)
        }
        own = {
            "INSTANCE": str(self.settings.instance),
            "KEYS_FILE": str(self.settings.keys_file),
            "DATABASE_URL": self.settings.database_url,
            "HOST": self.settings.host,
            "PORT": str(self.port),
            "PUBLIC_URL": self.settings.public_url,
            "WEB_WORKERS": str(self.settings.web_workers),
            "EXPORT_DAYS": str(self.settings.export_days),
            "UNDO_SECONDS": str(self.settings.undo_seconds),
        }
        return {**inherited, **own, **self.environment}

    def flask(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run an operator's command of this instance to its end."""
        return subprocess.run(
            self.flask_command(*arguments),
            cwd=ROOT,
            env=self.variables(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )

    def flask_command(self, *arguments: str) -> list[str]:
        """The words that run an operator's command."""
        return [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]

    def gunicorn_command(self) -> list[str]:
        """The words that run the web server."""
        return [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", *self.gunicorn_arguments, "wsgi:app"]

    def prepare(self) -> None:
        """Migrate and set up; learns where the form is and, at the first start, the administrator's password."""
        finished = self.flask("prepare", "--json")
        if finished.returncode:
            raise ServerError(f"prepare failed: {finished.stderr[-4000:]}")
        told = json.loads(finished.stdout)
        self.form_path, self.password = told["form_path"], told["password"]

    def start(self) -> None:
        """Start the processes and return when the form is shown."""
        self.logs.mkdir(parents=True, exist_ok=True)
        self._processes = [self._launch(self.gunicorn_command(), self.web_log)]
        if self.has_worker:
            self._processes.append(self._launch(self.flask_command("work"), self.work_log))
        try:
            wait_until(self._is_ready, START_SECONDS, "the form is not shown")
        except ServerError as error:
            self.kill()
            raise ServerError(f"{error}: {self.log()[-4000:]}") from None

    def stop(self) -> None:
        """Ask every process to end, as an operator does, and make sure that nothing is left."""
        family = self._family()
        for process in self._processes:
            process.terminate()
        try:
            for process in self._processes:
                process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ServerError(f"the service did not stop in {STOP_SECONDS} s: {self.log()[-4000:]}") from None
        self._processes = []
        wait_until(lambda: not any(map(is_running, family)), STOP_SECONDS, "children outlived the service")

    def kill(self) -> None:
        """SIGKILL to every process at once: nothing gets a chance to tidy up."""
        for process in self._processes:
            # A stopped parent starts no new children while the ones it has are looked up.
            process.send_signal(signal.SIGSTOP)
        family = self._family()
        for pid in family:
            _signal(pid, signal.SIGKILL)
        for process in self._processes:
            process.wait(STOP_SECONDS)
        self._processes = []
        wait_until(lambda: not any(map(is_running, family)), STOP_SECONDS, "a killed process still runs")

    def web_workers(self) -> list[int]:
        """The ids of gunicorn's worker processes."""
        return children_of(self._processes[0].pid)

    def kill_a_web_worker(self) -> bool:
        """SIGKILL to one of gunicorn's workers; False where none is up at this moment."""
        workers = self.web_workers()
        if workers:
            _signal(random.choice(workers), signal.SIGKILL)
        return bool(workers)

    def log(self) -> str:
        """Everything any process of the service wrote."""
        paths = [path for path in (self.web_log, self.work_log) if path.exists()]
        return "".join(path.read_text(errors="replace") for path in paths)

    def _launch(self, command: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
        with open(log, "ab") as file:
            return start_process(command, self.variables(), file)

    def _family(self) -> list[int]:
        """The processes and everything below them."""
        own = [process.pid for process in self._processes if process.poll() is None]
        return [*own, *(child for pid in own for child in descendants_of(pid))]

    def _is_ready(self) -> bool:
        if any(process.poll() is not None for process in self._processes):
            raise ServerError("a process ended while it was started")
        connection = http_connection(self.url, seconds=5)
        try:
            connection.request("GET", self.form_path)
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()


def http_connection(url: str, *, seconds: float, source: str = "") -> HTTPConnection:
    """A connection to a service of ours, from a loopback address if one is given, on which every wait is bounded."""
    parts, own = urlsplit(url), (source, 0) if source else None
    if parts.scheme == "http":
        return HTTPConnection(parts.netloc, timeout=seconds, source_address=own)
    # The certificate is the test's own; nothing secret is asked for.
    return HTTPSConnection(parts.netloc, timeout=seconds, source_address=own, context=ssl._create_unverified_context())


def start_process(command: Sequence[str], environment: Mapping[str, str], log: BinaryIO) -> subprocess.Popen[bytes]:
    """A process that an interrupt at the keyboard does not reach: whoever started it ends it."""
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )


def wait_until(is_done: Callable[[], bool], seconds: float, complaint: str) -> None:
    """Ask again and again; ServerError with the complaint when the time is over."""
    give_up_at = time.monotonic() + seconds
    while not is_done():
        if time.monotonic() > give_up_at:
            raise ServerError(f"{complaint} after {seconds} s")
        time.sleep(0.05)


def children_of(pid: int) -> list[int]:
    """The ids of a process's children, from Linux's /proc; none where it has ended."""
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def descendants_of(pid: int) -> list[int]:
    """Children and their children."""
    children = children_of(pid)
    return [*children, *(further for child in children for further in descendants_of(child))]


def is_running(pid: int) -> bool:
    """Whether a process exists and has not ended; one that only waits to be reaped has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except (FileNotFoundError, ProcessLookupError):
        return False


def quiet_port() -> int:
    """A free port below those the kernel gives to outgoing connections.

    A client that keeps calling a server which is down could otherwise be given the server's own port, and keep it.
    """
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = random.randrange(10_000, max(lowest, 10_100))
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("", port))
            except OSError:
                continue
            return port


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
