"""Near duplicates: found by a worker, compared and merged by people, answered once for all, and taken apart again."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.database import writing
from feedback.base.domain.moment import china_day
from feedback.cases.adapters import search_index
from feedback.cases.models.duplicate import Likeness, Sketch
from feedback.cases.models.text import Text
from tests.actors import index_words
from tests.conftest import NOW
from tests.factories import Factory
from tests.pages import decide, staff_fields
from tests.web import events, form_on, press, stored

TEXT = "城东派出所办居住证要跑三趟，窗口说的材料和网上写的不一样，希望一次说清楚，周末也能办。"
COPY = TEXT.replace("三趟", "四趟") + "谢谢。"
OTHER = "法院导诊台没有人，老人不会用机器取号，请安排志愿者。"
REPLY = {"body": "您好，周六上午已开放窗口。", "outcome": "adopted", "summary": "周六开放"}


@pytest.fixture
def pair(make: Factory, sessions: sessionmaker[Session]) -> tuple[str, str]:
    """Two opinions that nearly say the same, which a worker has seen, and one that does not."""
    first, _, second = (make.make_submission(text=text).number for text in (TEXT, OTHER, COPY))
    compare(sessions)
    return first, second


def compare(sessions: sessionmaker[Session]) -> None:
    """What a worker does."""
    index_words(sessions)


def act(staff: FlaskClient, one: str, other: str, what: str) -> tuple[int, str]:
    """Open the page of two opinions and press one of its buttons."""
    version = staff_fields(staff.get(f"/moderation/{one}").text)["version"]
    page = staff.get(f"/moderation/{one}/beside/{other}").text
    fields = {**staff_fields(page), "version": version}
    answer = staff.post(f"/moderation/{one}/beside/{other}/{what}", data=fields)
    return answer.status_code, answer.text


def listed(staff: FlaskClient) -> list[str]:
    """The queue of those that are suspected."""
    return re.findall(r"<strong>([A-Z][0-9]-[0-9]{5,7})</strong>", staff.get("/moderation/?queue=duplicate").text)


def track(client: FlaskClient, code: str) -> str:
    return client.post("/track", data={"code": code}).text


def test_what_nearly_says_the_same_is_suspected_and_shown_side_by_side(
    staff: FlaskClient, pair: tuple[str, str], sessions: sessionmaker[Session]
) -> None:
    first, second = pair

    queue = staff.get("/moderation/?queue=duplicate").text
    beside = staff.get(f"/moderation/{first}/beside/{second}").text

    assert [number in queue for number in (first, second)] == [True, True]
    assert OTHER not in queue
    assert f"与 {second} 并排比较" in staff.get(f"/moderation/{first}").text
    assert "<mark>三</mark>" in beside
    assert "<mark>四</mark>" in beside
    assert [stored(sessions, number).status for number in pair] == ["received", "received"]


def test_one_answer_reaches_both_and_both_keep_their_receipts(
    client: FlaskClient, staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    first, second = make.make_submission(text=TEXT), make.make_submission(text=COPY, respondent_group="lawyer")
    compare(sessions)

    assert act(staff, second.number, first.number, "merge")[0] == 302
    decide(staff, first.number, "reply", **REPLY)

    for receipt in (first, second):
        page = track(client, receipt.code)
        assert REPLY["body"] in page
        assert receipt.number in page
        assert "已答复" in page
    assert COPY in staff.get(f"/moderation/{first.number}").text
    assert first.number not in track(client, second.code)
    assert stored(sessions, second.number).respondent_group == "lawyer"
    assert (events(sessions, second.number), events(sessions, first.number)[:2]) == (
        ["received", "merge"],
        ["received", "absorbed"],
    )
    assert first.number not in staff.get("/moderation/?queue=duplicate").text


def test_what_the_sender_of_a_merged_one_adds_stands_where_it_is_answered(
    client: FlaskClient, staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    first, second = make.make_submission(text=TEXT), make.make_submission(text=COPY)
    compare(sessions)
    act(staff, second.number, first.number, "merge")

    added = {"code": second.code, "nonce": "n" * 22, "supplement": "昨天又跑了一趟。"}
    assert client.post("/track/supplement", data=added).status_code == 200

    assert "昨天又跑了一趟。" in staff.get(f"/moderation/{first.number}").text


def test_a_merged_one_is_taken_out_again_and_waits_for_itself(
    client: FlaskClient, staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    first, second = make.make_submission(text=TEXT), make.make_submission(text=COPY)
    compare(sessions)
    act(staff, second.number, first.number, "merge")
    decide(staff, first.number, "reply", **REPLY)

    page = staff.get(f"/moderation/{second.number}")
    assert staff.post(f"/moderation/{second.number}/unmerge", data=staff_fields(page.text)).status_code == 302

    assert stored(sessions, second.number).status == "received"
    assert REPLY["body"] not in track(client, second.code)
    assert REPLY["body"] in track(client, first.code)
    assert events(sessions, second.number) == ["received", "merge", "unmerge"]


def test_two_that_were_told_apart_are_not_suspected_again(
    staff: FlaskClient, pair: tuple[str, str], sessions: sessionmaker[Session]
) -> None:
    first, second = pair

    assert act(staff, first, second, "apart")[0] == 302
    found = stored(sessions, first)
    with writing(sessions) as session:
        search_index.mark(session.connection(), found.id)
    compare(sessions)

    assert second not in staff.get("/moderation/?queue=duplicate").text
    assert "并排比较" not in staff.get(f"/moderation/{first}").text
    assert events(sessions, first) == ["received", "told_apart"]


def test_telling_two_apart_twice_is_one_step(
    staff: FlaskClient, pair: tuple[str, str], sessions: sessionmaker[Session]
) -> None:
    first, second = pair
    form = form_on(staff.get(f"/moderation/{first}/beside/{second}").text, "/apart")

    answers = [press(staff, form).status_code for _ in range(2)]

    assert answers == [302, 302]
    assert [events(sessions, number) for number in pair] == [["received", "told_apart"]] * 2


def test_two_that_were_merged_meanwhile_are_not_told_apart(
    staff: FlaskClient, pair: tuple[str, str], sessions: sessionmaker[Session]
) -> None:
    first, second = pair
    form = form_on(staff.get(f"/moderation/{first}/beside/{second}").text, "/apart")
    act(staff, second, first, "merge")

    answer = press(staff, form)

    assert answer.status_code == 400
    assert "这两件已经并单" in answer.text
    assert (events(sessions, first), events(sessions, second)) == (["received", "absorbed"], ["received", "merge"])


def test_a_merged_one_is_taken_out_once(
    staff: FlaskClient, pair: tuple[str, str], sessions: sessionmaker[Session]
) -> None:
    first, second = pair
    act(staff, second, first, "merge")
    form = form_on(staff.get(f"/moderation/{second}").text, "/unmerge")

    answers = [press(staff, form) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 409]
    assert "<strong>拆分</strong>" in answers[1].text
    assert events(sessions, second) == ["received", "merge", "unmerge"]


def test_one_is_suspected_as_long_as_it_is_like_any_other(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    made = [make.make_submission(text=text).number for text in (TEXT, COPY, TEXT + "好。")]
    compare(sessions)
    first, second, third = made

    suspected = [listed(staff)]
    for one, other, what in ((first, second, "apart"), (first, third, "apart"), (third, second, "merge")):
        assert act(staff, one, other, what)[0] == 302
        suspected.append(listed(staff))

    assert suspected == [made, made, [second, third], []]


def test_what_cannot_be_merged_is_refused(staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]) -> None:
    one, two, three = (make.make_submission(text=TEXT).number for _ in range(3))
    compare(sessions)
    assert act(staff, two, one, "merge")[0] == 302

    refused = [act(staff, three, two, "merge"), act(staff, one, three, "merge"), act(staff, one, one, "merge")]

    assert [status for status, _ in refused] == [400, 400, 400]
    assert "已经并入别的意见" in refused[0][1]
    assert "已有意见并入这一件" in refused[1][1]
    assert [stored(sessions, number).status for number in (one, two, three)] == ["received", "merged", "received"]


def test_an_older_page_merges_nothing(
    staff: FlaskClient, pair: tuple[str, str], sessions: sessionmaker[Session]
) -> None:
    first, second = pair
    fields = staff_fields(staff.get(f"/moderation/{second}").text)
    decide(staff, second, "accept")

    answer = staff.post(f"/moderation/{second}/beside/{first}/merge", data=fields)

    assert answer.status_code == 409
    assert stored(sessions, second).status == "accepted"


@pytest.mark.on_both("a statement of its own")
def test_trial_entries_are_compared_with_nobody_and_erased_texts_leave(
    make: Factory, sessions: sessionmaker[Session]
) -> None:
    number = make.make_submission(text=TEXT).number
    make.set_campaign(status="draft")
    make.make_submission(text=TEXT)
    compare(sessions)
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Likeness)) == 0
        assert session.scalar(select(func.count(Sketch.submission_id.distinct()))) == 1

    own = stored(sessions, number).id
    with writing(sessions) as session:
        erased = update(Text).where(Text.submission_id == own)
        session.execute(erased.values(body=None, erased_on=china_day(NOW)))
        search_index.mark(session.connection(), own)
    compare(sessions)

    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Sketch)) == 0
