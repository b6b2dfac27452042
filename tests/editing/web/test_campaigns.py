"""Setting a campaign up with the pages alone: made, edited line by line, published, opened, closed, taken along."""

import io
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

from feedback.assembly import worker
from feedback.base.adapters import jobs
from feedback.base.adapters.database import writing
from feedback.base.config import Settings
from feedback.base.domain.permission import Role
from feedback.base.models.audit import AuditEntry
from feedback.campaigns.models.campaign import Campaign, CampaignVersion
from feedback.campaigns.services.channel import ChannelDetails, create_channel
from feedback.cases.models.submission import Answer
from tests.conftest import NOW, Person
from tests.factories import Factory
from tests.pages import submit
from tests.web import contents, form_on, forms_on, settle


@pytest.fixture
def manager(person: Person) -> FlaskClient:
    """Somebody who sets campaigns up and reads no opinion."""
    return person(Role.CAMPAIGN_MANAGER)


def fields_on(page: str) -> dict[str, list[str]]:
    """The fields of the one form that saves."""
    (found,) = [form for form in forms_on(page) if "保存" in form.buttons or "建立草稿" in form.buttons]
    return found.fields


def send(browser: FlaskClient, address: str, /, **typed: Any) -> TestResponse:
    """Open a page and send its form, with some fields typed over."""
    return browser.post(address, data={**fields_on(browser.get(address).text), **typed})


def press(browser: FlaskClient, action: str, *, campaign_id: int = 1) -> TestResponse:
    """Press a button of a campaign's page."""
    form = form_on(browser.get(f"/campaigns/{campaign_id}").text, action)
    return browser.post(form.action, data=form.fields)


def stored(sessions: sessionmaker[Session], campaign_id: int = 1) -> Campaign:
    with sessions() as session:
        return session.get_one(Campaign, campaign_id)


def versions(sessions: sessionmaker[Session], campaign_id: int = 1) -> list[dict[str, Any]]:
    with sessions() as session:
        found = select(CampaignVersion.content).where(CampaignVersion.campaign_id == campaign_id)
        return list(session.scalars(found.order_by(CampaignVersion.number)))


def make_draft(manager: FlaskClient, sessions: sessionmaker[Session], title: str = "开门纳谏") -> int:
    answer = send(manager, "/campaigns/create", title=title, unit="1")
    assert answer.status_code == 302, answer.text
    with sessions() as session:
        return session.scalars(select(Campaign.id).where(Campaign.title == title)).one()


@pytest.mark.on_both("a statement of its own")
def test_a_campaign_is_made_edited_tried_and_opened(
    manager: FlaskClient, client: FlaskClient, sessions: sessionmaker[Session]
) -> None:
    campaign_id = make_draft(manager, sessions)
    with writing(sessions) as session:
        code = create_channel(session, session.get_one(Campaign, campaign_id), ChannelDetails("大厅"), now=NOW)
    asked = f"/campaigns/{campaign_id}/edit/questions"
    empty = fields_on(manager.get(asked).text)
    two = {
        "row": ["0", "1"], "key": ["", ""], "kind": ["single_choice", "date"],
        "label": ["从哪个门进来？", "哪天来的？"],
        "options": ["东门\n西门", ""], "lowest": ["", ""], "highest": ["", ""], "groups-1": ["lawyer"],
    }  # fmt: skip

    assert manager.post(asked, data={**empty, **two}).status_code == 302
    assert "从哪个门进来" not in client.get(f"/f/{code}").text
    assert press(manager, "/publish", campaign_id=campaign_id).status_code == 302

    form = client.get(f"/f/{code}").text
    assert "从哪个门进来？" in form
    assert "请律师代表填写：" in form
    first, second = versions(sessions, campaign_id)[-1]["questions"]
    sent = submit(
        client,
        code,
        text="试一试",
        **{f"q_{first['key']}": first["options"][1]["key"], f"q_{second['key']}": "2026-11-20"},
    )
    assert sent.status_code == 200
    settle(sessions)
    with sessions() as session:
        assert sorted(session.scalars(select(Answer.value))) == sorted([first["options"][1]["key"], "2026-11-20"])
    assert press(manager, "/open", campaign_id=campaign_id).status_code == 302
    assert stored(sessions, campaign_id).status == "open"


def test_opening_leaves_no_byte_of_a_trial(
    manager: FlaskClient,
    client: FlaskClient,
    sessions: sessionmaker[Session],
    settings: Settings,
    channel_code: str,
    make: Factory,
) -> None:
    make.set_campaign(status="draft")
    submit(client, channel_code, text="试填金丝雀")

    press(manager, "/open")

    lease = jobs.lease_next(sessions, now=datetime.now(UTC))
    assert lease is not None
    worker.run(worker.Bench(sessions, make.keys, settings.exports), lease)
    assert jobs.lease_next(sessions, now=datetime.now(UTC)) is None
    assert "试填金丝雀" not in str(contents(sessions))
    if settings.database_url.startswith("sqlite"):
        files = Path(settings.database_url.removeprefix("sqlite:///")).parent.glob("*")
        name = Path(settings.database_url).name
        assert b"".join(one.read_bytes() for one in files if one.name.startswith(name)).count("金丝雀".encode()) == 0


def test_a_change_waits_and_what_was_asked_before_stays(
    manager: FlaskClient, client: FlaskClient, sessions: sessionmaker[Session], channel_code: str
) -> None:
    before = versions(sessions)

    send(manager, "/campaigns/1/edit/texts", title="新的标题")

    assert versions(sessions) == before
    page = manager.get("/campaigns/1").text
    assert "有改动没有发布" in page
    assert "标题：文字有改动" in page
    assert "新的标题" not in client.get(f"/f/{channel_code}").text
    assert "新的标题" in manager.get("/campaigns/1/edit/preview").text
    press(manager, "/publish")
    assert versions(sessions)[:-1] == before
    assert stored(sessions).title == "新的标题"
    assert stored(sessions).draft_content is None


@pytest.mark.parametrize("part", ["texts", "sets/kind", "asked", "questions", "privacy"])
def test_what_is_saved_as_it_was_leaves_nothing_to_publish(
    manager: FlaskClient, sessions: sessionmaker[Session], part: str
) -> None:
    assert send(manager, f"/campaigns/1/edit/{part}").status_code == 302

    assert stored(sessions).draft_content is None


def test_what_waits_can_be_forgotten(manager: FlaskClient, sessions: sessionmaker[Session]) -> None:
    send(manager, "/campaigns/1/edit/texts", title="新的标题")

    press(manager, "/discard")

    assert stored(sessions).draft_content is None
    assert len(versions(sessions)) == 1


def test_the_second_of_two_who_edit_keeps_his_typing_and_the_firsts_change(
    manager: FlaskClient, staff: FlaskClient, sessions: sessionmaker[Session]
) -> None:
    late = fields_on(manager.get("/campaigns/1/edit/sets/kind").text)
    send(staff, "/campaigns/1/edit/texts", title="新的标题")
    labels = ["提建议", *late["label"][1:]]

    refused = manager.post("/campaigns/1/edit/sets/kind", data={**late, "label": labels})

    assert refused.status_code == 409
    assert "提建议" in refused.text
    again = fields_on(refused.text)
    assert again["label"] == labels
    assert manager.post("/campaigns/1/edit/sets/kind", data=again).status_code == 302
    draft = stored(sessions).draft_content or {}
    assert (draft["title"], draft["sets"]["kind"][0]["label"]) == ("新的标题", "提建议")


def test_lines_are_moved_and_added_without_scripts_and_nothing_is_kept_until_saved(
    manager: FlaskClient, sessions: sessionmaker[Session]
) -> None:
    address = "/campaigns/1/edit/sets/kind"
    shown = fields_on(manager.get(address).text)

    moved = fields_on(manager.post(address, data={**shown, "order": "down-0"}).text)
    added = fields_on(manager.post(address, data={**moved, "order": "add"}).text)

    assert moved["label"] == [shown["label"][1], shown["label"][0], *shown["label"][2:]]
    assert added["label"] == [*moved["label"], ""]
    assert stored(sessions).draft_content is None
    refused = manager.post(address, data=added)
    assert (refused.status_code, "还没有写文字" in refused.text) == (400, True)
    added["label"][-1] = "求助"
    assert manager.post(address, data=added).status_code == 302
    draft = stored(sessions).draft_content or {}
    assert [term["label"] for term in draft["sets"]["kind"]] == added["label"]


def test_the_form_asks_what_is_ticked_in_its_order(
    manager: FlaskClient, client: FlaskClient, channel_code: str
) -> None:
    names = ["category", "kind", "agency", "respondent_group"]

    send(manager, "/campaigns/1/edit/asked", name=names, is_asked=["kind", "category"])
    press(manager, "/publish")

    page = client.get(f"/f/{channel_code}").text
    assert page.index("属于哪一类") < page.index("想说的是")
    assert "与哪个机关有关" not in page
    assert submit(client, channel_code, text="好", kind="praise").status_code == 200
    assert submit(client, channel_code, text="好", agency="court").status_code == 400


def test_a_set_that_is_none_stands_on_no_page(manager: FlaskClient) -> None:
    address = "/campaigns/1/edit/asked"

    answer = send(manager, address, name=["kind", "kind", "1;2"], is_asked=["nothing"], order="up:1")

    assert answer.status_code == 200
    names = fields_on(answer.text)["name"]
    assert sorted(names) == sorted(fields_on(manager.get(address).text)["name"])
    assert "1;2" not in answer.text and "nothing" not in answer.text


def test_the_privacy_notice_is_edited_published_and_set_back(
    manager: FlaskClient, client: FlaskClient, sessions: sessionmaker[Session], channel_code: str
) -> None:
    address, notice = "/campaigns/1/edit/privacy", f"/f/{channel_code}/privacy"
    standard = fields_on(manager.get(address).text)
    own = {"label": ["为什么收集", "谁能看到"], "text": ["为了改进。\n谢谢。", "<b>受理人员</b>"]}

    assert send(manager, address, **own).status_code == 302
    assert "隐私说明：文字有改动" in manager.get("/campaigns/1").text
    assert "为了改进。" not in client.get(notice).text
    press(manager, "/publish")

    page = client.get(notice).text
    assert "为了改进。\n谢谢。" in page
    assert "&lt;b&gt;受理人员&lt;/b&gt;" in page
    assert standard["text"][0] not in page
    assert standard["text"][0] in client.get(f"{notice}/1").text
    shown = fields_on(manager.post(address, data={**fields_on(manager.get(address).text), "order": "standard"}).text)
    assert (shown["label"], shown["text"]) == (standard["label"], standard["text"])
    assert stored(sessions).draft_content is None
    assert manager.post(address, data=shown).status_code == 302
    assert "privacy" not in (stored(sessions).draft_content or {"privacy": 1})


@pytest.mark.on_both("a statement of its own")
def test_days_rules_and_imprint_change_at_once_and_are_recorded(
    manager: FlaskClient, client: FlaskClient, sessions: sessionmaker[Session], channel_code: str
) -> None:
    send(
        manager, "/campaigns/1/settings", opens_on="2020-01-01", closes_on="2199-12-31", accept="5", phase="rectify",
        second_person="on", retention_months="12",
    )  # fmt: skip
    send(manager, "/campaigns/1/imprint", phone="0000-12345", icp="某ICP备0号", address="县政务中心三楼")
    send(manager, "/campaigns/1/imprint", undertaker="县委政法委", email="a@b.gov.cn", site_code="0123456789")

    campaign = stored(sessions)
    assert (campaign.phase, campaign.deadlines["accept"], campaign.retention_months) == ("rectify", 5, 12)
    assert (str(campaign.opens_on), str(campaign.closes_on)) == ("2020-01-01", "2199-12-31")
    assert campaign.second_person == "on"
    page = client.get(f"/f/{channel_code}").text
    shown = ("0000-12345", "某ICP备0号", "县政务中心三楼", "承办：县委政法委", "a@b.gov.cn", "网站标识码 0123456789")
    assert [one for one in shown if one not in page] == []
    with sessions() as session:
        kinds = set(session.scalars(select(AuditEntry.kind).where(AuditEntry.user_id.is_not(None))))
    assert {"campaign_scheduled", "campaign_settings_changed", "second_person_set"} <= kinds


@pytest.mark.parametrize(
    ("closes_on", "days"), [("2026-12-12", 12), ("2026-12-29", 29), ("2026-12-30", None), ("", None)]
)
def test_few_days_are_saved_and_advised_against(
    manager: FlaskClient, sessions: sessionmaker[Session], closes_on: str, days: int | None
) -> None:
    answer = send(manager, "/campaigns/1/settings", opens_on="2026-12-01", closes_on=closes_on)

    assert answer.status_code == 302
    assert str(stored(sessions).closes_on or "") == closes_on
    for page in (manager.get(answer.headers["Location"]).text, manager.get("/campaigns/1/settings").text):
        assert re.findall(r"征集时间只有 (\d+) 天，", page) == ([str(days)] if days else [])


@pytest.mark.parametrize(
    ("address", "typed"),
    [
        ("settings", {"opens_on": "2027-02-01", "closes_on": "2027-01-01"}),
        ("settings", {"accept": "0"}),
        ("settings", {"retention_months": "x"}),
        ("settings", {"second_person": "never"}),
        ("imprint", {"phone": "1" * 41}),
        ("edit/texts", {"title": " "}),
        ("edit/texts", {"title": "长" * 101}),
        ("edit/texts", {"intro": "a\x00b"}),
        ("edit/sets/kind", {"label": ["一", "一", "三", "四"]}),
        ("edit/sets/kind", {"label": ["一", "二\x00", "三", "四"]}),
        ("edit/sets/kind", {"label": ["一", "二\ufffd", "三", "四"]}),
        ("edit/questions", {"row": ["0"], "key": [""], "kind": ["colour"], "label": ["?"], "options": [""],
                            "lowest": [""], "highest": [""]}),
        ("edit/questions", {"row": ["0"], "key": [""], "kind": ["date"], "label": ["?"], "options": [""],
                            "lowest": [""], "highest": [""], "groups-0": ["nobody"]}),
        ("edit/sets/kind", {"key": ["Ä", "b", "c", "d"]}),
        ("edit/privacy", {"label": ["为什么"], "text": [" "]}),
        ("edit/privacy", {"label": ["为什么"], "text": ["好\x00"]}),
        ("edit/privacy", {"label": [], "text": []}),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_changes_nothing(
    manager: FlaskClient, sessions: sessionmaker[Session], address: str, typed: dict[str, Any]
) -> None:
    before = contents(sessions)

    answer = send(manager, f"/campaigns/1/{address}", **typed)

    assert answer.status_code == 400
    assert contents(sessions) == before


def test_a_set_up_comes_back_from_its_file(
    manager: FlaskClient, sessions: sessionmaker[Session], channel_code: str
) -> None:
    file = manager.get("/campaigns/1/export")
    assert file.headers["Content-Disposition"] == 'attachment; filename="campaign-default.json"'

    answer = manager.post(
        "/campaigns/import",
        data={**fields_of_import(manager), "file": (io.BytesIO(file.data), "campaign.json")},
    )

    assert answer.status_code == 302
    copy = manager.get(f"{answer.headers['Location']}/export").json
    whole = file.json
    # Both are here now, and no code leads two ways.
    assert [channel["code"] for channel in copy["channels"]] != [channel_code]
    for one in (copy, whole):
        del one["code"]
        one["channels"] = [{**channel, "code": ""} for channel in one["channels"]]
    assert copy == whole


def fields_of_import(manager: FlaskClient) -> dict[str, list[str]]:
    (found,) = [form for form in forms_on(manager.get("/campaigns/import").text) if "导入为草稿" in form.buttons]
    return {**{name: values for name, values in found.fields.items() if name != "file"}, "unit": ["1"]}


@pytest.mark.parametrize(
    "file",
    [b"", b"{", b"[]", b"{}", b'{"content": 1}', b"\xff\xfe", b"[" * 100_000, b'{"content": {"sets": {}}}',
     json.dumps({"content": {"title": "\x00"}}).encode()],
)  # fmt: skip
def test_a_file_that_is_none_is_refused(manager: FlaskClient, sessions: sessionmaker[Session], file: bytes) -> None:
    before = contents(sessions)

    answer = manager.post("/campaigns/import", data={**fields_of_import(manager), "file": (io.BytesIO(file), "x.json")})

    assert answer.status_code == 400
    assert contents(sessions) == before


@pytest.mark.parametrize("place", ["title", "unit of a channel"])
def test_a_file_with_characters_that_cannot_be_kept_is_refused(
    manager: FlaskClient, sessions: sessionmaker[Session], place: str
) -> None:
    setup, before = json.loads(manager.get("/campaigns/1/export").data), contents(sessions)
    (setup["content"] if place == "title" else setup["channels"][0])[place.split()[0]] = "一\x00"
    file = io.BytesIO(json.dumps(setup).encode())

    answer = manager.post("/campaigns/import", data={**fields_of_import(manager), "file": (file, "x.json")})

    assert (answer.status_code, "无法识别的字符" in answer.text) == (400, True)
    assert contents(sessions) == before


def test_a_campaign_goes_from_draft_to_the_archive_and_no_other_way(
    manager: FlaskClient, sessions: sessionmaker[Session]
) -> None:
    campaign_id = make_draft(manager, sessions)
    steps = []
    for action in ("open", "close", "open", "close", "archive"):
        assert press(manager, f"/{action}", campaign_id=campaign_id).status_code == 302
        steps.append(stored(sessions, campaign_id).status)
    assert steps == ["open", "closed", "open", "closed", "archived"]

    late = fields_on(manager.get("/campaigns/1/settings").text)["csrf_token"]
    for action in ("open", "close", "archive"):
        assert manager.post(f"/campaigns/{campaign_id}/{action}", data={"csrf_token": late}).status_code == 400


def test_another_counties_campaigns_are_not_there(person: Person) -> None:
    stranger = person(Role.CAMPAIGN_MANAGER, unit_code="c1")

    assert "还没有征集活动" in stranger.get("/campaigns/").text
    for address in ("", "/settings", "/imprint", "/export", "/edit/texts", "/edit/preview"):
        assert stranger.get(f"/campaigns/1{address}").status_code == 404
