"""The worker's morning: letters go out once, whatever happens."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from feedback.base.adapters.database import writing
from feedback.base.config import Settings
from feedback.base.domain.permission import Role
from feedback.digests.cli import send_digests
from feedback.people.models import User
from tests.factories import Factory
from tests.postbox import Postbox, serving

MORNING = datetime(2026, 11, 20, 0, 30, tzinfo=UTC)
PUBLIC_URL = "https://yijian.example.gov.cn"


@pytest.fixture
def people(make: Factory) -> list[str]:
    """Three moderators with an address, and an opinion that waits."""
    names = ["wang", "li", "zhao"]
    for name in names:
        make.make_user(name, Role.MODERATOR)
        with writing(make.sessions) as session:
            session.execute(update(User).where(User.name == name).values(email=f"{name}@example.gov.cn"))
    make.make_submission()
    return names


def mailing(settings: Settings, postbox: Postbox) -> Settings:
    server = f"smtp://127.0.0.1:{postbox.port}"
    return replace(settings, public_url=PUBLIC_URL, smtp_url=server, mail_from="yijian@example.gov.cn")


def told(postbox: Postbox) -> list[str]:
    return sorted(letter["To"].partition("@")[0] for letter in postbox.letters)


def test_everybody_gets_one_letter_a_working_day(settings: Settings, make: Factory, people: list[str]) -> None:
    with serving(Postbox()) as postbox:
        for hours in (-1, 0, 1, 5, 24, 48):
            send_digests(make.sessions, mailing(settings, postbox), now=MORNING + timedelta(hours=hours))
        assert told(postbox) == sorted(people)
        assert f"{PUBLIC_URL}/home/" in postbox.letters[0].get_content()

        send_digests(make.sessions, mailing(settings, postbox), now=MORNING + timedelta(hours=72))

    assert told(postbox) == sorted(people * 2)


@pytest.mark.parametrize("missing", ["smtp_url", "public_url"])
def test_without_a_server_or_an_address_of_the_desk_no_turn_is_taken(
    settings: Settings, make: Factory, people: list[str], missing: str
) -> None:
    with serving(Postbox()) as postbox:
        chosen = mailing(settings, postbox)
        send_digests(make.sessions, replace(chosen, **{missing: ""}), now=MORNING)  # type: ignore[arg-type]
        assert postbox.told == []

        send_digests(make.sessions, chosen, now=MORNING)

    assert told(postbox) == sorted(people)


def test_a_server_that_is_away_is_tried_again_on_the_next_day_alone(
    settings: Settings, make: Factory, people: list[str]
) -> None:
    with serving(Postbox()) as away:
        chosen = mailing(settings, away)
    send_digests(make.sessions, chosen, now=MORNING)

    with serving(Postbox()) as postbox:
        send_digests(make.sessions, mailing(settings, postbox), now=MORNING + timedelta(minutes=1))
        assert postbox.told == []
        send_digests(make.sessions, mailing(settings, postbox), now=MORNING + timedelta(days=3))

    assert told(postbox) == sorted(people)


@pytest.mark.on_both("a statement of its own")
def test_one_person_s_failure_does_not_stop_the_others(settings: Settings, make: Factory, people: list[str]) -> None:
    # No header can hold this address, which no page would have taken either.
    with writing(make.sessions) as session:
        session.execute(update(User).where(User.name == "wang").values(email="wang@example.gov.cn\nBcc: x@y.cn"))

    with serving(Postbox(refused={"li@example.gov.cn"})) as postbox:
        send_digests(make.sessions, mailing(settings, postbox), now=MORNING)

    assert told(postbox) == ["zhao"]
