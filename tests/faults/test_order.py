"""Who steals the database learns no order: each attack succeeds where what arrives is put into its place at once."""

import re
from bisect import bisect_left
from collections.abc import Callable
from pathlib import Path
from secrets import token_hex

import pytest
from sqlalchemy import select, update
from sqlalchemy import text as sql
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.database import writing
from feedback.base.config import Settings
from feedback.base.domain.moment import hour_of
from feedback.campaigns.models.channel import Channel
from feedback.cases.domain.reply import Draft
from feedback.cases.models.event import Event
from feedback.cases.models.submission import Submission, SubmissionUnit
from feedback.cases.models.text import Text
from feedback.cases.services import moderation
from tests.factories import Factory
from tests.stored import bytes_of_files

ROOT = Path(__file__).resolve().parents[2]
# Staff and citizens in turn, so many times. That so many of them rise by chance happens four times in a million.
ROUNDS, MANY = 16, 12
# Each takes pages of its own.
LONG = 2_000


def an_hour(make: Factory, *, is_put_into_place_at_once: bool) -> None:
    """Staff answer, and citizens write in between; then the hour is over."""
    with writing(make.sessions) as session:
        session.execute(update(Channel).values(preset_unit_id=1))
    waiting = [make.make_submission(text=f"待答复 {place}") for place in range(ROUNDS)]
    for place, receipt in enumerate(waiting):
        with writing(make.sessions) as session:
            found = session.scalars(select(Submission).where(Submission.number == receipt.number)).one()
            answer = Draft(f"[s{place}]" + "答" * LONG, "adopted", f"[s{place}]")
            moderation.reply(session, found, answer, make.make_decision(found))
        words = f"[c{place}]" + "诉" * LONG
        if is_put_into_place_at_once:
            write_at_once(make, words)
        else:
            make.make_arrival(text=words)
    make.pass_time()


def write_at_once(make: Factory, words: str) -> None:
    """What a build without the measure does: the rows of an opinion are written where they belong."""
    hour = hour_of(make.now)
    with writing(make.sessions) as session:
        page = make.make_page(session)
        hashes = {name: token_hex() for name in ("nonce_hash", "content_hash", "code_hash")}
        keys = dict.fromkeys(("nonce_key_id", "code_key_id", "mint_key_id"), "key")
        found = Submission(
            number=token_hex(4), campaign_id=1, campaign_version_id=page.version_id, channel_id=page.channel_id,
            is_trial=False, received_at=hour, **hashes, **keys,
        )  # fmt: skip
        session.add(found)
        session.flush()
        session.add(Text(submission_id=found.id, kind="original", body=words, received_at=hour))
        session.add(Event(submission_id=found.id, position=1, kind="received", at=hour, to_status="received"))
        session.add(SubmissionUnit(submission_id=found.id, unit_id=1))


def by_pages(_sessions: sessionmaker[Session], settings: Settings) -> list[str]:
    """The order of long words in the file of SQLite, whose pages are given out as they are needed."""
    marks = re.findall(rb"\[([sc]\d+)\](?:\xe7\xad\x94|\xe8\xaf\x89)", bytes_of_files(settings))
    return [mark.decode() for mark in dict.fromkeys(marks)]


def by_ids(sessions: sessionmaker[Session], _settings: Settings) -> list[str]:
    """The order of ids, which staff know of every opinion they have open."""
    return marks(sessions, "SELECT substr(body, 2, 3) FROM text ORDER BY id")


def by_rowids(sessions: sessionmaker[Session], _settings: Settings) -> list[str]:
    """The hidden numbers of rows of SQLite, where citizens and staff both write."""
    return marks(
        sessions,
        "SELECT substr(body, 2, 3) FROM submission_unit JOIN text USING (submission_id) ORDER BY submission_unit.rowid",
    )


EVENTS = """SELECT CASE event.kind WHEN 'reply' THEN substr(summary, 2, 3) ELSE substr(body, 2, 3) END
FROM event JOIN submission ON submission.id = event.submission_id JOIN text ON text.submission_id = submission.id
WHERE event.kind = 'reply' OR body LIKE '[c%' ORDER BY """


def by_place(sessions: sessionmaker[Session], _settings: Settings) -> list[str]:
    """The places of rows in PostgreSQL's heap, which a dump keeps."""
    return marks(sessions, f"{EVENTS} event.ctid")


def by_transaction(sessions: sessionmaker[Session], _settings: Settings) -> list[str]:
    """The numbers of transactions, which PostgreSQL keeps in every row."""
    return marks(sessions, f"{EVENTS} event.xmin::text::bigint, event.ctid")


def marks(sessions: sessionmaker[Session], statement: str) -> list[str]:
    with sessions() as session:
        found = [one.rstrip("]") for one in session.scalars(sql(statement))]
    return [one for one in found if re.fullmatch(r"[sc]\d+", one)]


ATTACKS = [
    pytest.param(by_pages, marks=pytest.mark.only_on("sqlite")),
    pytest.param(by_rowids, marks=pytest.mark.only_on("sqlite")),
    by_ids,
    pytest.param(by_place, marks=pytest.mark.only_on("postgresql")),
    pytest.param(by_transaction, marks=pytest.mark.only_on("postgresql")),
]
Attack = Callable[[sessionmaker[Session], Settings], list[str]]


def of_citizens(order: list[str]) -> list[int]:
    return [int(mark[1:]) for mark in order if mark[0] == "c"]


def rising(order: list[int]) -> int:
    """How many of them stand in the order in which they came: PostgreSQL fills a hole here and there."""
    ends: list[int] = []
    for one in order:
        place = bisect_left(ends, one)
        ends[place : place + 1] = [one]
    return len(ends)


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_attack_finds_the_order_where_nothing_waits(make: Factory, settings: Settings, attack: Attack) -> None:
    an_hour(make, is_put_into_place_at_once=True)

    order = attack(make.sessions, settings)

    assert sorted(of_citizens(order)) == list(range(ROUNDS))
    assert rising(of_citizens(order)) >= MANY


@pytest.mark.parametrize("attack", ATTACKS)
def test_it_finds_none_once_the_hour_is_over(make: Factory, settings: Settings, attack: Attack) -> None:
    an_hour(make, is_put_into_place_at_once=False)

    order = attack(make.sessions, settings)

    assert sorted(of_citizens(order)) == list(range(ROUNDS))
    assert rising(of_citizens(order)) < MANY
    if attack is by_transaction:
        # Behind everything staff did in that hour.
        assert {mark[0] for mark in order[:ROUNDS]} == {"s"}


def test_a_copy_made_within_the_hour_tells_its_order_as_the_handbook_says(make: Factory, settings: Settings) -> None:
    for place in range(ROUNDS):
        make.make_arrival(text=f"[c{place}]" + "诉" * LONG)
    is_sqlite = make.sessions.kw["bind"].dialect.name == "sqlite"

    def order() -> list[str]:
        if is_sqlite:
            return by_pages(make.sessions, settings)
        return marks(make.sessions, "SELECT substr(body, 2, 3) FROM arrival ORDER BY ctid")

    early = order()
    make.pass_time()

    handbook = (ROOT / "docs/operator.md").read_text(encoding="utf-8")
    assert "看得出 10 时以后那几件的先后" in handbook
    assert rising(of_citizens(early)) >= MANY
    assert rising(of_citizens(order())) < MANY


@pytest.mark.only_on("postgresql")
def test_what_arrives_leaves_no_number_of_its_transaction_in_other_rows(make: Factory) -> None:
    make.make_arrival(phone="13812341234", has_consented=True)

    with make.sessions() as session:
        own = session.scalar(sql("SELECT xmin::text FROM arrival"))
        touched = {
            name: session.scalar(
                sql(f"SELECT count(*) FROM {name} WHERE {own} IN (xmin::text::bigint, xmax::text::bigint)")
            )
            for name in ("campaign", "channel", "campaign_version", "unit", "submission", "text", "event", "contact")
        }

    assert {name for name, count in touched.items() if count} == set()


@pytest.mark.only_on("postgresql")
def test_the_tables_it_waited_in_are_empty_pages_afterwards(make: Factory) -> None:
    an_hour(make, is_put_into_place_at_once=False)

    with make.sessions() as session:
        names = ("arrival", "arriving_act", "arriving_picture")
        sizes = [session.scalar(sql(f"SELECT pg_relation_size('{name}')")) for name in names]

    assert sizes == [0, 0, 0]


@pytest.mark.only_on("sqlite")
def test_the_files_hold_one_copy_of_what_was_moved(make: Factory, settings: Settings) -> None:
    make.make_arrival(text="只写一遍的话")

    make.pass_time()

    assert bytes_of_files(settings).count("只写一遍的话".encode()) == 1
