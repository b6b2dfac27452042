"""Watching over the web server and the worker: `python -m feedback.assembly.serve`.

It needs neither Flask nor a database: what it starts does.
"""

import signal
import subprocess
import sys
import time
from types import FrameType

FLASK = (sys.executable, "-m", "flask", "--app", "wsgi")
WEB = (sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app")
PREPARE, WORKER = (*FLASK, "prepare"), (*FLASK, "work")
POLL_SECONDS = 0.2
# A worker that cannot start says why, and is not started again a hundred times a minute.
RESTART_SECONDS = 2.0


def serve() -> int:
    """Prepare, start both, and start the worker again whenever it ends; stops when told to, or when the web ends."""
    children: list[subprocess.Popen[bytes]] = []
    is_stopping = False

    def stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal is_stopping
        is_stopping = True
        # What is being prepared, and then the web server; the worker ends after it.
        for child in children:
            _end(child)

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, stop)
    children[:] = [_start(PREPARE)]
    status = children[0].wait()
    if status or is_stopping:
        return 0 if is_stopping else status
    children[:] = [_start(WEB)]
    worker, started_at = _start(WORKER), time.monotonic()
    while children[0].poll() is None:
        if is_stopping:
            _end(children[0])
        elif worker.poll() is not None and time.monotonic() - started_at > RESTART_SECONDS:
            # Workbooks may wait; opinions may not.
            worker, started_at = _start(WORKER), time.monotonic()
        time.sleep(POLL_SECONDS)
    _end(worker)
    worker.wait()
    return 0 if is_stopping else 1


def _start(words: tuple[str, ...]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(words)  # noqa: S603 - our own commands


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.terminate()


if __name__ == "__main__":
    sys.exit(serve())
