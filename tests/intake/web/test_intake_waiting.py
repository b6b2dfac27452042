"""What only reads, and what is refused, waits for no writer; who cannot write is told so and keeps the text."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.database import make_engine, writing
from feedback.base.config import Settings
from feedback.base.extensions import db
from feedback.cases.models.submission import Submission
from tests.factories import Factory
from tests.pages import fill_in
from tests.web import count, form_on

WRONG_CODE = "7K3M9QXDR2VH5TNA"


@pytest.fixture
def impatient(app: Flask, settings: Settings) -> Iterator[None]:
    """Let SQLite give up at once where a writer would otherwise wait its ten seconds."""
    engine = make_engine(settings.database_url)
    event.listen(engine, "connect", lambda connection, _record: connection.execute("PRAGMA busy_timeout=1"))
    with app.app_context():
        db.sessions.configure(bind=engine)
    yield
    engine.dispose()


@pytest.mark.only_on("sqlite")
@pytest.mark.usefixtures("impatient")
def test_reading_and_refusing_wait_for_no_writer(
    client: FlaskClient, staff: FlaskClient, channel_code: str, make: Factory
) -> None:
    receipt = make.make_submission(name="王", has_consented=True)
    form, address = fill_in(client, channel_code, text=""), f"/f/{channel_code}"
    page = f"/moderation/{receipt.number}"
    reject = form_on(staff.get(page).text, "/reject")

    with writing(make.sessions):
        answers = {
            "form": client.get(address).status_code,
            "refused form": client.post(address, data=form).status_code,
            "progress": client.post("/track", data={"code": receipt.code}).status_code,
            "wrong code": client.post("/track", data={"code": WRONG_CODE}).status_code,
            "withdrawing with a wrong code": client.post(
                "/track/withdraw-contact", data={"code": WRONG_CODE}
            ).status_code,
            "queue": staff.get("/moderation/").status_code,
            "staff page": staff.get(page).status_code,
            "refused decision": staff.post(reject.action, data=reject.fields).status_code,
            "sign-in page": client.get("/accounts/sign-in").status_code,
        }

    assert answers == {
        "form": 200,
        "refused form": 400,
        "progress": 200,
        "wrong code": 404,
        "withdrawing with a wrong code": 404,
        "queue": 200,
        "staff page": 200,
        "refused decision": 400,
        "sign-in page": 200,
    }


@pytest.mark.only_on("sqlite")
@pytest.mark.usefixtures("impatient")
def test_who_cannot_write_keeps_the_text_and_may_send_it_again(
    client: FlaskClient, staff: FlaskClient, channel_code: str, make: Factory, sessions: sessionmaker[Session]
) -> None:
    form, number = fill_in(client, channel_code, text="停车难"), make.make_submission().number
    reject = form_on(staff.get(f"/moderation/{number}").text, "/reject")

    with writing(make.sessions):
        busy = client.post(f"/f/{channel_code}", data=form)
        busy_staff = staff.post(reject.action, data={**reject.fields, "kind": "unclear", "reason": "不归我们管"})

    assert (busy.status_code, busy.headers["Retry-After"]) == (busy_staff.status_code, "60") == (503, "60")
    assert "停车难</textarea>" in busy.text
    assert "不归我们管</textarea>" in busy_staff.text
    assert client.post(f"/f/{channel_code}", data=form).status_code == 200
    assert count(sessions, Submission) == 2
