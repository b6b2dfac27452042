"""What the processes of an instance weigh: the processor a start takes, and memory, idle and after much work."""

import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.client import ROOT, load_apart
from bench.exchange import fetch
from bench.servers import PRODUCT, Server, free_port, instance_environment, prepare, stop
from bench.visitor import Mode, Plan

ROUNDS = 11
REQUESTS = 20_000
CLIENTS = 4
# Others of one instance share what they were forked with: one alone stands for what it costs to have one more.
ONE_WORKER = ("--workers", "1", "--max-requests", "0")
STARTED = "import wsgi"
BARE = "import flask, flask_wtf, sqlalchemy.orm, wtforms"
START_SECONDS = 30


def cpu_seconds_of(code: str) -> float:
    """Of a fresh process that runs it, with an instance of its own."""
    with TemporaryDirectory(prefix="bench-") as folder:
        environment = instance_environment(Path(folder), 8000, 8000)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def starts() -> tuple[list[float], list[float]]:
    """The product's and the bare stack's, in turns."""
    pairs = [(cpu_seconds_of(STARTED), cpu_seconds_of(BARE)) for _ in range(ROUNDS)]
    return [ours for ours, _ in pairs], [bare for _, bare in pairs]


def supervisor_mb() -> tuple[float, float]:
    """The process that watches over an instance, and a Python that does nothing."""
    with watched() as watching, _started(sys.executable, "-c", "input()") as nothing:
        return memory_mb(watching), memory_mb(nothing)


def weights(server: Server) -> tuple[float, float]:
    """MB of a server's only worker once it has answered, and after REQUESTS more, submissions among them."""
    fetch(server.port, server.form_path)
    worker, idle, done = _only_child(server.pid), 0.0, 0
    idle = memory_mb(worker)
    plan = Plan(
        port=server.port, path=server.form_path, mode=Mode.VISIT, clients=CLIENTS, seconds=5,
        receipt_mark=server.application.receipt_mark,
    )  # fmt: skip
    while done < REQUESTS:
        report = load_apart(plan)
        if report.failures or not report.done:
            raise RuntimeError(f"{report.done} good journeys, {report.failures}")
        done += 2 * report.done
    if _only_child(server.pid) != worker:
        raise RuntimeError("the worker was started again meanwhile")
    return idle, memory_mb(worker)


@contextmanager
def watched() -> Iterator[int]:
    """The process id of what `make run` leaves in front, once the instance answers."""
    with TemporaryDirectory(prefix="bench-") as folder:
        port = free_port()
        environment = {**instance_environment(Path(folder), port, port), "WEB_WORKERS": "1"}
        form_path = prepare(PRODUCT, environment)
        with Path(folder, "serve.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "feedback.assembly.serve"], cwd=ROOT, env=environment, stdout=log, stderr=log
            )
            try:
                _wait_for(port, form_path)
                yield process.pid
            finally:
                stop(process)


@contextmanager
def _started(*words: str) -> Iterator[int]:
    process = subprocess.Popen(words, stdin=subprocess.PIPE)
    time.sleep(1)
    try:
        yield process.pid
    finally:
        stop(process)


def _wait_for(port: int, path: str) -> None:
    give_up_at = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up_at:
        try:
            if fetch(port, path).is_good:
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the instance did not get ready")


def memory_mb(pid: int) -> float:
    """Resident memory, shared or not, from Linux's /proc."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def _only_child(pid: int) -> int:
    (child,) = map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
    return child
