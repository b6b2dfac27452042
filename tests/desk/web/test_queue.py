"""The queue: filters, counts, and pages that visit every submission once."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.database import writing
from feedback.base.adapters.files import default_campaign
from feedback.base.domain.moment import china_day, hour_of, in_days
from feedback.base.domain.permission import Role
from feedback.campaigns.models.campaign import Campaign
from feedback.campaigns.services.channel import ChannelDetails, create_channel
from feedback.editing.services.campaign import create_campaign, get_campaign, open_campaign
from feedback.people.services.unit import root_unit
from tests.actors import index_words
from tests.conftest import NOW, signed_in
from tests.factories import Factory
from tests.pages import decide, fill_in
from tests.web import texts

pytestmark = pytest.mark.on_both("dates and search")

REPLY = {"body": "好", "outcome": "adopted", "summary": "好"}


def numbers(page: str) -> list[str]:
    """The submissions a page of the queue lists, in their order."""
    return re.findall(r"<strong>([A-Z][0-9]-[0-9]{5,7})</strong>", page)


def counts(page: str) -> dict[str, int]:
    """The queues at the side with their counts."""
    found = re.findall(r'<span>([^<]+)</span><span class="number">(\d+)</span>', page)
    return {label: int(count) for label, count in found}


def ages(page: str) -> dict[str, str]:
    """How long the oldest of each queue has waited, for queues that hold anything."""
    found = re.findall(
        r'<span>([^<]+)</span><span class="number">\d+</span><span class="age"[^>]*>([^<]+)</span>', page
    )
    return dict(found)


def listed(staff: FlaskClient, query: str = "") -> list[str]:
    """What the first page lists under a filter."""
    return numbers(staff.get(f"/moderation/?{query}").text)


def at(make: Factory, moment: datetime) -> Factory:
    """A factory whose submissions arrive at another moment."""
    return Factory(make.sessions, make.keys, make.actor, moment)


def test_an_empty_queue_says_so(staff: FlaskClient) -> None:
    page = staff.get("/moderation/").text

    assert "没有符合筛选的意见。" in page
    assert set(counts(page).values()) == {0}


def test_the_oldest_stands_first(staff: FlaskClient, make: Factory) -> None:
    made = [make.make_submission().number for _ in range(5)]

    assert listed(staff) == made


def test_paging_visits_every_submission_once(staff: FlaskClient, make: Factory) -> None:
    made = [make.make_submission(kind="problem").number for _ in range(65)]
    make.make_submission(kind="praise")
    visited, address = [], "/moderation/?kind=problem"

    while address:
        page = staff.get(address).text
        visited.append(numbers(page))
        link = re.search(r'rel="next" href="([^"]+)"', page)
        address = link[1].replace("&amp;", "&") if link else ""

    assert [len(part) for part in visited] == [30, 30, 5]
    assert [number for part in visited for number in part] == made


def test_a_page_stays_where_it_is_while_others_are_decided(staff: FlaskClient, make: Factory) -> None:
    made = [make.make_submission().number for _ in range(32)]
    page = staff.get("/moderation/?status=received").text
    link = re.search(r'rel="next" href="([^"]+)"', page)
    assert link is not None

    for number in made[:5]:
        decide(staff, number, "accept")

    assert numbers(staff.get(link[1].replace("&amp;", "&")).text) == made[30:]


def test_a_full_last_page_leads_nowhere(staff: FlaskClient, make: Factory) -> None:
    for _ in range(30):
        make.make_submission()

    assert 'rel="next"' not in staff.get("/moderation/").text


def test_an_unknown_place_to_go_on_from_lists_nothing(staff: FlaskClient, make: Factory) -> None:
    make.make_submission()

    assert listed(staff, "after=Z9-99999") == []


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("group=lawyer", {"lawyer"}),
        ("kind=praise", {"praise"}),
        ("category=heroes", {"heroes"}),
        ("group=lawyer&kind=praise", set()),
        ("group=made_up", set()),
        ("status=received", {"lawyer", "praise", "heroes", "plain"}),
        ("status=accepted", set()),
        ("status=made_up&campaign=x&unit=y&from_day=z", {"lawyer", "praise", "heroes", "plain"}),
        ("group=&kind=&category=&unit=&channel=&status=&from_day=&to_day=", {"lawyer", "praise", "heroes", "plain"}),
    ],
)
def test_a_filter_shows_what_it_says(staff: FlaskClient, make: Factory, query: str, wanted: set[str]) -> None:
    made = {
        "lawyer": make.make_submission(respondent_group="lawyer"),
        "praise": make.make_submission(kind="praise"),
        "heroes": make.make_submission(category="heroes"),
        "plain": make.make_submission(),
    }

    assert set(listed(staff, query)) == {made[name].number for name in wanted}


def test_the_filters_chosen_stay_chosen(staff: FlaskClient) -> None:
    page = staff.get("/moderation/?group=lawyer&kind=praise&from_day=2026-11-01&status=accepted").text

    for chosen in (
        'value="lawyer" selected',
        'value="praise" selected',
        'value="accepted" selected',
        'value="2026-11-01"',
    ):
        assert chosen in page


def test_a_filter_by_unit_and_channel(staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]) -> None:
    with writing(sessions) as session:
        other = create_channel(session, get_campaign(session, "default"), ChannelDetails("城东大厅"), now=NOW)
        root = root_unit(session).id
    first, second = make.make_submission().number, make.make_submission().number
    decide(staff, second, "classify", category="", task="", issue_nature="", responsible_unit=str(root))
    page = staff.get("/moderation/").text
    channels = dict(re.findall(r'<option value="(\d+)">(默认二维码|城东大厅)</option>', page))

    assert listed(staff, f"unit={root}") == [second]
    assert [listed(staff, f"channel={channel}") for channel in channels] == [[first, second], []]
    assert other


def test_days_are_chinese_days_with_both_ends_included(staff: FlaskClient, make: Factory) -> None:
    moments = ["2026-11-18 15:59", "2026-11-18 16:00", "2026-11-19 15:59", "2026-11-19 16:00"]
    made = [at(make, datetime.fromisoformat(moment).replace(tzinfo=UTC)).make_submission().number for moment in moments]

    assert listed(staff, "from_day=2026-11-19&to_day=2026-11-19") == made[1:3]
    assert listed(staff, "from_day=2026-11-20") == made[3:]
    assert listed(staff, "to_day=2026-11-18") == made[:1]


def test_staff_see_the_hour_and_the_sender_the_day(client: FlaskClient, staff: FlaskClient, make: Factory) -> None:
    receipt = at(make, datetime(2026, 11, 19, 17, 45, 30, tzinfo=UTC)).make_submission()

    page, progress = staff.get("/moderation/").text, client.post("/track", data={"code": receipt.code}).text

    assert "2026-11-20 01 时许" in page
    assert "2026-11-20 收到" in progress
    assert "01 时" not in progress and ":45" not in page


def test_the_counts_are_those_of_the_queues(staff: FlaskClient, make: Factory) -> None:
    made = [make.make_submission().number for _ in range(6)]
    decide(staff, made[0], "accept")
    decide(staff, made[1], "reject", kind="out_of_scope", reason="好")
    decide(staff, made[2], "reply", **REPLY)
    decide(staff, made[3], "reply", **REPLY)
    decide(staff, made[3], "complete")

    shown = counts(staff.get("/moderation/?kind=praise").text)

    assert shown == {
        "待受理": 2, "待转办": 1, "我认领的": 0, "待签发": 0, "待确认": 0, "已逾期": 0, "疑似重复": 0, "可疑": 0,
        "已转办": 0, "已答复": 1, "已办结": 1, "不予受理": 1, "已并单": 0, "涉密封存": 0, "全部": 6,
    }  # fmt: skip


def test_how_long_the_oldest_of_each_queue_has_waited_is_said(staff: FlaskClient, make: Factory) -> None:
    today = datetime.now(UTC)
    old = at(make, today - timedelta(days=40, hours=2)).make_submission().number
    at(make, today - timedelta(days=1, hours=2)).make_submission()
    at(make, today - timedelta(hours=5, minutes=1)).make_submission()
    decide(staff, old, "accept")

    page = staff.get("/moderation/?status=received").text

    assert ages(page) == {"待受理": "1 天", "待转办": "40 天", "全部": "40 天"}
    assert f"最早一件收到于 {china_day(today - timedelta(days=1, hours=2))}（1 天前）" in page


def test_who_only_reads_is_told_days_where_others_are_told_hours(
    app: Flask, staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    make.make_user("li", Role.SUPERVISOR)
    received_at = hour_of(datetime.now(UTC) - timedelta(hours=1))
    at(make, received_at).make_submission()

    read, decided = (browser.get("/moderation/").text for browser in (signed_in(app, sessions, "li"), staff))

    assert ages(read)["待受理"] == in_days(received_at, datetime.now(UTC))
    assert "小时" not in read
    assert ages(decided)["待受理"].endswith(" 小时")


def test_the_oldest_is_said_of_a_search_and_not_on_later_pages(staff: FlaskClient, make: Factory) -> None:
    day = datetime.now(UTC) - timedelta(days=2)
    made = [at(make, day).make_submission(text=f"停车{place}").number for place in range(31)]
    index_words(make.sessions)

    first, later = (staff.get(f"/moderation/?query=停车{rest}").text for rest in ("", f"&after={made[29]}"))

    assert f"最早一件收到于 {china_day(day)}" in first
    assert numbers(later) == made[30:]
    assert "最早一件收到于" not in later


def test_a_draft_shows_its_trials_and_no_real_ones(
    client: FlaskClient, staff: FlaskClient, channel_code: str, make: Factory, sessions: sessionmaker[Session]
) -> None:
    make.set_campaign(status="draft")
    client.post(f"/f/{channel_code}", data=fill_in(client, channel_code, text="试一试"))

    page = staff.get("/moderation/").text

    assert len(numbers(page)) == 1
    assert '<span class="tag warn">试填</span>' in page
    assert '<small class="tag warn">草稿（试填）</small>' in page
    assert counts(page)["全部"] == 1
    assert "导出汇总表" not in page
    assert texts(sessions) == ["试一试"]


def test_an_opened_campaign_shows_no_trial(
    client: FlaskClient, staff: FlaskClient, channel_code: str, make: Factory, sessions: sessionmaker[Session]
) -> None:
    make.set_campaign(status="draft")
    client.post(f"/f/{channel_code}", data=fill_in(client, channel_code, text="试一试"))
    with writing(sessions) as session:
        open_campaign(session, get_campaign(session, "default"), now=NOW)

    page = staff.get("/moderation/").text

    assert numbers(page) == []
    assert texts(sessions) == [None]


def test_each_campaign_has_a_queue_of_its_own(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    number = make.make_submission().number
    with writing(sessions) as session:
        first = get_campaign(session, "default")
        second = Campaign(
            code="second", title="第二个活动", unit_id=first.unit_id, deadlines={}, retention_months=36, imprint={}
        )
        session.add(second)
        session.flush()
        ids = (first.id, second.id)

    assert [listed(staff, f"campaign={campaign}") for campaign in ids] == [[number], []]


def test_an_excerpt_is_one_line_of_a_long_text(staff: FlaskClient, make: Factory) -> None:
    make.make_submission(text="第一行\n\n第二行 " + "长" * 500 + "结尾")

    page = staff.get("/moderation/").text

    assert "第一行 第二行 长长" in page
    assert "结尾" not in page
    assert "长…" in page


def test_a_new_draft_does_not_take_the_place_of_what_is_open(staff: FlaskClient, make: Factory) -> None:
    number = make.make_submission().number
    with writing(make.sessions) as session:
        create_campaign(session, default_campaign(), code="second", unit=root_unit(session), now=make.now)

    assert number in staff.get("/moderation/").text


def test_what_is_searched_for_is_listed_with_marks_and_kept_while_filtering(staff: FlaskClient, make: Factory) -> None:
    number = make.make_submission(text="门口<b>停 车</b>难。", kind="problem").number
    make.make_submission(text="窗口少。", kind="problem")
    index_words(make.sessions)

    page = staff.get("/moderation/?query=停车&kind=problem").text

    assert numbers(page) == [number]
    assert "<mark>停 车</mark>" in page
    assert "&lt;b&gt;" in page
    assert 'name="query" value="停车"' in page
    assert 'name="kind" value="problem"' in page
    assert numbers(staff.get(f"/moderation/?query={number}").text) == []
    assert f"<strong><mark>{number}</mark></strong>" in staff.get(f"/moderation/?query={number}").text


def test_a_search_without_a_result_says_what_to_do(staff: FlaskClient, make: Factory) -> None:
    make.make_submission()

    assert "没有找到“不存在的词”" in staff.get("/moderation/?query=不存在的词").text
    assert len(listed(staff, "query=%20，。")) == 1
