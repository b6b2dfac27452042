"""The first start."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from feedback.assembly.first_start import set_up
from feedback.base.adapters.database import make_engine, make_sessions
from feedback.base.adapters.migrations import upgrade
from feedback.base.domain.permission import Role
from feedback.campaigns.models.campaign import Campaign
from feedback.campaigns.models.channel import Channel
from feedback.people.services import account
from tests.conftest import NOW
from tests.stored import every_byte, every_row


@pytest.fixture
def empty(empty_database: str) -> Iterator[sessionmaker[Session]]:
    """Sessions on a database that has tables and no rows."""
    engine = make_engine(empty_database)
    upgrade(engine)
    yield make_sessions(engine)
    engine.dispose()


@pytest.mark.on_both("a statement of its own")
def test_a_first_start_makes_everything_a_visitor_and_an_administrator_need(empty: sessionmaker[Session]) -> None:
    first = set_up(empty, now=NOW)

    assert first is not None
    with empty() as session:
        user = account.get_user(session, first.user_name)
        assert account.verify(user, first.password).must_change_password
        roles = {grant.role for grant in account.actor_of(session, user).grants}
        assert roles == {Role.ADMIN, Role.CAMPAIGN_MANAGER, Role.MODERATOR}
        assert session.scalars(select(Campaign)).one().status == "open"
        assert session.scalars(select(Channel)).one().code == first.channel_code
        assert first.password.encode() not in every_byte(session)


def test_a_second_start_changes_nothing(empty: sessionmaker[Session]) -> None:
    set_up(empty, now=NOW)
    with empty() as session:
        before = every_row(session)

    assert set_up(empty, now=NOW) is None

    with empty() as session:
        assert every_row(session) == before
