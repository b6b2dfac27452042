"""Submissions while the worker works through a rush of the hour before, beside the same without it; on both databases.

The worker stands still while the others have their turn, so that it does not run out of work.
"""

import csv
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from itertools import cycle, islice
from pathlib import Path

from sqlalchemy import func, select

from bench import crowd
from bench.duplicates import mixed, with_scattered_edits
from bench.queues import postgresql_databases, sqlite_databases
from bench.race import P99_MS, RATE, Contender, Samples, plan, race
from bench.servers import PRODUCT, ROOT, Server, cpu_seconds, own_config, serving, stop
from bench.table import Goal, Line, compared
from bench.visitor import Mode
from feedback.base.adapters.database import make_engine, make_sessions, writing
from feedback.base.adapters.keys import load_keys
from feedback.base.config import Settings
from feedback.base.domain.moment import hour_of
from feedback.cases.domain.opinion import Opinion
from feedback.cases.domain.receipt import new_nonce
from feedback.cases.models.arrival import Arrival
from feedback.cases.models.search import SearchPending
from feedback.intake.domain.form_seal import FormSeal
from feedback.intake.services.submission import receive
from tests.acceptance.corpus import PETITIONS

ROUNDS = 9
SECONDS = 1.5
CLIENTS = 20
# More than are sent in a round.
TEXTS = 700
WAIT_SECONDS = 600
START_SECONDS = 3

SAME_RATE = Goal(0.9, is_minimum=True)
SAME_P99 = Goal(1.5)
WORKER_MS = Goal(2, of_ratio=False)
WORKER_COPIES_MS = Goal(3, of_ratio=False)
RUSH_SECONDS = Goal(120, of_ratio=False)
RUSH = 3_000

Texts = Callable[[random.Random], Sequence[str]]


@dataclass(frozen=True)
class Worked:
    """What the worker took for a rush of the hour before: to put it into its place, index and compare it."""

    seconds_off: float  # for what it had left when the last round was over
    left: int
    cpu_ms: float  # an opinion


def real(chance: random.Random) -> Sequence[str]:
    """Petitions in any order where they are at hand, or else texts of the opinions' words and lengths."""
    if PETITIONS.exists():
        return chance.sample(_petitions(), TEXTS)
    return [mixed(chance, len(chance.choice(crowd.opinions()))) for _ in range(TEXTS)]


def short(chance: random.Random) -> Sequence[str]:
    return ["建议" + mixed(chance, chance.randint(1, 8)) for _ in range(TEXTS)]


def equal(_chance: random.Random) -> Sequence[str]:
    return [mixed(random.Random(1), 300)]


def nearly_equal(chance: random.Random) -> Sequence[str]:
    pasted = mixed(random.Random(2), 300)
    return [with_scattered_edits(pasted, chance, part=0.05) for _ in range(TEXTS)]


def longest(chance: random.Random) -> Sequence[str]:
    return [mixed(chance, 5_000) for _ in range(TEXTS)]


KINDS: dict[str, tuple[Texts, Goal | None]] = {
    "real": (real, WORKER_MS),
    "short": (short, WORKER_MS),
    "equal": (equal, WORKER_COPIES_MS),
    "nearly equal": (nearly_equal, WORKER_COPIES_MS),
    "of 5,000 characters": (longest, None),
}


def lines() -> list[Line]:
    found = []
    for database, databases in (("SQLite", sqlite_databases()), ("PostgreSQL", postgresql_databases())):
        with databases as made:
            for kind, (texts, goal) in KINDS.items():
                urls = made.create(), made.create()
                own = _lines(f"{database}, texts: {kind}", urls, texts, goal)
                # All of it takes a quarter of an hour: whoever waits sees how far it is, and what is done is not lost.
                sys.stderr.write("".join(f"{line}\n" for line in own))
                found += own
                for url in urls:
                    made.drop(url)
    return found


def _lines(which: str, urls: tuple[str, str], texts: Texts, cpu_goal: Goal | None) -> list[Line]:
    samples, worked = _raced(urls, texts)
    ours, alone = samples["beside"], samples["alone"]
    per_rush = worked.seconds_off * RUSH / worked.left if worked.left else 0.0
    return [
        compared(f"visits a second beside the worker, beside none; {which}", ours, alone, RATE, SAME_RATE),
        compared(f"visit p99 ms beside the worker, beside none; {which}", ours, alone, P99_MS, SAME_P99),
        compared(f"worker's CPU ms an opinion; {which}", [worked.cpu_ms], [worked.cpu_ms], float, cpu_goal),
        compared(f"seconds to work {RUSH:,} off; {which}", [per_rush], [per_rush], float, RUSH_SECONDS),
    ]


def _raced(urls: tuple[str, str], texts: Texts) -> tuple[Samples, Worked]:
    chance = random.Random(15)
    with (
        serving(PRODUCT, own_config(), database_url=urls[0]) as ours,
        serving(PRODUCT, own_config(), database_url=urls[1]) as alone,
    ):
        _fill(ours, texts(chance))
        with _worker(ours) as worker:
            began = cpu_seconds(worker)
            contenders = {
                name: Contender(
                    server, replace(plan(server, Mode.VISIT, CLIENTS), seconds=SECONDS), during, partial(texts, chance)
                )
                for name, server, during in (("beside", ours, partial(_awake, worker)), ("alone", alone, nullcontext))
            }
            samples = race(contenders, rounds=ROUNDS)
            left = _left(ours)
            since = time.monotonic()
            with _awake(worker):
                _wait_until_done(ours)
            spent = cpu_seconds(worker) - began
            seconds = time.monotonic() - since
    return samples, Worked(seconds, left, 1000 * spent / RUSH)


def _fill(server: Server, texts: Sequence[str]) -> None:
    """A rush that came in the hour before, and waits for the worker."""
    own = Settings.from_env(server.environment)
    keys, before = load_keys(own.keys_file), datetime.now(UTC) - timedelta(hours=1)
    sessions = make_sessions(make_engine(own.database_url))
    for body in islice(cycle(texts), RUSH):
        with writing(sessions) as session:
            page, opinion = FormSeal(1, 1, before), Opinion(body, respondent_group="citizen")
            receive(session, opinion, page=page, nonce=new_nonce(), keys=keys, now=before)
    sessions.kw["bind"].dispose()


@contextmanager
def _worker(server: Server) -> Iterator[int]:
    """The process id of a worker that stands still."""
    log = Path(server.environment["INSTANCE"], "worker.log")
    with log.open("wb") as output:
        words = (sys.executable, "-m", "flask", "--app", "wsgi", "work")
        worker = subprocess.Popen(words, cwd=ROOT, env=server.environment, stdout=output, stderr=output)
        try:
            time.sleep(START_SECONDS)
            worker.send_signal(signal.SIGSTOP)
            yield worker.pid
            if worker.poll() is not None:
                raise RuntimeError(f"the worker ended: {log.read_text()[-2000:]}")
        finally:
            worker.send_signal(signal.SIGCONT)
            stop(worker)


@contextmanager
def _awake(worker: int) -> Iterator[None]:
    os.kill(worker, signal.SIGCONT)
    try:
        yield
    finally:
        os.kill(worker, signal.SIGSTOP)


def _wait_until_done(server: Server) -> None:
    give_up_at = time.monotonic() + WAIT_SECONDS
    while _left(server):
        if time.monotonic() > give_up_at:
            raise RuntimeError("the worker did not get through")
        time.sleep(0.5)


def _left(server: Server) -> int:
    """How many opinions wait to be put into their place or to be indexed, though their hour is over."""
    engine = make_engine(Settings.from_env(server.environment).database_url)
    overdue = select(func.count()).select_from(Arrival).where(Arrival.received_at < hour_of(datetime.now(UTC)))
    with engine.connect() as connection:
        counts = [connection.scalar(one) or 0 for one in (overdue, select(func.count()).select_from(SearchPending))]
    engine.dispose()
    return sum(counts)


@cache
def _petitions() -> list[str]:
    with open(PETITIONS, encoding="utf-8-sig", newline="") as file:
        return [row["body"] for row in csv.DictReader(file)]
