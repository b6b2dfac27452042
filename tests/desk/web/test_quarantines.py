"""What is sealed: read by those alone who decide about it, and shown nowhere else."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.database import writing
from feedback.base.domain.permission import Role
from feedback.cases.models.duplicate import Likeness
from feedback.cases.models.submission import Submission
from feedback.cases.services import duplicate
from tests.conftest import signed_in
from tests.factories import Factory
from tests.pages import decide
from tests.web import events, stored

SECRET = "只有受理员才能看到的内容"


@pytest.mark.on_both("a statement of its own")
def test_what_is_sealed_is_read_by_those_alone_who_decide(
    app: Flask, client: FlaskClient, staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    receipt = make.make_submission(text=SECRET)
    make.make_user("du", Role.SUPERVISOR)
    supervisor = signed_in(app, sessions, "du")
    assert SECRET in supervisor.get("/moderation/").text

    decide(staff, receipt.number, "quarantine", reason="可能涉密")

    assert SECRET not in supervisor.get("/moderation/").text
    assert receipt.number not in supervisor.get("/moderation/?status=quarantined").text
    assert supervisor.get(f"/moderation/{receipt.number}").status_code == 404
    assert SECRET not in staff.get("/moderation/?status=quarantined").text
    assert receipt.number in staff.get("/moderation/?status=quarantined").text
    assert SECRET in staff.get(f"/moderation/{receipt.number}").text
    tracked = client.post("/track", data={"code": receipt.code}).text
    assert "待审查" in tracked
    assert "封存" not in tracked


@pytest.mark.on_both("a statement of its own")
def test_no_page_of_another_case_names_a_sealed_one(
    app: Flask, staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    part, apart, whole = (make.make_submission(text=text).number for text in ("停车难一", "停车难二", "停车难三"))
    make.make_user("du", Role.SUPERVISOR)
    supervisor = signed_in(app, sessions, "du")
    with writing(sessions) as session:
        one, two, three = (session.scalars(select(Submission).where(Submission.number == n)).one()
                           for n in (part, apart, whole))  # fmt: skip
        for first, second in ((two, three), (three, two)):
            session.add(Likeness(submission_id=first.id, other_id=second.id, percent=90, verdict="suspected"))
        session.flush()
        duplicate.tell_apart(session, two, three, by=make.actor, now=make.now)
        duplicate.merge(session, one, three, make.make_decision(one))
    assert all(whole in supervisor.get(f"/moderation/{number}").text for number in (part, apart))

    decide(staff, whole, "quarantine", reason="可能涉密")

    for browser in (supervisor, staff):
        assert not any(whole in browser.get(f"/moderation/{number}").text for number in (part, apart))
    assert staff.get(f"/moderation/{whole}").status_code == 200


def test_a_note_on_a_sealed_case_calls_without_its_words(
    app: Flask, staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    number = make.make_submission().number
    make.make_user("li", Role.MODERATOR)
    colleague = signed_in(app, sessions, "li")
    decide(staff, number, "note", body="@li 机密的话")
    assert "机密的话" in colleague.get("/home/").text

    decide(staff, number, "quarantine", reason="可能涉密")

    home = colleague.get("/home/").text
    assert (number in home, "机密的话" in home, "（涉密封存）" in home) == (True, False, True)


def test_a_list_tells_no_hour_of_a_sealed_case(staff: FlaskClient, make: Factory) -> None:
    number = make.make_submission().number
    hour = re.compile(r"\d{1,2} ?时")
    assert hour.search(staff.get("/moderation/?status=received").text)

    decide(staff, number, "quarantine", reason="可能涉密")

    page = staff.get("/moderation/?status=quarantined").text
    assert number in page
    assert not hour.search(page)


def test_sealing_and_unsealing_wait_for_a_second_person(
    staff: FlaskClient, colleague: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    make.set_campaign(second_person="on")
    number = make.make_submission().number

    decide(staff, number, "quarantine", reason="可能涉密")
    assert decide(staff, number, "confirm").status_code == 400
    assert stored(sessions, number).status == "received"
    decide(colleague, number, "confirm")
    assert stored(sessions, number).status == "quarantined"
    decide(colleague, number, "unseal", reason="核实不涉密")
    assert stored(sessions, number).status == "quarantined"
    decide(staff, number, "confirm")

    assert stored(sessions, number).status == "received"
    assert events(sessions, number) == ["received", "proposed", "quarantine", "proposed", "unseal"]


@pytest.mark.on_both("a statement of its own")
def test_beside_another_a_sealed_case_shows_no_word_and_not_how_much_they_have_in_common(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    sealed, other = make.make_submission(text=SECRET).number, make.make_submission(text="停车难").number
    with writing(sessions) as session:
        one, two = (session.scalars(select(Submission).where(Submission.number == n)).one() for n in (sealed, other))
        session.add(Likeness(submission_id=two.id, other_id=one.id, percent=90, verdict="suspected"))
    assert "约 90% 相同" in staff.get(f"/moderation/{other}").text

    decide(staff, sealed, "quarantine", reason="可能涉密")

    beside = staff.get(f"/moderation/{other}").text
    assert f"与 {sealed} 并排比较" in beside
    assert "% 相同" not in beside
    for page in (f"/moderation/{other}/beside/{sealed}", f"/moderation/{sealed}/beside/{other}"):
        shown = staff.get(page).text
        # Marks of what differs may cut it anywhere.
        assert SECRET not in re.sub("<[^>]+>", "", shown)
        assert "（涉密封存）" in re.sub("<[^>]+>", "", shown)
        assert "时许" not in shown[shown.index(sealed) :].partition("</section>")[0].partition(other)[0]
