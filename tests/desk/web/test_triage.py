"""Referring, sealing, signing, noting, tagging: what moderators do beside deciding."""

import re
from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.database import writing
from feedback.base.domain.permission import Role
from feedback.cases.domain.deadline import add_working_days
from feedback.cases.models.duplicate import Likeness
from feedback.cases.models.submission import Submission
from feedback.cases.services import duplicate
from feedback.desk.models.note import Mention
from feedback.desk.queries.note import calls_to
from feedback.people.services import account
from tests.conftest import signed_in
from tests.factories import Factory
from tests.pages import decide
from tests.web import contents, events, form_on, press, stored

SECRET = "只有受理员才能看到的内容"
REPLY = {"body": "您好，已经改进。", "outcome": "adopted", "summary": "改进窗口"}
SOON = (datetime.now(UTC) + timedelta(days=10)).date()


def refer(staff: FlaskClient, number: str, unit_id: int, **typed: str) -> int:
    fields = {"unit": str(unit_id), "due_on": SOON.isoformat(), "instruction": "", **typed}
    return decide(staff, number, "refer", **fields).status_code


def test_an_accepted_one_is_referred_to_a_unit_by_a_day(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    court, number = make.make_unit("c1", "甲县法院"), make.make_submission().number
    decide(staff, number, "accept")

    assert refer(staff, number, court.id, instruction="请在会前答复。") == 302

    found = stored(sessions, number)
    assert (found.status, found.responsible_unit_id, found.due_on) == ("referred", court.id, SOON)
    assert events(sessions, number) == ["received", "accept", "refer"]
    page = staff.get(f"/moderation/{number}").text
    assert f"甲县法院，{SOON} 前" in page
    assert "请在会前答复。" in page


@pytest.mark.parametrize(
    "typed",
    [{"unit": ""}, {"unit": "999"}, {"unit": "x"}, {"due_on": ""}, {"due_on": "2020-01-01"}, {"due_on": "9999-12-31"},
     {"due_on": "soon"}, {"instruction": "长" * 1_001}],
)  # fmt: skip
def test_a_referral_that_makes_no_sense_is_refused_and_kept(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session], typed: dict[str, str]
) -> None:
    court, number = make.make_unit("c1", "甲县法院"), make.make_submission().number
    decide(staff, number, "accept")
    before = contents(sessions)

    fields = {"unit": str(court.id), "due_on": SOON.isoformat(), "instruction": "想了半天的要求", **typed}
    answer = decide(staff, number, "refer", **fields)

    assert answer.status_code == 400
    assert fields["instruction"] in answer.text
    assert contents(sessions) == before


def test_what_was_asked_of_a_unit_is_given_back_where_a_colleague_was_faster(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    court, number = make.make_unit("c1", "甲县法院"), make.make_submission().number
    decide(staff, number, "accept")
    form = form_on(staff.get(f"/moderation/{number}").text, "/refer")
    decide(staff, number, "reply", **REPLY)

    answer = press(staff, form, unit=str(court.id), due_on=SOON.isoformat(), instruction="想了半天的要求")

    assert answer.status_code == 409
    assert form_on(answer.text, "/refer").value("instruction") == "想了半天的要求"
    assert stored(sessions, number).status == "replied"


def test_a_referral_is_taken_back_and_undone(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    court, number = make.make_unit("c1", "甲县法院"), make.make_submission().number
    decide(staff, number, "accept")
    due = stored(sessions, number).due_on
    refer(staff, number, court.id)

    decide(staff, number, "recall", reason="转错了")

    assert stored(sessions, number).status == "accepted"
    assert stored(sessions, number).due_on == due


def test_a_referred_unit_sees_nothing_by_that_alone(
    app: Flask, staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    court, number = make.make_unit("c1", "甲县法院"), make.make_submission().number
    make.make_user("court", Role.MODERATOR, unit=court)
    decide(staff, number, "accept")
    refer(staff, number, court.id)

    assert signed_in(app, sessions, "court").get(f"/moderation/{number}").status_code == 404


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
def test_no_page_names_a_sealed_case_to_whoever_may_not_unseal_it(
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
        who = {"by": make.actor, "now": make.now}
        duplicate.tell_apart(session, two, three, **who)
        duplicate.merge(session, one, three, seen=one.version, **who)
    assert all(whole in supervisor.get(f"/moderation/{number}").text for number in (part, apart))

    decide(staff, whole, "quarantine", reason="可能涉密")

    assert not any(whole in supervisor.get(f"/moderation/{number}").text for number in (part, apart))
    assert all(whole in staff.get(f"/moderation/{number}").text for number in (part, apart))


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


def test_each_arrival_has_its_day_and_what_has_passed_it_is_overdue(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    late, early = make.make_submission().number, make.make_submission().number
    assert stored(sessions, late).due_on == add_working_days(make.now.date(), 3)
    with writing(sessions) as session:
        far = datetime.now(UTC).date() + timedelta(days=2)
        session.execute(update(Submission).where(Submission.number == late).values(due_on=date(2026, 1, 1)))
        session.execute(update(Submission).where(Submission.number == early).values(due_on=far))

    listed = staff.get("/moderation/?queue=overdue").text

    assert (late in listed, early in listed) == (True, False)
    decide(staff, late, "reply", **REPLY)
    assert late not in staff.get("/moderation/?queue=overdue").text
    assert stored(sessions, late).due_on is None


def test_an_undone_decision_gives_the_day_back(
    make: Factory, sessions: sessionmaker[Session], make_app: object
) -> None:
    app = make_app(undo_seconds=30)  # type: ignore[operator]
    staff, number = signed_in(app, sessions, "admin"), make.make_submission().number
    due = stored(sessions, number).due_on

    decide(staff, number, "reply", **REPLY)
    decide(staff, number, "undo")

    assert (stored(sessions, number).status, stored(sessions, number).due_on) == ("received", due)


def test_priority_and_tags_are_set_found_and_taken_off(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    number, other = make.make_submission().number, make.make_submission().number
    whole = {"category": "", "task": "", "issue_nature": "", "responsible_unit": "", "priority": "urgent"}

    decide(staff, number, "classify", **whole, tags=["media", "call_back"])

    assert stored(sessions, number).priority == "urgent"
    for address in ("priority=urgent", "tag=media"):
        listed = staff.get(f"/moderation/?{address}").text
        assert (number in listed, other in listed) == (True, False)
    assert (
        "媒体关注、需要回访" in staff.get(f"/moderation/{number}").text
        or "需要回访、媒体关注" in staff.get(f"/moderation/{number}").text
    )
    decide(staff, number, "classify", **whole | {"priority": "normal"})
    assert number not in staff.get("/moderation/?tag=media").text
    assert decide(staff, number, "classify", **whole, tags=["made_up"]).status_code == 400


def test_a_note_calls_a_colleague_until_he_has_opened_it(
    client: FlaskClient, staff: FlaskClient, colleague: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    receipt = make.make_submission()

    def calls() -> list[str]:
        with sessions() as session:
            return [one.body for one in calls_to(session, account.actor_of(session, account.get_user(session, "周敏")))]

    assert decide(staff, receipt.number, "note", body="@周敏 请看看附件").status_code == 302

    assert calls() == ["@周敏 请看看附件"]
    assert "@周敏 请看看附件" in colleague.get(f"/moderation/{receipt.number}").text
    assert calls() == []
    assert "请看看附件" not in client.post("/track", data={"code": receipt.code}).text


@pytest.mark.on_both("a statement of its own")
def test_nobody_is_called_who_may_not_read_it(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    number = make.make_submission().number
    make.make_user("court", Role.MODERATOR, unit=make.make_unit("c1", "甲县法院"))
    make.make_user("collector", Role.COLLECTOR)

    decide(staff, number, "note", body="@court @collector @admin 看")

    with sessions() as session:
        assert session.scalars(select(Mention.user_id)).all() == []


def test_a_note_makes_no_page_of_a_colleague_stale_without_saying_so(
    staff: FlaskClient, colleague: FlaskClient, make: Factory
) -> None:
    number = make.make_submission().number

    for browser in (staff, colleague):
        assert decide(browser, number, "note", body="看过了").status_code == 302

    assert decide(staff, number, "note", body="").status_code == 400
    assert staff.get(f"/moderation/{number}").text.count("看过了") == 2


@pytest.mark.on_both("a statement of its own")
def test_an_overdue_filter_is_carried_without_its_day(staff: FlaskClient, make: Factory) -> None:
    make.make_submission()

    page = staff.get("/moderation/?queue=overdue&query=" + quote("窗口")).text

    assert "due_before" not in page
