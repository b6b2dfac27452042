"""Bringing searched words up to date: worked out first, and then written in as few statements for many as for few."""

import pytest
from sqlalchemy import event

from feedback.base.adapters.database import writing
from feedback.cases.services import search
from tests.actors import make_many
from tests.factories import Factory


def statements_to_store(make: Factory, count: int) -> int:
    make_many(make, count)
    with make.sessions() as session:
        prepared = search.prepare(session)
    assert prepared is not None
    ran: list[str] = []
    engine = make.sessions.kw["bind"]

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        ran.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        with writing(make.sessions) as session:
            assert search.store(session, prepared) == count
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(ran)


def test_a_batch_is_written_in_as_many_statements_as_one(make: Factory) -> None:
    # Equal texts: of the second every kind of row is written.
    statements_to_store(make, 2)

    assert statements_to_store(make, 2) == statements_to_store(make, search.BATCH)


@pytest.mark.parametrize(
    ("length", "expected"), [(5_000, 2), (12_000 // search.BATCH, search.BATCH), (10, search.BATCH)]
)
def test_a_batch_holds_no_more_than_can_be_written_in_a_moment(make: Factory, length: int, expected: int) -> None:
    for place in range(search.BATCH + 1):
        make.make_submission(text=chr(0x4E00 + place) * length)

    with make.sessions() as session:
        prepared = search.prepare(session)

    assert prepared is not None
    assert len(prepared.versions) == expected
