"""A storm of wrong sign-ins: recorded every one, slowed, and never a way to keep the owner out."""

import os
from datetime import UTC, datetime, timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.database import start_writing
from feedback.base.models.audit import AuditEntry
from feedback.people.domain.session import TRIES_PER_WINDOW, TRY_WINDOW
from feedback.people.services import account
from tests.conftest import PASSWORD
from tests.factories import Factory
from tests.web import is_signed_in, sign_in

# FAULTS=all tries a thousand times.
TRIES = 1_000 if os.environ.get("FAULTS") == "all" else 150


def count(sessions: sessionmaker[Session], kind: str) -> int:
    with sessions() as session:
        return session.scalar(select(func.count()).where(AuditEntry.kind == kind)) or 0


def test_wrong_sign_ins_are_recorded_every_one_slowed_and_keep_nobody_out(
    app: Flask, client: FlaskClient, sessions: sessionmaker[Session]
) -> None:
    own = app.test_client()
    assert sign_in(own, "admin", PASSWORD).status_code == 302
    began = datetime.now(UTC)

    statuses = [sign_in(client, "admin", f"guess {place}", code="123456").status_code for place in range(TRIES)]

    minutes = (datetime.now(UTC) - began) / TRY_WINDOW
    assert set(statuses) == {400, 429}
    assert statuses.count(400) <= TRIES_PER_WINDOW * (int(minutes) + 1)
    assert count(sessions, "sign_in_tried") + count(sessions, "sign_in_slowed") == TRIES + 1
    assert count(sessions, "sign_in_failed") == statuses.count(400)
    # The owner in his own browser, at once.
    assert sign_in(own, "admin", PASSWORD).status_code == 302
    assert is_signed_in(own)


def test_the_owner_gets_in_from_a_new_browser_within_a_minute_while_the_guessing_goes_on(make: Factory) -> None:
    """A guess each half second for two minutes, and the owner every five seconds: on the clock of the rule itself."""
    judged: list[datetime] = []
    owner_waits: list[timedelta] = []
    asked_since: datetime | None = None
    for tick in range(240):
        moment = make.now + timedelta(seconds=tick / 2)
        is_owner = tick >= 20 and tick % 10 == 0
        if is_owner and asked_since is None:
            asked_since = moment
        is_judged = try_once(make, moment)
        if is_judged:
            judged.append(moment)
        if is_owner and is_judged and asked_since is not None:
            owner_waits.append(moment - asked_since)
            asked_since = None

    assert all(sum(start <= at < start + TRY_WINDOW for at in judged) <= TRIES_PER_WINDOW for start in judged)
    assert owner_waits
    assert min(owner_waits) <= timedelta(seconds=60)


def try_once(make: Factory, moment: datetime) -> bool:
    """Whether a try at a moment is judged."""
    with make.sessions() as session:
        start_writing(session)
        wait_seconds = account.record_try(session, "admin", keys=make.keys, now=moment)
        session.commit()
    return not wait_seconds
