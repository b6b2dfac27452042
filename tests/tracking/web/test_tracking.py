"""Following an opinion by its code: what the sender sees, and what nobody sees."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.files import default_campaign
from feedback.base.domain.code import in_groups
from feedback.cases.domain.submission import PUBLIC_LABELS, STATUS_LABELS
from feedback.cases.models.contact import Contact
from tests.factories import Factory
from tests.pages import decide, without_style
from tests.web import contents, events, form_on, press, revise

WRONG = "7K3M 9QXD R2VH 5TNA"
REPLY = {"body": "您好，\n已增加车位。", "outcome": "partly_adopted", "summary": "增加车位"}


def track(client: FlaskClient, code: str) -> str:
    """The progress page of a code."""
    answer = client.post("/track", data={"code": code})
    assert answer.status_code == 200, answer.text
    return answer.text


def current(page: str) -> str:
    """The public state the page marks as the present one."""
    found = re.findall(r'aria-current="step">\s*<strong>(.*?)</strong>', page)
    assert len(found) == 1, page
    return str(found[0])


TYPED: dict[str, Callable[[str], str]] = {
    "as stored": lambda code: code,
    "in groups": lambda code: " ".join(re.findall("....", code)),
    "lower case": str.lower,
    "with dashes": lambda code: "-".join(re.findall("....", code)),
    "with blanks around": lambda code: f"  {code}　\n",
    "full width": lambda code: "".join(chr(ord(symbol) + 0xFEE0) for symbol in code),
    "look-alikes": lambda code: code.replace("0", "O").replace("1", "I"),
    "other look-alikes": lambda code: code.replace("0", "o").replace("1", "l"),
    "with a full stop": lambda code: f"{code}。",
}


@pytest.mark.parametrize("typed", TYPED.values(), ids=TYPED)
def test_a_code_works_however_it_is_typed(client: FlaskClient, make: Factory, typed: Callable[[str], str]) -> None:
    receipt = make.make_submission()

    assert receipt.number in track(client, typed(receipt.code))


@pytest.mark.parametrize("code", ["", WRONG, "停车难", "7" * 17, "7" * 15, "U" * 16, "\x01" * 16])
def test_a_wrong_code_is_told_gently_and_given_back(client: FlaskClient, make: Factory, code: str) -> None:
    make.make_submission()

    answer = client.post("/track", data={"code": code})

    assert answer.status_code == 404
    assert "没有查到这个查询码。" in answer.text
    assert form_on(answer.text, "/track").value("code") == code


def test_after_many_wrong_codes_only_right_ones_are_answered_at_once(client: FlaskClient, make: Factory) -> None:
    receipt = make.make_submission()
    answers = (client.post("/track", data={"code": WRONG}) for _ in range(600))

    slowed = next(answer for answer in answers if answer.status_code != 404)

    assert (slowed.status_code, slowed.headers["Retry-After"]) == (429, "60")
    assert "输对的查询码随时可以查到" in slowed.text
    assert receipt.number in track(client, receipt.code)


def test_sixty_people_may_mistype_in_the_same_second(client: FlaskClient) -> None:
    answers = [client.post("/track", data={"code": WRONG}).status_code for _ in range(60)]

    assert answers == [404] * 60


def test_withdrawing_is_slowed_like_tracking(client: FlaskClient) -> None:
    answers = {client.post("/track/withdraw-contact", data={"code": WRONG}).status_code for _ in range(200)}

    assert answers == {404, 429}


@pytest.mark.timeout(20, func_only=True)
def test_a_huge_code_costs_no_work(client: FlaskClient) -> None:
    """Normalising takes the square of the number of combining marks: these once held a worker for 45 s."""
    answer = client.post("/track", data={"code": "\u0301\u0323" * 100_000})

    assert answer.status_code == 404


def test_the_sender_sees_four_states(client: FlaskClient, staff: FlaskClient, make: Factory) -> None:
    kept, refused = make.make_submission(), make.make_submission()
    seen = [current(track(client, kept.code))]

    for action, fields in (("accept", {}), ("reply", REPLY), ("complete", {}), ("reopen", {"reason": "补充"})):
        assert decide(staff, kept.number, action, **fields).status_code == 302
        seen.append(current(track(client, kept.code)))
    decide(staff, refused.number, "reject", kind="out_of_scope", reason="不属于政法机关职责")
    seen.append(current(track(client, refused.code)))

    assert seen == ["待审查", "办理中", "已答复", "已答复", "办理中", "不属于受理范围"]


def test_a_reason_for_refusing_is_shown_until_the_case_is_taken_up_again(
    client: FlaskClient, staff: FlaskClient, make: Factory
) -> None:
    receipt = make.make_submission()

    decide(staff, receipt.number, "reject", kind="out_of_scope", reason="属于物业管理，\n请拨打 12345。")
    refused = track(client, receipt.code)
    decide(staff, receipt.number, "reopen", reason="内部：重新看")
    reopened = track(client, receipt.code)

    assert '<p class="quoted">属于物业管理，\n请拨打 12345。</p>' in refused
    assert "属于物业管理" not in reopened
    assert current(reopened) == "待审查"


def test_every_answer_is_shown_the_newest_first(client: FlaskClient, staff: FlaskClient, make: Factory) -> None:
    receipt = make.make_submission()
    decide(staff, receipt.number, "reply", **REPLY)
    decide(staff, receipt.number, "reopen", reason="补充")
    decide(staff, receipt.number, "reply", **{**REPLY, "body": "车位已划好。", "outcome": "adopted"})

    page = track(client, receipt.code)

    assert page.index("车位已划好。") < page.index("以前的答复") < page.index("您好，\n已增加车位。")
    assert '<span class="tag">采纳</span>' in page


def test_an_outcome_that_came_with_a_later_version_is_shown_too(
    client: FlaskClient, staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    receipt = make.make_submission()
    sets = default_campaign()["content"]["sets"]
    revise(sessions, sets=sets | {"outcome": [{"key": "piloted", "label": "先行试点"}]})

    assert decide(staff, receipt.number, "reply", **{**REPLY, "outcome": "piloted"}).status_code == 302

    assert "先行试点" in track(client, receipt.code)


def test_neither_staff_nor_times_nor_inner_states_are_shown(
    client: FlaskClient, colleague: FlaskClient, make: Factory
) -> None:
    receipt = make.make_submission()
    hidden = {"周敏", "内部理由", "增加车位归纳", *STATUS_LABELS.values(), *STATUS_LABELS} - set(PUBLIC_LABELS.values())
    steps = [
        ("accept", {}), ("reply", {**REPLY, "summary": "增加车位归纳"}), ("complete", {}),
        ("reopen", {"reason": "内部理由"}), ("reject", {"kind": "out_of_scope", "reason": "不归我们管"}),
    ]  # fmt: skip

    for action, fields in steps:
        assert decide(colleague, receipt.number, action, **fields).status_code == 302
        page = without_style(track(client, receipt.code))
        assert [words for words in hidden if words in page] == []
        assert re.search(r"\d:\d\d|\d ?时", page) is None


def test_a_sender_can_delete_the_contact_details_for_good(
    client: FlaskClient, staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    receipt = make.make_submission(name="王小明", phone="13812341234", has_consented=True)
    form = form_on(track(client, receipt.code), "/track/withdraw-contact")

    page = press(client, form).text

    shown = staff.get(f"/moderation/{receipt.number}").text
    assert "提出人删除了联系方式" in shown
    assert "查看联系方式" not in shown
    make.settle()
    with sessions() as session:
        contact = session.scalars(select(Contact)).one()
    assert "联系方式已删除，工作人员不能再看到，下一个整点以后从系统里清除。" in page
    assert (contact.name, contact.phone, contact.withdrawn_on is None) == (None, None, False)
    assert events(sessions, receipt.number) == ["received", "contact_withdrawn"]
    shown = staff.get(f"/moderation/{receipt.number}").text
    assert "提出人删除了联系方式" in shown
    assert "查看联系方式" not in shown


def test_deleting_twice_does_no_harm(client: FlaskClient, make: Factory, sessions: sessionmaker[Session]) -> None:
    receipt = make.make_submission(name="王小明", has_consented=True)
    client.post("/track/withdraw-contact", data={"code": receipt.code})
    before = contents(sessions)

    again = client.post("/track/withdraw-contact", data={"code": receipt.code})

    assert again.status_code == 200
    assert contents(sessions) == before


def test_a_wrong_code_deletes_nothing(client: FlaskClient, make: Factory, sessions: sessionmaker[Session]) -> None:
    make.make_submission(name="王小明", has_consented=True)
    before = contents(sessions)

    assert client.post("/track/withdraw-contact", data={"code": WRONG}).status_code == 404

    assert contents(sessions) == before


def test_a_code_in_the_address_shows_nothing(client: FlaskClient, make: Factory) -> None:
    receipt = make.make_submission()

    page = client.get(f"/track?code={receipt.code}").text

    assert receipt.number not in page
    assert receipt.code not in page


def test_the_code_stays_in_sight(client: FlaskClient, make: Factory) -> None:
    code = make.make_submission().code

    page = client.post("/track", data={"code": code.lower()}).text

    assert f"查询码 {in_groups(code)}" in page
