"""Group codes on pages: made as cards, used on the form, counted without telling of few."""

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pypdfium2
import pytest
import zxingcpp
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

from feedback.base.domain.permission import Role
from feedback.campaigns.domain.group_code import in_print
from feedback.campaigns.models.group_code import GroupCode, GroupCodeBatch
from feedback.cases.models.submission import Submission
from feedback.intake.domain.throttle import Bucket
from feedback.intake.services.group_code import write_anew
from feedback.intake.web import public
from tests.conftest import Person
from tests.factories import Factory
from tests.pages import fill_in, submit
from tests.web import contents, count, form_on, forms_on, settle

PAGE = "/campaigns/1/group-codes/"


@pytest.fixture
def manager(person: Person) -> FlaskClient:
    """Somebody who sets campaigns up."""
    return person(Role.CAMPAIGN_MANAGER)


@pytest.fixture
def codes(make: Factory) -> list[str]:
    """Twelve codes for lawyers."""
    return make.make_group_codes(count=12)


def order(manager: FlaskClient, **typed: str) -> TestResponse:
    form = form_on(manager.get(PAGE).text, "/create")
    return manager.post(form.action, data={**form.fields, "group": "lawyer", "channel": "1", **typed})


def addresses_on(pdf: bytes) -> list[str]:
    pages = pypdfium2.PdfDocument(io.BytesIO(pdf))
    pictures = [page.render(scale=150 / 72).to_pil() for page in pages]
    return [code.text for picture in pictures for code in zxingcpp.read_barcodes(picture)]


def proven(sessions: sessionmaker[Session]) -> list[tuple[str | None, bool]]:
    settle(sessions)
    with sessions() as session:
        found = session.execute(select(Submission.respondent_group, Submission.is_proven).order_by(Submission.id))
        return [(group, is_proven) for group, is_proven in found]


@pytest.mark.on_both("a statement of its own")
def test_a_batch_is_answered_with_cards_that_prove(
    manager: FlaskClient, client: FlaskClient, channel_code: str, sessions: sessionmaker[Session]
) -> None:
    answer = order(manager, count="12")

    addresses = addresses_on(answer.data)
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Disposition"].isascii()
    assert len(set(addresses)) == count(sessions, GroupCode) == 12
    address, _, code = addresses[7].partition("#")
    assert address.endswith(f"/f/{channel_code}")
    assert submit(client, channel_code, text="一位律师的建议", group_code=code).status_code == 200
    assert proven(sessions) == [("lawyer", True)]


def test_the_form_asks_for_a_code_only_where_there_are_any(
    client: FlaskClient, channel_code: str, make: Factory
) -> None:
    assert 'name="group_code"' not in client.get(f"/f/{channel_code}").text

    make.make_group_codes()

    assert 'name="group_code"' in client.get(f"/f/{channel_code}").text


@pytest.mark.parametrize("typed", [in_print, str.lower, lambda code: f" {code[:4]} {code[4:8]} {code[8:]} "])
def test_a_code_is_taken_however_it_is_typed_and_the_receipt_says_so(
    client: FlaskClient, channel_code: str, codes: list[str], typed: Callable[[str], str]
) -> None:
    answer = submit(client, channel_code, text="一位律师的建议", group_code=typed(codes[0]), respondent_group="citizen")

    assert answer.status_code == 200
    assert "按“律师代表”统计" in answer.text


@pytest.mark.parametrize("is_used", [False, True])
def test_a_wrong_or_used_code_gives_everything_back_and_the_opinion_goes_without(
    client: FlaskClient, channel_code: str, codes: list[str], sessions: sessionmaker[Session], is_used: bool
) -> None:
    if is_used:
        submit(client, channel_code, text="先来的", group_code=codes[0])
    form = fill_in(
        client, channel_code, text="后来的", respondent_group="lawyer", group_code=codes[0] if is_used else "0" * 12
    )

    refused = client.post(f"/f/{channel_code}", data=form)
    taken = client.post(f"/f/{channel_code}", data={**form, "group_code": ""})

    assert refused.status_code == 400
    assert "不对，或者已经用过" in refused.text and "后来的" in refused.text
    assert taken.status_code == 200
    assert ("lawyer", False) in proven(sessions)


def test_what_cannot_be_a_code_is_said_at_once(client: FlaskClient, channel_code: str, codes: list[str]) -> None:
    answer = submit(client, channel_code, text="建议", group_code="不记得了")

    assert answer.status_code == 400
    assert "邀请码是 12 位" in answer.text


def test_many_wrong_codes_are_slowed_and_right_ones_and_none_are_not(
    client: FlaskClient, channel_code: str, codes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # One at once and one more every three seconds, so that no machine is too slow to see it.
    monkeypatch.setattr(public, "WRONG_CODES_PER_SECOND", 1)
    form = fill_in(client, channel_code, text="猜一猜")

    first, second = (client.post(f"/f/{channel_code}", data={**form, "group_code": f"{n:012}"}) for n in range(2))

    assert (first.status_code, second.status_code) == (400, 429)
    assert "猜一猜" in second.text and second.headers["Retry-After"] == "60"
    assert submit(client, channel_code, text="有邀请码的", group_code=codes[0]).status_code == 200
    assert submit(client, channel_code, text="没有邀请码的").status_code == 200


@pytest.mark.parametrize("workers", [1, 2, 4, 10])
def test_all_processes_together_tell_thirty_a_second(workers: int) -> None:
    share, began = public.WRONG_CODES_PER_SECOND / workers, datetime(2026, 11, 20, tzinfo=UTC)
    bucket = Bucket(max(1.0, share / 3), share * 2 / 3, max(1.0, share / 3), began)
    told = []

    for tick in range(5_000):
        moment = began + timedelta(milliseconds=tick)
        bucket, is_allowed = bucket.take(moment)
        told += [tick] * is_allowed

    busiest = max(sum(start <= tick < start + 1_000 for tick in told) for start in told)
    assert workers * busiest <= public.WRONG_CODES_PER_SECOND + workers


def test_nobody_sees_on_the_page_when_one_more_is_used(
    manager: FlaskClient, client: FlaskClient, channel_code: str, codes: list[str], sessions: sessionmaker[Session]
) -> None:
    at_once, seen = [], [re.findall("已用[^<]*", manager.get(PAGE).text)]
    for code in codes:
        submit(client, channel_code, text=f"律师 {code}", group_code=code)
        at_once.append(re.findall("已用[^<]*", manager.get(PAGE).text))
        write_anew(sessions)
        seen.append(re.findall("已用[^<]*", manager.get(PAGE).text))

    # The number moves when a worker has been there, once an hour.
    assert at_once == seen[:-1]
    assert seen == [["已用不足 10 张"]] * 10 + [["已用10 多张"]] * 3


def test_a_form_that_was_open_when_its_batch_was_revoked_still_shows_what_is_wrong(
    manager: FlaskClient, client: FlaskClient, channel_code: str, codes: list[str]
) -> None:
    form = fill_in(client, channel_code, text="卡片刚作废", group_code=codes[0])
    revoking = form_on(manager.get(PAGE).text, "/revoke")
    manager.post(revoking.action, data=revoking.fields)

    answer = client.post(f"/f/{channel_code}", data=form)

    assert answer.status_code == 400
    assert 'id="group_code"' in answer.text and 'href="#group_code"' in answer.text


@pytest.mark.on_both("a statement of its own")
def test_a_revoked_batch_is_shown_and_refused(
    manager: FlaskClient, client: FlaskClient, channel_code: str, codes: list[str], sessions: sessionmaker[Session]
) -> None:
    form = form_on(manager.get(PAGE).text, "/revoke")

    manager.post(form.action, data=form.fields)

    assert "已作废" in manager.get(PAGE).text
    assert submit(client, channel_code, text="作废以后", group_code=codes[0]).status_code == 400
    assert count(sessions, GroupCodeBatch) == 1


@pytest.mark.parametrize(
    "typed", [{"count": "9"}, {"count": "101"}, {"count": "x"}, {"group": "king"}, {"channel": "99"}]
)
def test_a_mistaken_order_makes_no_code(
    manager: FlaskClient, sessions: sessionmaker[Session], typed: dict[str, str]
) -> None:
    before = contents(sessions)

    answer = order(manager, **{"count": "10", **typed})

    assert answer.status_code == 400
    assert contents(sessions) == before


def test_a_batch_of_another_campaign_is_not_revoked_here(manager: FlaskClient, codes: list[str]) -> None:
    token = forms_on(manager.get(PAGE).text)[-1].value("csrf_token")

    assert manager.post(f"{PAGE}99/revoke", data={"csrf_token": token}).status_code == 404
