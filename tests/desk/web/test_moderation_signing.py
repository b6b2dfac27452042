"""An answer that a colleague signs before it leaves."""

from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from tests.factories import Factory
from tests.pages import decide
from tests.web import events, stored

REPLY = {"body": "您好，已经改进。", "outcome": "adopted", "summary": "改进窗口"}


def test_an_answer_is_signed_by_a_colleague_and_stays_its_author_s(
    client: FlaskClient, staff: FlaskClient, colleague: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    receipt = make.make_submission()
    decide(staff, receipt.number, "accept")

    decide(staff, receipt.number, "reply", **REPLY, sign="1")

    assert stored(sessions, receipt.number).status == "accepted"
    assert REPLY["body"] not in client.post("/track", data={"code": receipt.code}).text
    assert receipt.number in colleague.get("/moderation/?queue=to_sign").text
    assert receipt.number not in colleague.get("/moderation/?queue=to_confirm").text
    assert "不能由写答复的人自己签发" in decide(staff, receipt.number, "confirm").text
    assert decide(colleague, receipt.number, "confirm").status_code == 302
    assert stored(sessions, receipt.number).status == "replied"
    assert REPLY["body"] in client.post("/track", data={"code": receipt.code}).text
    assert events(sessions, receipt.number)[-2:] == ["proposed", "reply"]


def test_an_answer_that_is_not_signed_stays_on_record(
    staff: FlaskClient, colleague: FlaskClient, make: Factory
) -> None:
    number = make.make_submission().number
    decide(staff, number, "reply", **REPLY, sign="1")

    decide(colleague, number, "decline", reason="请再具体一些")

    page = staff.get(f"/moderation/{number}").text
    assert REPLY["body"] in page
    assert "请再具体一些" in page
