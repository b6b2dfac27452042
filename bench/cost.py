"""What a piece of work costs in a process of its own: seconds, and memory on top of what the imports took."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

ROOT = Path(__file__).resolve().parent.parent
TIMEOUT_SECONDS = 300


@dataclass(frozen=True)
class Cost:
    seconds: float
    peak_growth_mb: float


def cost_of(module: str, name: str) -> Cost:
    """In a fresh process, which runs the module with the name and prints what `measured` returns."""
    command = [sys.executable, "-m", module, name]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, timeout=TIMEOUT_SECONDS)
    if finished.returncode:
        raise RuntimeError(f"{module} {name} failed: {finished.stderr.decode()[-2000:]}")
    return Cost(**json.loads(finished.stdout))


def print_cost(work: Callable[[Path], None]) -> None:
    """Do the work in an empty folder and print what it cost."""
    with TemporaryDirectory(prefix="bench-") as folder:
        # Forget the peak of the imports (a password hash takes 46 MB for a moment): see proc(5), clear_refs.
        Path("/proc/self/clear_refs").write_text("5")
        imported_mb, began = status_mb("VmRSS"), perf_counter()
        work(Path(folder))
        cost = Cost(perf_counter() - began, status_mb("VmHWM") - imported_mb)
    json.dump(asdict(cost), sys.stdout)


def status_mb(name: str) -> float:
    """From Linux's /proc: `ru_maxrss` starts at the peak of the parent process and would hide the growth."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition(f"{name}:")[2].split()[0]) / 1024
