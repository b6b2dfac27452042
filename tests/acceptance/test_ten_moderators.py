"""Ten moderators at once: every step of every opinion is decided once, and nothing that was acknowledged is lost."""

import os
import random
import shutil
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session, sessionmaker

from feedback.assembly.first_start import FirstStart
from feedback.base.adapters.database import make_engine, make_sessions, writing
from feedback.base.adapters.keys import load_keys
from feedback.base.config import Settings
from feedback.base.domain.permission import Role
from feedback.base.domain.text import with_unix_line_ends
from feedback.cases.domain.opinion import Opinion
from feedback.cases.models.search import SearchPending
from feedback.cases.models.submission import Submission
from feedback.cases.services.claim import release_expired
from feedback.people.services import account
from tests.acceptance.corpus import IS_COMPLETE, PETITIONS, Case, opinions, petitions
from tests.acceptance.falsehood import FALSEHOODS
from tests.acceptance.judge import Day, faults_of
from tests.acceptance.moderator import Moderator, rows_on
from tests.acceptance.records import Record, read_records
from tests.acceptance.repertoire import REPERTOIRE
from tests.databases import Databases
from tests.factories import Factory
from tests.faults.visitor import Visitor, sign_in
from tests.server import Server, settings_in, wait_until

MODERATORS = 10
REPEATED = 50
STEPS_EACH = 120 if IS_COMPLETE else 15
EXPIRY_SECONDS = 0.7
INDEX_SECONDS = 120
SAMPLE = 10
SEED = int(os.environ.get("SEED") or random.randrange(10**9))
# What is done with one after the other when everybody else has gone home.
EVENING = (
    ("reject", "confirm"),
    ("merge", "confirm"),
    ("merge", "confirm", "unmerge", "accept"),
    ("quarantine", "confirm", "unseal", "confirm", "accept"),
    ("refer", "recall"),
)
# The petitions are no part of the repository; with ACCEPTANCE=all they are used where they are at hand.
CORPORA = {"petitions": petitions} if IS_COMPLETE and PETITIONS.exists() else {"opinions": opinions}

# In its short form where many write at once: on SQLite one after the other does.
pytestmark = [pytest.mark.timeout(1_800 if IS_COMPLETE else 300)]
if not IS_COMPLETE:
    pytestmark.append(pytest.mark.only_on("postgresql"))


@dataclass(frozen=True)
class Campaign:
    """The day as the judge sees it, and what the desk shows when it is asked for the words of an answer."""

    day: Day
    found: dict[str, list[str]]


@pytest.fixture(scope="module", params=CORPORA)
def campaign(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    databases: Databases,
    template: tuple[str, FirstStart],
    key_file: Path,
) -> Iterator[Campaign]:
    """A corpus that waits, ten people who work on it at the same time, and claims that run out under their hands."""
    folder, url = tmp_path_factory.mktemp(request.param), databases.copy(template[0])
    settings = replace(settings_in(folder, url), undo_seconds=300)
    settings.keys_file.parent.mkdir(mode=0o700)
    shutil.copy(key_file, settings.keys_file)
    engine = make_engine(url)
    try:
        yield _held(settings, engine, folder, template[1], with_repeats(CORPORA[request.param]().cases))
    finally:
        engine.dispose()
        databases.drop(url)


def test_every_step_is_decided_once_and_nothing_is_lost(campaign: Campaign) -> None:
    deeds = campaign.day.deeds

    faults = faults_of(campaign.day)
    assert not faults, "\n".join([f"SEED={SEED}", *faults])
    # Without these the day would have proved little.
    said = Counter((deed.action, deed.is_acknowledged) for deed in deeds)
    assert sum(1 for deed in deeds if deed.status_code == 409) >= MODERATORS, said
    done = {action for action, is_done in said if is_done}
    usual = {"accept", "reply", "classify", "confirm", "undo"} | {action for actions in EVENING for action in actions}
    assert done >= (REPERTOIRE.keys() if IS_COMPLETE else usual), said
    assert "received" not in {record.status for record in campaign.day.records}, f"SEED={SEED}"


def test_what_was_written_last_is_found(campaign: Campaign) -> None:
    assert campaign.found == {number: [number] for number in campaign.found}, f"SEED={SEED}"
    assert len(campaign.found) >= SAMPLE


@pytest.mark.parametrize("falsehood", FALSEHOODS)
def test_the_judge_finds_what_is_false(campaign: Campaign, falsehood: str) -> None:
    fits, falsify = FALSEHOODS[falsehood]
    records = list(campaign.day.records)
    place = next(place for place, record in enumerate(records) if fits(record))
    number = records[place].number

    records[place] = falsify(records[place])

    assert [fault for fault in faults_of(replace(campaign.day, records=records)) if number in fault] != []


def test_the_judge_misses_a_submission_and_an_acknowledgement(campaign: Campaign) -> None:
    day = campaign.day
    done = next(deed for deed in day.deeds if deed.is_acknowledged and deed.action == "reply")
    refused = next(deed for deed in day.deeds if deed.status_code == 409)

    assert faults_of(replace(day, records=day.records[1:])) != []
    assert faults_of(replace(day, deeds=[deed for deed in day.deeds if deed is not done])) != []
    assert faults_of(replace(day, deeds=[*day.deeds, done])) != []
    assert faults_of(replace(day, deeds=[*day.deeds, replace(refused, notice="已保存。")])) != []
    assert faults_of(replace(day, deeds=[*day.deeds, replace(refused, is_given_back=False)])) != []
    assert faults_of(replace(day, deeds=[*day.deeds, replace(refused, status_code=500)])) != []


def with_repeats(cases: Sequence[Case]) -> list[Case]:
    """A corpus in which some have written what others wrote, nearly word for word."""
    step = max(1, len(cases) // REPEATED)
    repeated = [replace(case, text=f"{case.text[:4_900]}盼复。") for case in cases[::step][:REPEATED]]
    return [*cases, *repeated]


def _held(settings: Settings, engine: Engine, folder: Path, first: FirstStart, cases: list[Case]) -> Campaign:
    sessions = make_sessions(engine)
    with sessions() as session:
        admin = account.actor_of(session, account.get_user(session, first.user_name))
    # Everybody was given an authenticator earlier in the day, and none of its codes is used a second time.
    make = Factory(sessions, load_keys(settings.keys_file), admin, datetime.now(UTC) - timedelta(hours=1))
    make.set_campaign(second_person="on")
    accounts = {name: make.make_user(name, Role.MODERATOR) for name in _names()}
    originals = {make.make_submission(_opinion(case)).number: with_unix_line_ends(case.text) for case in cases}
    with Server(settings, folder / "logs", has_worker=True, form_path=f"/f/{first.channel_code}") as server:
        team = [_seated(server, name, password, cases, list(originals)) for name, password in accounts.items()]
        _work(team, sessions)
        _end_the_day(*team[:2], sessions)
        wait_until(lambda: not _is_pending(sessions), INDEX_SECONDS, "the search is not up to date")
        with writing(sessions) as session:
            release_expired(session, now=datetime.now(UTC))
        with sessions() as session:
            records = read_records(session)
            seen_at = datetime.now(UTC)
        deeds = [deed for moderator in team for deed in moderator.deeds]
        return Campaign(Day(originals, deeds, records, seen_at), _found(team[0].visitor, records))


def _names() -> list[str]:
    return [f"moderator-{place}" for place in range(1, MODERATORS + 1)]


def _opinion(case: Case) -> Opinion:
    return Opinion(
        text=with_unix_line_ends(case.text),
        respondent_group=case.group or None,
        kind=case.kind or "problem",
        agency=case.agency or None,
        category=case.category or None,
    )


def _seated(server: Server, name: str, password: str, cases: list[Case], numbers: list[str]) -> Moderator:
    visitor = Visitor(server)
    desk = sign_in(visitor, password, name=name)
    assert "受理台" in desk.text, desk.text
    return Moderator(name, visitor, random.Random(f"{SEED} {name}"), cases, numbers, desk)


def _work(team: list[Moderator], sessions: sessionmaker[Session]) -> None:
    """All at once; again and again some claims run out, and the worker's hand lets go of them."""
    chance = random.Random(SEED)
    with ThreadPoolExecutor(MODERATORS) as pool:
        days = [pool.submit(moderator.work, STEPS_EACH) for moderator in team]
        while not _are_done(days):
            _let_claims_run_out(sessions, chance)
        for day in days:
            day.result()


def _end_the_day(one: Moderator, other: Moderator, sessions: sessionmaker[Session]) -> None:
    """Do in the quiet of the evening what chance may have left out and a judge must have seen."""
    with sessions() as session:
        records = read_records(session)
    alone = [record for record in records if "absorbed" not in {step.kind for step in record.steps}]
    into, *free = [record.number for record in alone if record.status == "accepted" and record.waiting is None]
    for number, actions in zip(free, EVENING, strict=False):
        for action in actions:
            person = other if action == "confirm" else one
            place = f"{number}/beside/{into}" if action == "merge" else number
            assert person.press_on(f"/moderation/{place}", action).is_acknowledged, (place, action)


def _are_done(days: list[Future[None]]) -> bool:
    return not wait(days, timeout=EXPIRY_SECONDS).not_done


def _let_claims_run_out(sessions: sessionmaker[Session], chance: random.Random) -> None:
    moment = datetime.now(UTC)
    some = Submission.claimed_by_id.is_not(None) & (Submission.id % 3 == chance.randrange(3))
    with writing(sessions) as session:
        session.execute(update(Submission).where(some).values(claimed_until=moment - timedelta(seconds=1)))
    time.sleep(0.05)
    with writing(sessions) as session:
        release_expired(session, now=moment)


def _is_pending(sessions: sessionmaker[Session]) -> bool:
    with sessions() as session:
        return session.scalar(select(SearchPending.id).limit(1)) is not None


def _found(visitor: Visitor, records: Sequence[Record]) -> dict[str, list[str]]:
    """What the desk's search shows for the last words of some answers that stand."""
    shown = [record for record in records if record.status in {"replied", "completed"}]
    standing = [(record, answer) for record in shown for answer in record.answers if not answer.is_undone]
    found = {}
    for record, answer in standing[:: max(1, len(standing) // SAMPLE)]:
        words = (answer.body or "").rpartition("\n")[2]
        page = visitor.get(f"/moderation/?{urlencode({'campaign': 1, 'query': words.replace(' ', '')})}")
        found[record.number] = rows_on(page)
    return found
