"""One way to change something in a view: stored after the block, or nothing changed and a page that says why."""

import pytest
from flask import Flask, make_response
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.exceptions import HTTPException

from feedback.base.domain.refusal import ConflictError, RefusalError
from feedback.base.models.audit import AuditEntry
from feedback.base.web.change import changing, refusing
from tests.conftest import NOW


def note(session: Session) -> None:
    session.add(AuditEntry(kind="signed_out", at=NOW))
    session.flush()


def noted(sessions: sessionmaker[Session]) -> int:
    with sessions() as session:
        return session.scalar(select(func.count()).where(AuditEntry.kind == "signed_out")) or 0


@pytest.mark.on_both("transactions of its own")
def test_what_follows_the_block_is_stored(app: Flask, sessions: sessionmaker[Session]) -> None:
    with app.test_request_context():
        with changing() as session:
            note(session)

        assert noted(sessions) == 1


@pytest.mark.on_both("transactions of its own")
@pytest.mark.parametrize(
    "failure",
    [RefusalError("不可以。"), RuntimeError("broken"), KeyboardInterrupt()],
    ids=["refused", "broken", "stopped"],
)
def test_what_fails_changes_nothing_and_goes_on_its_way(
    app: Flask, sessions: sessionmaker[Session], failure: BaseException
) -> None:
    with app.test_request_context(), pytest.raises(type(failure)), changing() as session:
        note(session)
        raise failure

    assert noted(sessions) == 0


@pytest.mark.parametrize(("refusal", "status"), [(RefusalError("不可以。"), 400), (ConflictError("晚了。"), 409)])
def test_a_refusal_is_answered_with_the_page_that_is_drawn_of_it(
    app: Flask, sessions: sessionmaker[Session], refusal: RefusalError, status: int
) -> None:
    def draw(refused: RefusalError) -> str:
        return f"<p>{refused.message}"

    with app.test_request_context(), pytest.raises(HTTPException) as ending, changing(draw) as session:
        note(session)
        raise refusal

    answer = ending.value.get_response()
    assert (answer.status_code, answer.get_data(as_text=True)) == (status, f"<p>{refusal.message}")
    assert noted(sessions) == 0


def test_a_page_that_says_its_status_keeps_it(app: Flask) -> None:
    with app.test_request_context(), pytest.raises(HTTPException) as ending, refusing(lambda _: ("请稍等", 429)):
        raise RefusalError("太多了。")

    assert ending.value.get_response().status_code == 429


def test_the_page_of_a_refusal_is_drawn_from_what_is_stored(app: Flask, sessions: sessionmaker[Session]) -> None:
    seen = []

    def draw(_refusal: RefusalError) -> str:
        seen.append(noted(sessions))
        return ""

    with app.test_request_context(), pytest.raises(HTTPException), changing(draw) as session:
        note(session)
        raise RefusalError("不可以。")

    assert seen == [0]


def test_an_answer_given_on_the_way_leaves_nothing_changed(app: Flask, sessions: sessionmaker[Session]) -> None:
    with app.test_request_context(), pytest.raises(HTTPException), changing() as session:
        note(session)
        raise HTTPException(response=make_response("没有找到", 404))

    assert noted(sessions) == 0
