"""Which case a refusal is: chosen from the campaign's set, kept, told to the sender, and taken back with it."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.database import writing
from feedback.base.adapters.files import default_campaign
from feedback.cases.models.event import Event
from feedback.cases.models.proposal import Proposal
from tests.conftest import signed_in
from tests.factories import Factory
from tests.pages import decide
from tests.web import contents, form_on, press, revise, stored

REASON = "供水由水务部门负责，请拨打 12345。"
LABEL = "不属于本次征集范围"


def detail_of(sessions: sessionmaker[Session], kind: str) -> dict[str, Any]:
    """The detail of the only event of a kind."""
    with sessions() as session:
        return session.scalars(select(Event.detail).where(Event.kind == kind)).one() or {}


def without_set(sessions: sessionmaker[Session]) -> None:
    """A version of the campaign as they were before there was such a set."""
    sets = default_campaign()["content"]["sets"]
    del sets["rejection"]
    revise(sessions, sets=sets)


def test_the_sender_reads_the_case_and_the_words(
    client: FlaskClient, staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    receipt = make.make_submission()

    assert decide(staff, receipt.number, "reject", kind="out_of_scope", reason=REASON).status_code == 302

    assert stored(sessions, receipt.number).rejection_kind == "out_of_scope"
    assert detail_of(sessions, "reject")["rejection_kind"] == "out_of_scope"
    for page in (staff.get(f"/moderation/{receipt.number}"), client.post("/track", data={"code": receipt.code})):
        assert LABEL in page.text
        assert REASON in page.text


@pytest.mark.parametrize("kind", ["", "made_up", "Out_of_scope"])
def test_where_there_is_a_set_one_of_it_is_chosen(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session], kind: str
) -> None:
    number = make.make_submission().number
    before = contents(sessions)

    answer = decide(staff, number, "reject", kind=kind, reason=REASON)

    assert answer.status_code == 400
    assert "请选择属于哪种情况。" in answer.text
    assert form_on(answer.text, "/reject").value("reason") == REASON
    assert contents(sessions) == before


def test_what_was_chosen_comes_back_with_a_refusal(staff: FlaskClient, make: Factory) -> None:
    number = make.make_submission().number

    answer = decide(staff, number, "reject", kind="unclear", reason="")

    assert form_on(answer.text, "/reject").value("kind") == "unclear"


def test_a_version_without_the_set_offers_nothing_and_needs_nothing(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    without_set(sessions)
    number = make.make_submission().number
    page = staff.get(f"/moderation/{number}").text

    answers = [decide(staff, number, "reject", reason=REASON, **chosen) for chosen in ({"kind": "unclear"}, {})]

    assert "属于哪种情况" not in page
    assert [answer.status_code for answer in answers] == [400, 302]
    assert stored(sessions, number).rejection_kind is None


def test_a_case_that_a_revision_dropped_keeps_its_words(
    client: FlaskClient, staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    receipt = make.make_submission()
    decide(staff, receipt.number, "reject", kind="out_of_scope", reason=REASON)

    without_set(sessions)

    assert LABEL in client.post("/track", data={"code": receipt.code}).text


def test_it_is_taken_back_with_the_decision(
    make_app: Callable[..., Flask], make: Factory, sessions: sessionmaker[Session]
) -> None:
    patient, number = signed_in(make_app(undo_seconds=30), sessions, "admin"), make.make_submission().number
    decide(patient, number, "reject", kind="out_of_scope", reason=REASON)

    assert decide(patient, number, "undo").status_code == 302

    row = stored(sessions, number)
    assert (row.status, row.rejection_reason, row.rejection_kind) == ("received", None, None)


def test_a_second_person_sees_and_confirms_it(
    client: FlaskClient, staff: FlaskClient, colleague: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    make.set_campaign(second_person="on")
    receipt = make.make_submission()
    decide(staff, receipt.number, "reject", kind="legal_procedure", reason=REASON)
    page = colleague.get(f"/moderation/{receipt.number}").text

    assert press(colleague, form_on(page, "/confirm")).status_code == 302

    assert page.count("涉法涉诉请依法定程序提出</span></p>") == 1
    assert detail_of(sessions, "proposed") == {"action": "reject", "rejection_kind": "legal_procedure"}
    assert stored(sessions, receipt.number).rejection_kind == "legal_procedure"
    assert "涉法涉诉请依法定程序提出" in client.post("/track", data={"code": receipt.code}).text


@pytest.mark.on_both("a statement of its own")
def test_what_was_proposed_before_there_was_a_set_is_confirmed_as_it_is(
    staff: FlaskClient, colleague: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    make.set_campaign(second_person="on")
    number = make.make_submission().number
    decide(staff, number, "reject", kind="unclear", reason=REASON)
    with writing(sessions) as session:
        session.scalars(select(Proposal)).one().rejection_kind = None

    assert decide(colleague, number, "confirm").status_code == 302

    row = stored(sessions, number)
    assert (row.status, row.rejection_kind) == ("rejected", None)
