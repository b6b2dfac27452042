"""What a worker does again and again: one list of routines, and what hangs on a decision once it is settled."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from feedback.assembly.worker import Bench, run_next
from feedback.base.adapters.database import forget_old_pages, writing
from feedback.base.adapters.keys import Keys
from feedback.base.adapters.routines import finish, give_back, take
from feedback.base.config import Settings
from feedback.base.domain.moment import hour_of
from feedback.cases.queries.arrival import arrived_since
from feedback.cases.services import arrival, settlement
from feedback.cases.services.claim import release_expired
from feedback.cases.services.search import prepare, store
from feedback.desk.services.note import call_proposer
from feedback.digests import cli as digests
from feedback.intake.services.group_code import write_anew
from feedback.intake.services.visit import have_visits_arrived, settle_visits
from feedback.workbooks.services.export import remove_expired

POLL, MINUTE, HOUR = timedelta(seconds=0.5), timedelta(minutes=1), timedelta(hours=1)
RECOVERY = timedelta(seconds=2)
# Between two batches, so that those who wait to write get their turn.
YIELD_SECONDS = 0.02
# So many opinions are put into their place before other routines get their turn.
SETTLED_AT_ONCE = 40
# So many times what the work took: while opinions come in, their senders have the machine. Else those who wait for
# SQLite get as long as they were kept waiting; PostgreSQL keeps nobody waiting.
REST, REST_IN_A_RUSH = 1, 20
# Who had to wait so long for the lock has others beside it that want to write.
NOTICED_SECONDS = 0.005

# What wants to know that a decision can no longer be taken back stands here, and is told once at least.
SUBSCRIBERS: tuple[settlement.Subscriber, ...] = (call_proposer,)


@dataclass(frozen=True)
class Place:
    """Where routines work. The keys are read anew after a rotation."""

    sessions: sessionmaker[Session]
    settings: Settings
    keys: Callable[[], Keys]


@dataclass(frozen=True)
class Routine:
    """Something done again and again: `run` says whether there is more to be done at once.

    With a `lease` a single worker does it at a time, and all workers together no more often than `every`; whoever dies
    of it holds it no longer than that.
    """

    name: str
    every: timedelta
    run: Callable[[Place, datetime], bool]
    lease: timedelta | None = None


def settle_decisions(place: Place, now: datetime) -> bool:
    """Do what hangs on decisions that can no longer be taken back."""
    within = place.settings.undo
    with place.sessions() as session:
        if not settlement.is_due(session, now=now, within=within):
            return False
    with writing(place.sessions) as session:
        return settlement.settle(session, SUBSCRIBERS, now=now, within=within) == settlement.BATCH


def run_next_job(place: Place, now: datetime) -> bool:
    """Make a workbook, print posters, decide about many."""
    return run_next(Bench(place.sessions, place.keys(), place.settings.exports), now=now)


def index_words(place: Place, now: datetime) -> bool:
    """Let what is new be found and what repeats it be suspected; then rest, for those who wait to write."""
    began = time.monotonic()
    with place.sessions() as session:
        arrived = arrived_since(session, hour_of(now))
        prepared = prepare(session)
    if prepared is None:
        return False
    asked_at = time.monotonic()
    with writing(place.sessions) as session:
        locked_at = time.monotonic()
        count = store(session, prepared)
    done_at = time.monotonic()
    with place.sessions() as session:
        is_rush = locked_at - asked_at > NOTICED_SECONDS or arrived_since(session, hour_of(now)) > arrived
        is_alone = session.get_bind().dialect.name == "sqlite"
    if is_rush:
        time.sleep(REST_IN_A_RUSH * (done_at - began))
    elif is_alone:
        time.sleep(REST * (done_at - locked_at))
    return count > 0


def settle_arrivals(place: Place, now: datetime) -> bool:
    """Put some of what came in hours that are over into its place; in the end the files forget where it lay."""
    with place.sessions() as session:
        engine: Engine = session.get_bind().engine
        if not (arrival.is_due(session, now=now) or have_visits_arrived(session, now=now)):
            return False
    with writing(place.sessions) as session:
        settle_visits(session, now=now)
    if arrival.settle(place.sessions, now=now, most=SETTLED_AT_ONCE) >= SETTLED_AT_ONCE:
        return True
    forget_old_pages(engine)
    return False


def release_claims(place: Place, now: datetime) -> bool:
    """Let others have what somebody has claimed and left."""
    with writing(place.sessions) as session:
        release_expired(session, now=now)
    return False


def send_digests(place: Place, now: datetime) -> bool:
    """Send the daily digests of those whose turn it is."""
    digests.send_digests(place.sessions, place.settings, now=now)
    return False


def sweep(place: Place, now: datetime) -> bool:
    """Delete old workbooks, and let what was overwritten within the hour leave the files: withdrawn contact details,
    and which codes were spent.
    """
    with writing(place.sessions) as session:
        remove_expired(session, folder=place.settings.exports, now=now, days=place.settings.export_days)
        engine: Engine = session.get_bind().engine
    write_anew(place.sessions)
    forget_old_pages(engine)
    return False


SCHEDULE = (
    Routine("settle decisions", POLL, settle_decisions),
    Routine("run jobs", POLL, run_next_job),
    Routine("index words", POLL, index_words),
    Routine("settle arrivals", MINUTE, settle_arrivals),
    Routine("release claims", MINUTE, release_claims, lease=MINUTE),
    Routine("send digests", MINUTE, send_digests, lease=10 * MINUTE),
    Routine("sweep", HOUR, sweep, lease=10 * MINUTE),
)


def walk(schedule: Sequence[Routine], place: Place, *, is_over: Callable[[], bool], once: bool = False) -> None:
    """Do each routine when its time has come, until it `is_over`; or `once`, until nothing is left to do.

    What is due is counted from the start of this process: a clock that is set right moves nothing.
    """
    due = dict.fromkeys(schedule, time.monotonic())
    while not is_over():
        is_busy = False
        for routine in schedule:
            began = time.monotonic()
            if began < due[routine] or is_over():
                continue
            try:
                left = attempt(routine, place, datetime.now(UTC))
                due[routine] = began + _pause(routine, left).total_seconds()
                is_busy |= left is Left.MORE
            except Exception:
                # A database that is busy, full or away comes back; and what fails keeps nothing else waiting.
                logging.getLogger(__name__).exception("a routine failed")
                due[routine] = began + min(max(routine.every, RECOVERY), MINUTE).total_seconds()
        if once and not is_busy:
            return
        time.sleep(YIELD_SECONDS if is_busy else POLL.total_seconds())


class Left(Enum):
    """What a routine leaves: nothing for now, more to be done at once, or all of it to another worker."""

    NOTHING = "nothing"
    MORE = "more"
    ALL = "all"


def attempt(routine: Routine, place: Place, now: datetime) -> Left:
    """Do a routine, if no other worker does it and none has just done it; what fails may be tried again at once."""
    if routine.lease is None:
        return Left.MORE if routine.run(place, now) else Left.NOTHING
    held = take(place.sessions, routine.name, every=routine.every, lease=routine.lease, now=now)
    if held is None:
        return Left.ALL
    try:
        has_more = routine.run(place, now)
    except BaseException:
        give_back(place.sessions, routine.name, held)
        raise
    finish(place.sessions, routine.name, held, now=now)
    return Left.MORE if has_more else Left.NOTHING


def _pause(routine: Routine, left: Left) -> timedelta:
    """Who finds a routine in another's hands asks again soon: that one may have died of it."""
    match left:
        case Left.MORE:
            return timedelta()
        case Left.ALL:
            return min(routine.every, MINUTE)
        case _:
            return routine.every
