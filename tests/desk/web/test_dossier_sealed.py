"""What was merged into one that is sealed says the same, and does not name it."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.database import writing
from feedback.base.domain.permission import Role
from feedback.cases.services import duplicate, quarantine
from feedback.desk.domain.queue import QueueFilter
from feedback.workbooks.queries.export_row import export_rows
from tests.conftest import Person
from tests.factories import Factory
from tests.stored import submission_of


@pytest.mark.on_both("a statement of its own")
def test_a_sealed_number_does_not_show_on_what_was_merged_into_it(
    staff: FlaskClient, person: Person, make: Factory, sessions: sessionmaker[Session]
) -> None:
    merged, sealed = make.make_submission(), make.make_submission()
    with writing(sessions) as session:
        found, into = submission_of(session, merged), submission_of(session, sealed)
        duplicate.merge(session, found, into, make.make_decision(found))
    named = staff.get(f"/moderation/{merged.number}").text
    with writing(sessions) as session:
        into = submission_of(session, sealed)
        quarantine.quarantine(session, into, make.make_decision(into, "含有涉密内容"))

    pages = [browser.get(f"/moderation/{merged.number}").text for browser in (staff, person(Role.SUPERVISOR))]

    assert sealed.number in named
    assert "已并入 一件涉密封存的意见" in pages[0]
    assert [sealed.number in page for page in pages] == [False, False]
    with sessions() as session:
        rows = [row for rows in export_rows(session, QueueFilter(1), make.actor, make.keys) for row in rows]
    assert [sealed.number in str(row) for row in rows if row.number == merged.number] == [False]
