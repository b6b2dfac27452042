"""Workbooks: asked for with a purpose, made by a job, seen by who asked for them."""

import hashlib
import io
import re
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

from feedback.assembly import worker
from feedback.base.adapters import jobs
from feedback.base.adapters.database import writing
from feedback.base.config import Settings
from feedback.base.models.audit import AuditEntry
from feedback.base.models.job import Job
from feedback.base.models.unit import Unit
from feedback.people.models import RoleGrant
from feedback.people.services import account
from feedback.people.services import user as users
from feedback.workbooks.models import Export
from feedback.workbooks.services.export import remove_expired
from tests.factories import Factory
from tests.web import contents, count, forms_on

WECHAT = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 MicroMessenger/8.0.50 MMWEBID/1"


def ask(staff: FlaskClient, query: str = "campaign=1", **typed: str) -> TestResponse:
    """Open the page that asks for a workbook and send it."""
    page = staff.get(f"/exports/create?{query}")
    assert page.status_code == 200, page.text
    form = forms_on(page.text)[-1]
    return staff.post(form.action, data={**form.fields, "purpose": "十一月例会", **typed})


def work(make: Factory, settings: Settings) -> None:
    """Let a worker do the next job."""
    lease = jobs.lease_next(make.sessions, now=datetime.now(UTC))
    assert lease is not None
    worker.run(worker.Bench(make.sessions, make.keys, settings.exports), lease)


@pytest.mark.on_both("a statement of its own")
def test_the_queue_leads_to_an_export_of_what_it_shows(staff: FlaskClient, make: Factory) -> None:
    make.make_submission(kind="praise")
    link = re.search(r'href="(/exports/create\?[^"]+)"', staff.get("/moderation/?kind=praise&status=received").text)
    assert link is not None

    page = staff.get(link[1].replace("&amp;", "&")).text

    assert "<dt>范围</dt><dd>待受理、表扬</dd>" in page
    assert "<dt>件数</dt><dd>1 件</dd>" in page


@pytest.mark.on_both("a statement of its own")
@pytest.mark.parametrize(
    ("query", "words", "number"),
    [
        ("", "全部意见建议", 3),
        ("&kind=praise", "表扬", 1),
        ("&group=lawyer&kind=problem", "律师代表、反映问题", 1),
        ("&from_day=2026-11-20&to_day=2199-11-30", "2026年11月20日起、至2199年11月30日", 3),
        ("&to_day=2026-11-01", "至2026年11月01日", 0),
        ("&channel=1", "渠道为默认二维码", 3),
        ("&unit=1", "责任单位为政法队伍教育整顿领导小组办公室", 0),
        ("&status=accepted", "已受理", 0),
    ],
)
def test_the_page_says_in_words_what_will_be_in_the_workbook(
    staff: FlaskClient, make: Factory, query: str, words: str, number: int
) -> None:
    make.make_submission(kind="praise")
    make.make_submission(kind="problem", respondent_group="lawyer")
    make.make_submission(kind=None)

    page = staff.get(f"/exports/create?campaign=1{query}").text

    assert f"<dd>{words}</dd>" in page
    assert f"<dd>{number} 件</dd>" in page


@pytest.mark.parametrize(
    "purpose", ["", "   ", "\u200b\u3164", "长" * 101], ids=["nothing", "blanks", "unseen", "too long"]
)
def test_an_export_needs_a_purpose(staff: FlaskClient, sessions: sessionmaker[Session], purpose: str) -> None:
    before = contents(sessions)

    answer = ask(staff, purpose=purpose)

    assert answer.status_code == 400
    assert "用途" in answer.text
    assert contents(sessions) == before


def test_an_export_of_no_campaign_of_one_s_own_does_not_exist(staff: FlaskClient) -> None:
    for query in ("", "campaign=99", "campaign=x"):
        assert staff.get(f"/exports/create?{query}").status_code == 404


@pytest.mark.on_both("a statement of its own")
def test_asking_queues_a_job_and_records_who_why_and_what(staff: FlaskClient, sessions: sessionmaker[Session]) -> None:
    answer = ask(staff, "campaign=1&kind=praise")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/exports/1")
    assert (count(sessions, Job), count(sessions, Export)) == (1, 1)
    with sessions() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.kind == "export_requested")).one()
    assert (entry.reason, entry.user_id is not None) == ("十一月例会", True)
    assert entry.detail is not None and entry.detail["filter"]["kind"] == "praise"


def test_progress_is_told_in_numbers_until_the_workbook_is_there(
    staff: FlaskClient, make: Factory, settings: Settings
) -> None:
    for _ in range(3):
        make.make_submission()
    ask(staff)
    seen = [staff.get("/exports/1/progress").json]
    page = staff.get("/exports/1").text

    work(make, settings)
    seen.append(staff.get("/exports/1/progress").json)

    assert seen == [{"status": "queued", "done": 0, "total": 0}, {"status": "done", "done": 3, "total": 3}]
    assert 'data-progress="/exports/1/progress"' in page
    assert 'href="/exports/1/download"' not in page


def test_the_file_is_the_one_whose_hash_the_page_shows(staff: FlaskClient, make: Factory, settings: Settings) -> None:
    ask(staff)
    work(make, settings)

    with staff.get("/exports/1/download") as download:
        assert hashlib.sha256(download.data).hexdigest() in staff.get("/exports/1").text
        assert download.mimetype == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.mark.on_both("a statement of its own")
def test_the_workbook_holds_the_submissions_of_the_filter(
    staff: FlaskClient, make: Factory, settings: Settings
) -> None:
    make.make_submission(text="=停车难", kind="problem")
    make.make_submission(text="好人好事", kind="praise")
    ask(staff, "campaign=1&kind=problem")
    work(make, settings)

    with staff.get("/exports/1/download") as download:
        book = load_workbook(io.BytesIO(download.data))

    words = {str(cell.value) for row in book["汇总表"] for cell in row}
    assert "=停车难" in words
    assert "好人好事" not in words
    assert "十一月例会" in staff.get("/exports/").text


def test_nothing_can_be_downloaded_before_it_is_made(staff: FlaskClient) -> None:
    ask(staff)

    assert staff.get("/exports/1/download").status_code == 404


def test_a_workbook_past_its_days_is_gone_and_its_record_stays(
    staff: FlaskClient, make: Factory, settings: Settings
) -> None:
    ask(staff)
    work(make, settings)
    with writing(make.sessions) as session:
        assert remove_expired(session, folder=settings.exports, now=datetime.now(UTC), days=0) == 1

    assert "文件已过保留期" in staff.get("/exports/1").text
    assert staff.get("/exports/1/download").status_code == 404
    assert "文件已删除" in staff.get("/exports/").text


def test_somebody_else_s_workbook_does_not_exist(
    staff: FlaskClient, colleague: FlaskClient, make: Factory, settings: Settings
) -> None:
    ask(staff)
    work(make, settings)

    for path in ("/exports/1", "/exports/1/progress", "/exports/1/download", "/exports/2"):
        assert colleague.get(path).status_code == 404
    assert "还没有导出过汇总表。" in colleague.get("/exports/").text


def test_wechat_gets_a_hint_in_place_of_the_link(staff: FlaskClient, make: Factory, settings: Settings) -> None:
    ask(staff)
    work(make, settings)

    in_wechat = staff.get("/exports/1", headers={"User-Agent": WECHAT}).text
    elsewhere = staff.get("/exports/1").text

    assert "微信里不能下载文件。" in in_wechat
    assert ("/download" in in_wechat, "/download" in elsewhere) == (False, True)


def test_a_failed_job_is_said_to_have_failed(
    staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    ask(staff)
    for _ in range(3):
        lease = jobs.lease_next(sessions, now=datetime.now(UTC))
        assert lease is not None
        jobs.give_back(sessions, lease, now=datetime.now(UTC))

    assert "没有生成。" in staff.get("/exports/1").text
    assert staff.get("/exports/1/progress").json == {"status": "failed", "done": 0, "total": 0}


def test_an_account_that_was_switched_off_downloads_nothing(
    staff: FlaskClient, make: Factory, settings: Settings
) -> None:
    ask(staff)
    work(make, settings)
    with writing(make.sessions) as session:
        users.set_disabled(session, account.get_user(session, "admin"), is_disabled=True, now=datetime.now(UTC))

    assert staff.get("/exports/1/download").status_code == 302


@pytest.mark.on_both("a statement of its own")
def test_who_has_moved_to_another_unit_downloads_nothing_of_the_old_one(
    staff: FlaskClient, make: Factory, settings: Settings
) -> None:
    ask(staff)
    work(make, settings)
    with staff.get("/exports/1/download") as answer:
        assert answer.status_code == 200
    make.make_unit("c1", "甲县")
    with writing(make.sessions) as session:
        for grant in session.scalars(select(RoleGrant)):
            grant.unit_id = session.scalars(select(Unit.id).where(Unit.code == "c1")).one()

    assert [staff.get(path).status_code for path in ("/exports/1", "/exports/1/download")] == [404, 404]
    assert "/exports/1" not in staff.get("/exports/").text


def test_trial_entries_stand_in_no_workbook(staff: FlaskClient, make: Factory) -> None:
    make.set_campaign(status="draft")
    make.make_submission()

    assert "<dd>0 件</dd>" in staff.get("/exports/create?campaign=1").text
