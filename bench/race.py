"""Contenders that take turns under load.

The speed of a small machine wanders by a quarter within seconds. So they take turns in many short rounds, and figures
of different runs are not compared. The control against itself (--stand-in) shows what remains: some 5 % in rates, 20 %
in the p99 of a single client. With 3 rounds of 2 s it was 18 % in rates.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from operator import attrgetter

from bench.client import load_apart
from bench.servers import Server, cpu_seconds
from bench.visitor import Mode, Plan

ROUNDS = 13
SECONDS = 0.4


@dataclass(frozen=True)
class Contender:
    server: Server
    plan: Plan
    during: Callable[[], AbstractContextManager[None]] = nullcontext
    texts: Callable[[], Sequence[str]] = tuple  # those of one round


@dataclass(frozen=True)
class Sample:
    rate: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    cpu_ms: float  # of the server, per journey


Samples = dict[str, list[Sample]]
RATE, P50_MS, P95_MS, P99_MS, CPU_MS = map(attrgetter, ("rate", "p50_ms", "p95_ms", "p99_ms", "cpu_ms"))


def plan(server: Server, mode: Mode, clients: int) -> Plan:
    return Plan(
        port=server.port,
        path=server.form_path,
        mode=mode,
        clients=clients,
        seconds=SECONDS,
        receipt_mark=server.application.receipt_mark,
    )


def race(contenders: Mapping[str, Contender], *, rounds: int = ROUNDS) -> Samples:
    """Rounds in which the contenders take turns, after one that only warms them up."""
    samples: Samples = {name: [] for name in contenders}
    order = list(contenders)
    for _ in range(1 + rounds):
        for name in order:
            samples[name].append(sample(contenders[name]))
        order.reverse()  # whatever drifts favours nobody
    return {name: own[1:] for name, own in samples.items()}


def sample(contender: Contender) -> Sample:
    """Refuses to call anything fast that failed."""
    plan = replace(contender.plan, texts=contender.texts())
    cpu_began = cpu_seconds(contender.server.pid)
    with contender.during():
        report = load_apart(plan)
    cpu_spent = cpu_seconds(contender.server.pid) - cpu_began
    if report.failures or not report.done:
        raise RuntimeError(f"{contender.server.application.module}, {report.done} good journeys, {report.failures}")
    return Sample(report.rate, report.p50_ms, report.p95_ms, report.p99_ms, 1000 * cpu_spent / report.done)
