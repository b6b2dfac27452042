"""A database that holds what a crowd wrote, in bulk: its rows stand as years of work would have left them.

Left out is what no list of opinions reads: events, replies, sketches.
"""

import csv
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, text

from feedback.assembly.first_start import set_up
from feedback.base.adapters.database import make_engine, make_sessions, writing
from feedback.base.adapters.migrations import upgrade
from feedback.base.domain.moment import china_day, hour_of
from feedback.base.domain.permission import Role
from feedback.base.models.base import Base, table_of
from feedback.campaigns.models.campaign import Campaign, CampaignVersion
from feedback.campaigns.models.channel import Channel
from feedback.cases.domain.action import Action
from feedback.cases.domain.deadline import due_on
from feedback.cases.domain.duplicate import Verdict
from feedback.cases.domain.receipt import NUMBER_LETTERS
from feedback.cases.domain.search import grams, searched
from feedback.cases.domain.submission import Status
from feedback.cases.models.duplicate import Likeness
from feedback.cases.models.proposal import Proposal
from feedback.cases.models.search import SearchEntry
from feedback.cases.models.submission import Submission
from feedback.cases.models.text import Text
from feedback.people.services.unit import root_unit
from feedback.people.services.user import create_user

Row = dict[str, Any]
Batch = list[tuple[type[Base], list[Row]]]

OPINIONS = Path(__file__).resolve().parent.parent / "tests" / "data" / "opinions.csv"
BATCH = 20_000
YEARS = timedelta(days=3 * 365)
MODERATORS = ("周敏", "李强", "王芳")
GROUPS = ("citizen", "congress_deputy", "cppcc_member", "entrepreneur", "lawyer", None)
KINDS = ("suggestion", "problem", "inquiry", "praise")
CATEGORIES = ("work_style", "efficiency", "team_building", "heroes", None)
DEADLINES = {"accept": 3, "handle": 15}
MOST_SENTENCES = 3

# The newest are open, and so is one of two thousand of the others: they came back, or lie about.
MOST_OPEN = 8_000
OLD_SHARES = {
    Status.COMPLETED: 0.92, Status.CLOSED_OUT: 0.02, Status.REJECTED: 0.03, Status.MERGED: 0.02, Status.REPLIED: 0.0095,
    Status.RECEIVED: 0.00025, Status.ACCEPTED: 0.00025,
}  # fmt: skip
NEW_SHARES = {
    Status.RECEIVED: 0.4, Status.ACCEPTED: 0.25, Status.REFERRED: 0.12, Status.HANDLING: 0.1, Status.REPLIED: 0.1,
    Status.RETURNED: 0.01, Status.QUARANTINED: 0.01, Status.TRANSFERRED: 0.01,
}  # fmt: skip
SUSPICIOUS, SUSPECTED, DISTINCT = 0.005, 0.003, 0.01
CLAIMED_BY_EACH, PROPOSED_BY_EACH = 12, 60
# However few there are, a queue fills a page: a page takes longer for what it shows, whatever there is behind it.
LEAST = 60
# A lane, with which no sentence of the opinions has a character in common.
RARE_WORDS, RARE = "梧桐巷藕", 1 / 20_000


@dataclass(frozen=True)
class Place:
    """An empty database with a campaign, a channel and three moderators."""

    engine: Engine
    shared: Row  # the columns that all submissions have alike


@dataclass(frozen=True)
class Marks:
    """Which submissions, by their ids, are more than a status; who is like another is like the one before."""

    suspicious: set[int]
    claimed: dict[int, int]
    proposed: dict[int, int]
    suspected: set[int]
    distinct: set[int]


def fill(url: str, count: int, *, now: datetime) -> None:
    """Put so many opinions into the empty database of a URL."""
    place = prepared(url, now=now)
    load(place.engine, _crowd(count, place.shared, now))
    place.engine.dispose()


def prepared(url: str, *, now: datetime) -> Place:
    engine = make_engine(url)
    upgrade(engine)
    set_up(make_sessions(engine), now=now)
    with writing(make_sessions(engine)) as session:
        for name in MODERATORS:
            unit = root_unit(session)
            user = create_user(session, name=name, display_name=name, roles=[Role.MODERATOR], unit=unit, now=now)
            user.must_change_password = False
        names = {"campaign_id": Campaign.id, "campaign_version_id": CampaignVersion.id, "channel_id": Channel.id}
        shared: Row = {name: session.scalars(select(column)).one() for name, column in names.items()}
    return Place(engine, shared | {"is_trial": False, "lane": "opinion", "is_proven": False})


def _crowd(count: int, shared: Row, now: datetime) -> Iterator[Batch]:
    chance = random.Random(count)
    old = range(1, count + 1 - min(MOST_OPEN, count // 2))
    new = range(old.stop, count + 1)
    statuses = {part: _statuses(shares, len(part)) for part, shares in ((old, OLD_SHARES), (new, NEW_SHARES))}
    marks = _marks(old, new, chance)
    for start in range(1, count + 1, BATCH):
        ids = range(start, min(start + BATCH, count + 1))
        drawn = [chance.choices(*statuses[old if one in old else new])[0] for one in ids]
        rows = [
            shared | submission(one, status, now - YEARS * (1 - one / count)) | _marked(one, marks, now, chance)
            for one, status in zip(ids, drawn, strict=True)
        ]
        bodies = [made_up(chance) for _ in ids]
        yield [
            (Submission, rows),
            (Text, [text_of(row, body) for row, body in zip(rows, bodies, strict=True)]),
            (SearchEntry, [_entry(row, body) for row, body in zip(rows, bodies, strict=True)]),
            (Proposal, [_proposal(one, marks.proposed[one], now) for one in ids if one in marks.proposed]),
            (Likeness, _likenesses(rows, marks)),
        ]


def _statuses(shares: dict[Status, float], size: int) -> tuple[list[Status], list[float]]:
    return list(shares), [max(share, LEAST / size) for share in shares.values()]


def _marks(old: range, new: range, chance: random.Random) -> Marks:
    people = [*range(2, 2 + len(MODERATORS))]  # behind the administrator
    even = range(2, old.stop, 2), range(new.start + new.start % 2, new.stop, 2)
    return Marks(
        suspicious={*_some(old, SUSPICIOUS, chance), *_some(new, SUSPICIOUS, chance)},
        claimed=dict(zip(chance.sample(new, CLAIMED_BY_EACH * len(people)), people * CLAIMED_BY_EACH, strict=True)),
        proposed=dict(zip(chance.sample(new, PROPOSED_BY_EACH * len(people)), people * PROPOSED_BY_EACH, strict=True)),
        suspected={one for part in even for one in _some(part, SUSPECTED, chance)},
        distinct={one for part in even for one in _some(part, DISTINCT, chance)},
    )


def _some(ids: range, share: float, chance: random.Random) -> list[int]:
    return chance.sample(ids, max(LEAST // 2, round(share * len(ids))))


def submission(place: int, status: Status, received_at: datetime) -> Row:
    return {
        "id": place,
        "number": _number(place),
        "respondent_group": GROUPS[place % len(GROUPS)],
        "kind": KINDS[place % len(KINDS)],
        "category": CATEGORIES[place % len(CATEGORIES)],
        "status": status,
        "version": 1,
        "received_at": hour_of(received_at),
        "outcome": "adopted",
        "summary": "改进窗口服务",
        "rejection_reason": "不属于受理范围。",
        "due_on": due_on(status, DEADLINES, china_day(received_at)),
        "is_reconsidered": False,
        "nonce_hash": f"{place:064x}",
        "nonce_key_id": "1",
        "content_hash": f"{place:064x}",
        "code_hash": f"{place:064x}",
        "code_key_id": "1",
        "mint_key_id": "1",
    }


def _marked(place: int, marks: Marks, now: datetime, chance: random.Random) -> Row:
    return {
        "suspicion": chance.choice(["trap", "burst"]) if place in marks.suspicious else None,
        "has_lookalike": place in marks.suspected or place + 1 in marks.suspected,
        "claimed_by_id": marks.claimed.get(place),
        "claimed_until": now + timedelta(hours=1) if place in marks.claimed else None,
    }


def _number(place: int) -> str:
    """Every place its own, in no order: the factor has no divisor in common with how many there are."""
    drawn = place * 7_654_321 % (len(NUMBER_LETTERS) * 1_000_000)
    return f"{NUMBER_LETTERS[drawn // 1_000_000]}{drawn // 100_000 % 10}-{drawn % 100_000:05d}"


def made_up(chance: random.Random) -> str:
    """A few sentences of the opinions that were written for this project."""
    body = "".join(chance.choices(_sentences(), k=chance.randint(1, MOST_SENTENCES)))
    return body + (f"就在{RARE_WORDS}。" if chance.random() < RARE else "")


@cache
def opinions() -> list[str]:
    with open(OPINIONS, encoding="utf-8", newline="") as file:
        return [row["text"] for row in csv.DictReader(file)]


@cache
def _sentences() -> list[str]:
    found = [part for one in opinions() for part in re.findall(r"[^。！？\n]+[。！？]?", one)]
    return [sentence for sentence in found if len(sentence) > 3]


def text_of(own: Row, body: str) -> Row:
    place = {"id": own["id"], "submission_id": own["id"], "received_at": own["received_at"]}
    return place | {"kind": "original", "body": body}


def _entry(own: Row, body: str) -> Row:
    return {"id": own["id"], "words": searched([own["number"], own["summary"], body])}


def _proposal(place: int, by: int, now: datetime) -> Row:
    action = Action.REPLY if place % 2 else Action.REJECT
    return {"submission_id": place, "action": action, "reason": "好", "user_id": by, "at": now}


def _likenesses(submissions: Sequence[Row], marks: Marks) -> list[Row]:
    """From either side."""
    rows: list[Row] = []
    for own in (row["id"] for row in submissions):
        verdict = Verdict.SUSPECTED if own in marks.suspected else Verdict.DISTINCT if own in marks.distinct else None
        pairs = ((own - 1, own), (own, own - 1)) if verdict else ()
        rows += [{"submission_id": one, "other_id": two, "percent": 70, "verdict": verdict} for one, two in pairs]
    return rows


def load(engine: Engine, batches: Iterable[Batch]) -> None:
    """Straight rows into a database of this process's own: of a crash nothing need be left."""
    (_load_sqlite if engine.dialect.name == "sqlite" else _load_postgresql)(engine, batches)


def _load_sqlite(engine: Engine, batches: Iterable[Batch]) -> None:
    """With the search index beside it, which collects more in memory meanwhile."""
    with engine.connect() as connection:
        bare: Any = connection.connection.driver_connection
        for pragma in ("synchronous=OFF", "cache_size=-1000000", "foreign_keys=OFF"):
            bare.execute(f"PRAGMA {pragma}")
        _set_hash_size(connection, 64 * 2**20)
        for table, rows in (part for batch in batches for part in batch if part[1]):
            connection.execute(insert(table_of(table)), rows)
            if table is SearchEntry:
                _put_in(connection, rows)
            connection.commit()
        _set_hash_size(connection, 2**20)
        connection.commit()
        bare.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.invalidate()


def _put_in(connection: Connection, entries: list[Row]) -> None:
    rows = [{"id": row["id"], "grams": " ".join(grams(row["words"]))} for row in entries]
    connection.execute(text("INSERT INTO search_gram (rowid, grams) VALUES (:id, :grams)"), rows)


def _set_hash_size(connection: Connection, size: int) -> None:
    connection.execute(text("INSERT INTO search_gram (search_gram, rank) VALUES ('hashsize', :size)"), {"size": size})


def _load_postgresql(engine: Engine, batches: Iterable[Batch]) -> None:
    """The index of grams is made at the end, and autovacuum's work is done at once."""
    raw = engine.raw_connection()
    try:
        connection: Any = raw.driver_connection
        connection.autocommit = True
        index = connection.execute("SELECT pg_get_indexdef('ix_search_entry_grams'::regclass)").fetchone()[0]
        connection.execute("DROP INDEX ix_search_entry_grams")
        for table, rows in (part for batch in batches for part in batch if part[1]):
            with connection.cursor().copy(f"COPY {table.__tablename__} ({', '.join(rows[0])}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(list(row.values()))
        connection.execute("SET maintenance_work_mem = '1GB'")
        connection.execute(index)
        connection.execute("VACUUM ANALYZE")
    finally:
        raw.invalidate()
