"""The load client: all its visitors share one thread of one process, so that the machine is left to the server."""

import json
import select
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from math import ceil, nan
from pathlib import Path
from time import perf_counter

from bench.exchange import Response, open_and_send
from bench.visitor import Journey, Mode, Plan, Visitor

ROOT = Path(__file__).resolve().parent.parent
# Nobody begins after the time is over, but what is under way may finish and counts, with the seconds it takes: visitors
# advance in waves, and to cut the last wave off would round the rate to whole waves.
GRACE_SECONDS = 10


@dataclass(frozen=True)
class Report:
    rate: float  # good journeys a second, up to the end of the last one
    p50_ms: float
    p95_ms: float
    p99_ms: float
    done: int  # good journeys
    failures: dict[str, int]  # how often went what wrong: a status, no receipt, a broken connection


def load_apart(plan: Plan) -> Report:
    """`load` in a process of its own."""
    finished = subprocess.run(
        [sys.executable, "-m", "bench.client"],
        input=json.dumps(asdict(plan)),
        capture_output=True,
        check=False,
        cwd=ROOT,
        text=True,
        timeout=plan.seconds + 3 * GRACE_SECONDS,
    )
    if finished.returncode:
        raise RuntimeError(f"The load client failed: {finished.stderr[-2000:]}")
    return Report(**json.loads(finished.stdout))


def load(plan: Plan) -> Report:
    return Crowd(plan.port, Visitor(plan).journeys()).run(clients=plan.clients, seconds=plan.seconds)


@dataclass(slots=True)
class Call:
    """One request under way."""

    connection: socket.socket
    journey: Journey
    journey_began: float
    chunks: list[bytes] = field(default_factory=list)


class Crowd:
    """Visitors who each begin a new journey as soon as the last one has ended."""

    def __init__(self, port: int, journeys: Iterator[Journey]) -> None:
        self._port = port
        self._journeys = journeys
        self._poll = select.epoll()
        self._calls: dict[int, Call] = {}
        self._latencies: list[float] = []
        self._failures: Counter[str] = Counter()
        self._over_at = self._ended = 0.0

    def run(self, *, clients: int, seconds: float) -> Report:
        began = perf_counter()
        self._over_at = began + seconds
        for _ in range(clients):
            self._begin_journey()
        while self._calls and perf_counter() < self._over_at + GRACE_SECONDS:
            for descriptor, _event in self._poll.poll(1):
                self._read(descriptor)
        for call in self._calls.values():
            call.connection.close()
            self._failures["no answer in time"] += 1
        self._poll.close()
        return self._report(began)

    def _begin_journey(self) -> None:
        now = perf_counter()
        if now < self._over_at:
            journey = next(self._journeys)
            self._send(journey, next(journey), now)

    def _send(self, journey: Journey, request: bytes, journey_began: float) -> None:
        try:
            connection = open_and_send(self._port, request)
        except OSError as error:
            self._failures[str(error)] += 1  # and this visitor goes home: a dead server is not to be hammered
            return
        self._calls[connection.fileno()] = Call(connection, journey, journey_began)
        self._poll.register(connection, select.EPOLLIN)

    def _read(self, descriptor: int) -> None:
        call = self._calls[descriptor]
        try:
            chunk = call.connection.recv(1 << 16)
        except OSError:
            chunk = b""  # a response cut short is recognised by its length
        if chunk:
            call.chunks.append(chunk)
            return
        del self._calls[descriptor]
        call.connection.close()
        self._continue(call, Response(b"".join(call.chunks)))

    def _continue(self, call: Call, response: Response) -> None:
        try:
            self._send(call.journey, call.journey.send(response), call.journey_began)
        except StopIteration as ending:
            self._note(call.journey_began, ending.value)
            self._begin_journey()

    def _note(self, journey_began: float, complaint: str) -> None:
        if complaint:
            self._failures[complaint] += 1
            return
        self._ended = perf_counter()
        self._latencies.append(1000 * (self._ended - journey_began))

    def _report(self, began: float) -> Report:
        latencies = sorted(self._latencies)
        return Report(
            rate=len(latencies) / (self._ended - began) if latencies else 0.0,
            p50_ms=percentile(latencies, 0.50),
            p95_ms=percentile(latencies, 0.95),
            p99_ms=percentile(latencies, 0.99),
            done=len(latencies),
            failures=dict(self._failures),
        )


def percentile(ascending: Sequence[float], share: float) -> float:
    return ascending[ceil(share * len(ascending)) - 1] if ascending else nan


if __name__ == "__main__":
    wanted = json.load(sys.stdin)
    json.dump(asdict(load(Plan(**wanted | {"mode": Mode(wanted["mode"])}))), sys.stdout)
