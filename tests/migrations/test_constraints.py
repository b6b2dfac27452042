"""The database refuses impossible rows too."""

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from feedback.base.adapters.database import writing
from feedback.base.adapters.jobs import enqueue
from tests.factories import Factory

IMPOSSIBLE = {
    "a status nobody knows": "UPDATE submission SET status = 'lost'",
    "a lane nobody knows": "UPDATE submission SET lane = 'fast'",
    "an answer without an outcome": "UPDATE submission SET status = 'replied', outcome = NULL",
    "an answer without a summary": "UPDATE submission SET status = 'completed', outcome = 'adopted', summary = NULL",
    "a refusal without a reason": "UPDATE submission SET status = 'rejected', rejection_reason = NULL",
    "a unit that does not exist": "UPDATE submission SET responsible_unit_id = 99",
    "a contact withdrawn but kept": "UPDATE contact SET withdrawn_on = '2026-11-20'",
    "a second contact": "INSERT INTO contact (uuid, submission_id) SELECT 'x', submission_id FROM contact",
    "a contact of nobody": "INSERT INTO contact (uuid, submission_id) VALUES ('x', 99)",
    "a second original": "INSERT INTO text (submission_id, kind, body, received_at) "
    "SELECT submission_id, kind, body, received_at FROM text",
    "a text of an unknown kind": "INSERT INTO text (submission_id, kind, body, received_at) "
    "SELECT submission_id, 'rumour', body, received_at FROM text",
    "an empty text that was not erased": "INSERT INTO text (submission_id, kind, body, received_at) "
    "SELECT submission_id, 'supplement', NULL, received_at FROM text",
    "a campaign in a state nobody knows": "UPDATE campaign SET status = 'paused'",
    "a campaign in a phase nobody knows": "UPDATE campaign SET phase = 'holiday'",
    "a window that closes before it opens": "UPDATE campaign SET opens_on = '2026-11-20', closes_on = '2026-11-19'",
    "two units with one code": "INSERT INTO unit (code, name, level, path) VALUES ('root', 'x', 'city', '/x/')",
    "a unit on a level nobody knows": "UPDATE unit SET level = 'planet'",
    "a role nobody knows": "UPDATE role_grant SET role = 'king'",
    "a job in a state nobody knows": "UPDATE job SET status = 'stuck'",
}


@pytest.fixture
def engine(make: Factory) -> Engine:
    make.make_submission(phone="13812341234", has_consented=True)
    with writing(make.sessions) as session:
        enqueue(session, "export", {}, now=make.now)
    engine: Engine = make.sessions.kw["bind"]
    return engine


def is_possible(engine: Engine, statement: str) -> bool:
    with engine.connect() as connection:
        try:
            connection.exec_driver_sql(statement)
        except IntegrityError:
            return False
    return True


def test_no_impossible_row_can_be_stored(engine: Engine) -> None:
    stored = [name for name, statement in IMPOSSIBLE.items() if is_possible(engine, statement)]

    assert stored == []


def test_what_is_possible_can_be_stored(engine: Engine) -> None:
    possible = [
        "UPDATE submission SET status = 'replied', outcome = 'adopted', summary = '要点'",
        "UPDATE submission SET status = 'rejected', rejection_reason = '理由'",
        "UPDATE contact SET withdrawn_on = '2026-11-20', name = NULL, phone = NULL",
        "UPDATE campaign SET opens_on = '2026-11-20', closes_on = '2026-11-20'",
        "INSERT INTO text (submission_id, kind, body, received_at) "
        "SELECT submission_id, 'supplement', 'x', received_at FROM text",
    ]

    assert [statement for statement in possible if not is_possible(engine, statement)] == []
