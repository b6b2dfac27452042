"""What the holder of a code may do beside looking: add, rate, ask once more."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from feedback.cases.models.text import Text
from feedback.tracking.services import MAX_RATINGS
from tests.factories import Factory
from tests.pages import decide
from tests.web import count, events, stored, texts


def act(client: FlaskClient, code: str, what: str, **fields: str) -> tuple[int, str]:
    answer = client.post(f"/track/{what}", data={"code": code, **fields})
    return answer.status_code, answer.text


def test_a_supplement_sent_twice_is_one(client: FlaskClient, make: Factory, sessions: sessionmaker[Session]) -> None:
    receipt = make.make_submission()
    form = {"nonce": "n" * 22, "supplement": "第二行\r\n也要"}

    answers = [act(client, receipt.code, "supplement", **form) for _ in range(2)]

    assert all(status == 200 and "已收到您的补充。" in page for status, page in answers)
    assert "第二行\n也要" in texts(sessions) and count(sessions, Text) == 2
    assert events(sessions, receipt.number) == ["received", "supplemented"]


def test_after_the_answer_nothing_is_added_and_the_words_come_back(
    client: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    receipt = make.make_replied()

    status, page = act(client, receipt.code, "supplement", nonce="n" * 22, supplement="晚来的话")

    assert status == 400
    assert "晚来的话" in page
    assert len(texts(sessions)) == 1


@pytest.mark.parametrize("words", ["", " \n", "长" * 5_001, "坏\0字"])
def test_a_supplement_that_cannot_be_taken_is_given_back(
    client: FlaskClient, make: Factory, sessions: sessionmaker[Session], words: str
) -> None:
    receipt = make.make_submission()

    status, _ = act(client, receipt.code, "supplement", nonce="n" * 22, supplement=words)

    assert status == 400
    assert len(texts(sessions)) == 1


@pytest.mark.on_both("a statement of its own")
def test_an_answer_is_rated_and_the_rating_can_be_changed(
    client: FlaskClient, staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    receipt = make.make_replied()

    act(client, receipt.code, "rate", satisfaction="2", reason="没说完")
    status, page = act(client, receipt.code, "rate", satisfaction="4")
    act(client, receipt.code, "rate", satisfaction="4")

    assert status == 200
    assert "已评价：满意" in page
    assert stored(sessions, receipt.number).satisfaction == 4
    assert events(sessions, receipt.number)[-2:] == ["rated", "rated"]
    assert "没说完" in staff.get(f"/moderation/{receipt.number}").text


def test_ratings_cannot_fill_the_record_without_end(
    client: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    receipt = make.make_replied()

    answers = [act(client, receipt.code, "rate", satisfaction=str(1 + place % 2)) for place in range(MAX_RATINGS + 1)]

    assert [status for status, _ in answers] == [200] * MAX_RATINGS + [400]
    assert "现有的评价已经保存" in answers[-1][1]


@pytest.mark.parametrize("value", ["", "0", "6", "x", "-1"])
def test_only_five_levels_exist(
    client: FlaskClient, make: Factory, sessions: sessionmaker[Session], value: str
) -> None:
    receipt = make.make_replied()

    status, page = act(client, receipt.code, "rate", satisfaction=value, reason="有话")

    assert status == 400
    assert "请选择一项满意程度。" in page
    assert "有话" in page
    assert stored(sessions, receipt.number).satisfaction is None


def test_what_has_no_answer_is_not_rated(client: FlaskClient, make: Factory, sessions: sessionmaker[Session]) -> None:
    receipt = make.make_submission()

    assert act(client, receipt.code, "rate", satisfaction="5")[0] == 400
    assert stored(sessions, receipt.number).satisfaction is None


def test_another_look_is_asked_for_once(
    client: FlaskClient, staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    receipt = make.make_replied()
    act(client, receipt.code, "rate", satisfaction="1")

    status, page = act(client, receipt.code, "reconsider", reason="没有答到点上")
    decide(staff, receipt.number, "reply", body="再答一次", outcome="adopted", summary="再答")
    again, refused = act(client, receipt.code, "reconsider", reason="还不满意")

    assert (status, again) == (200, 400)
    assert "办理中" in page
    assert "还不满意" in refused
    row = stored(sessions, receipt.number)
    assert (row.status, row.satisfaction, row.is_reconsidered) == ("replied", None, True)
    assert events(sessions, receipt.number).count("reconsider") == 1


def test_a_refusal_can_be_looked_at_again(
    client: FlaskClient, staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    receipt = make.make_submission()
    decide(staff, receipt.number, "reject", kind="out_of_scope", reason="不在受理范围内。")

    act(client, receipt.code, "reconsider", reason="就是法院的事")

    assert stored(sessions, receipt.number).status == "received"


def test_a_new_answer_is_marked_until_it_was_read(client: FlaskClient, make: Factory) -> None:
    receipt = make.make_replied()
    mark = '<span class="tag new">新</span>'

    first, second = (client.post("/track", data={"code": receipt.code}).text for _ in range(2))

    assert mark in first
    assert mark not in second


@pytest.mark.parametrize("what", ["supplement", "rate", "reconsider"])
def test_a_wrong_code_changes_nothing_and_gives_the_words_back(
    client: FlaskClient, make: Factory, sessions: sessionmaker[Session], what: str
) -> None:
    receipt = make.make_replied()

    status, page = act(client, "7K3M 9QXD R2VH 5TNA", what, supplement="补充的话", reason="补充的话", nonce="n" * 22)

    assert status == 404
    assert "补充的话" in page
    assert events(sessions, receipt.number)[-1] == "reply"
