"""The meeting workbook 意见建议征集汇总表."""

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from feedback.base.adapters.database import writing
from feedback.base.adapters.files import default_campaign, sha256_of_file
from feedback.base.adapters.jobs import Lease, finish
from feedback.base.config import Settings
from feedback.base.domain.moment import chinese_date
from feedback.base.domain.permission import Actor, Grant, Role
from feedback.base.domain.refusal import RefusalError
from feedback.base.models.audit import AuditEntry
from feedback.base.models.job import Job
from feedback.cases.domain.reply import Draft
from feedback.cases.domain.submission import Status
from feedback.cases.services import moderation
from feedback.cases.services.duplicate import merge
from feedback.cases.services.moderation import Classification
from feedback.cases.services.quarantine import quarantine
from feedback.cases.services.referral import refer
from feedback.desk.domain.queue import QueueFilter
from feedback.editing.domain.campaign_edit import QuestionRow, question_rows, with_questions
from feedback.editing.services.campaign import get_campaign, open_campaign, revise_campaign
from feedback.tracking.queries import find_by_code
from feedback.tracking.services import withdraw_contact
from feedback.workbooks.models import Export
from feedback.workbooks.services.export import record_export, remove_expired, request_export, write_export
from tests.factories import Factory
from tests.stored import every_row, submission_of
from tests.workbooks.corpus import NAME, PHONE, ask_for_export, audit_kinds, make_corpus

HEADERS = [
    "序号", "编号", "收到时间", "征集渠道", "对象类别", "提出人",
    "意见建议内容", "问题类别", "责任单位", "办理情况", "采纳情况", "备注",
]  # fmt: skip
MORE_HEADERS = [
    "涉及单位", "所属地区", "四项任务", "热点/堵点/难点", "归纳要点",
    "责任人", "转办时间", "答复时间", "满意度",
]  # fmt: skip

Rows = list[dict[str, Any]]


def exported(make: Factory, folder: Path, *, by: Actor | None = None, **conditions: object) -> Any:
    """The workbook of the first campaign, read again."""
    return load_workbook(write(make, folder, by=by, **conditions))


def write(make: Factory, folder: Path, *, by: Actor | None = None, **conditions: object) -> Path:
    export = ask_for_export(make, **conditions)
    with make.sessions() as session:
        path, _count = write_export(
            session,
            export,
            described="全部意见建议",
            by=by or make.actor,
            keys=make.keys,
            folder=folder,
            now=make.now,
            progress=lambda done, total: None,
        )
    return path


@pytest.fixture
def folder(settings: Settings) -> Path:
    return settings.exports


def rows_of(sheet: Any) -> Rows:
    """The rows between the headers and the closing lines, by header."""
    headers = [cell.value for cell in sheet[3]]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=4)]
    return [dict(zip(headers, row, strict=True)) for row in rows if isinstance(row[0], int)]


def block_of(sheet: Any, title: str) -> dict[str, int]:
    """A small table of the statistics: from the row after its header to the next empty one."""
    column = [(cell.value, sheet.cell(cell.row, 2).value) for cell in sheet["A"]]
    start = max(place for place, (label, _) in enumerate(column) if label == title) + 1
    end = next((place for place in range(start, len(column)) if column[place][1] is None), len(column))
    return dict(column[start:end])


def everything_in(sheet: Any) -> str:
    return "\n".join(str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None)


def test_the_three_sheets_carry_the_headers_leaders_know(make: Factory, folder: Path) -> None:
    make_corpus(make)

    book = exported(make, folder)

    assert book.sheetnames == ["汇总表", "统计", "明细"]
    assert [cell.value for cell in book["汇总表"][3]] == HEADERS
    detail = [cell.value for cell in book["明细"][3]]
    assert {*HEADERS, *MORE_HEADERS} <= set(detail)
    assert len(detail) == len(set(detail))
    assert [book[name]["A1"].value for name in ("汇总表", "明细")] == [
        "意见建议征集汇总表",
        "意见建议征集汇总表（明细）",
    ]
    assert f"截至{chinese_date(make.now.date())}" in book["汇总表"]["A2"].value


def test_each_submission_is_one_row_in_words_with_the_day_it_came(make: Factory, folder: Path) -> None:
    corpus = make_corpus(make)

    anonymous, formula, answered = rows_of(exported(make, folder)["汇总表"])

    assert [row["编号"] for row in (anonymous, formula, answered)] == [
        corpus[name].number for name in ("anonymous", "formula", "answered")
    ]
    assert {row["收到时间"].date() for row in (anonymous, formula, answered)} == {make.now.date()}
    assert (anonymous["对象类别"], anonymous["提出人"], anonymous["问题类别"]) == ("人民群众", "匿名", "办事效率与便民")
    assert (anonymous["办理情况"], anonymous["责任单位"], anonymous["采纳情况"]) == ("待受理", None, None)
    assert (formula["意见建议内容"], formula["对象类别"]) == ("=1+1", None)
    assert (answered["提出人"], answered["责任单位"]) == ("已留联系方式", "城东区法院")
    assert (answered["办理情况"], answered["采纳情况"]) == ("已答复", "采纳")


def test_the_details_add_what_staff_know(make: Factory, folder: Path) -> None:
    make_corpus(make)

    *_, answered = rows_of(exported(make, folder)["明细"])

    assert {name: answered[name] for name in ("涉及单位", "所属地区", "责任单位", "责任人", "归纳要点")} == {
        "涉及单位": "城东区法院",
        "所属地区": "城东区法院",
        "责任单位": "城东区法院",
        "责任人": "李主任",
        "归纳要点": "改进窗口服务",
    }
    assert (answered["四项任务"], answered["热点/堵点/难点"]) == ("筑牢政治忠诚", "堵点")
    assert answered["答复时间"].date() == make.now.date()


def ask(make: Factory, *questions: QuestionRow) -> dict[str, Any]:
    """Publish these questions; the content that asks them."""
    content = with_questions(default_campaign()["content"], questions)
    with writing(make.sessions) as session:
        revise_campaign(session, get_campaign(session, "default"), content, now=make.now)
    return content


HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "a\x07b", "一_x000D_二", "👍", "好" * 33_000]


def test_the_details_tell_what_was_answered_to_extra_questions(make: Factory, folder: Path) -> None:
    scale = QuestionRow("", "scale", "找得到吗？" * 40, highest="容易")
    window, ease = question_rows(ask(make, QuestionRow("", "long_text", "=哪个窗口？"), scale))
    for text in HOSTILE:
        make.make_submission(answers={window.key: (text,), ease.key: ("5",)})

    sheet = exported(make, folder)["明细"]

    headers = [cell.value for cell in sheet[3]]
    ease_header = f"{ease.label}（5 容易）"
    assert headers[-4:] == ["满意度", window.label, ease_header, "备注"]
    rows = rows_of(sheet)
    shown = [*HOSTILE[:4], "a␇b", "一_x005F_x000D_二", "👍"]
    assert [row[window.label] for row in rows[:-1]] == shown
    assert {row[ease_header] for row in rows} == {5}
    column = headers.index(window.label) + 1
    cells = [sheet.cell(row, column) for row in range(4, sheet.max_row)]
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}
    # The last one goes on below.
    assert "".join(cell.value for cell in cells[len(HOSTILE) - 1 :] if cell.value) == HOSTILE[-1]


def test_all_counts_agree(make: Factory, folder: Path) -> None:
    make_corpus(make)

    book = exported(make, folder)

    statistics = book["统计"]
    total = next(row for row in statistics.iter_rows(values_only=True) if row[0] == "合计")
    categories = statistics.iter_rows(min_row=4, max_row=17, values_only=True)
    assert len(rows_of(book["汇总表"])) == len(rows_of(book["明细"])) == 3
    assert (sum(total[1:-1]), total[-1], sum(row[-1] for row in categories)) == (3, 3, 3)
    assert block_of(statistics, "征集渠道") == {"默认二维码": 3}
    assert block_of(statistics, "责任单位") == {"未定": 2, "城东区法院": 1}
    assert sum(block_of(statistics, "办理情况").values()) == 3
    assert block_of(statistics, "办理情况")["已答复"] == 1
    assert all("共 3 条" in everything_in(book[name]) for name in book.sheetnames)


def sealed_with_everything(make: Factory) -> str:
    """A sealed case of which everything is known that can be; its number."""
    (day,) = question_rows(ask(make, QuestionRow("", "date", "哪天？")))
    court, code = make.make_unit("secret", "机密单位"), make.make_group_codes()[0]
    receipt = make.make_submission(
        text="机密原文", respondent_group="lawyer", kind="problem", category="efficiency", agency="court", name=NAME,
        phone=PHONE, has_consented=True, answers={day.key: ("2026-11-20",)}, group_code=code,
    )  # fmt: skip
    values = {
        "task": "loyalty", "issue_nature": "blockage", "priority": "urgent", "responsible_unit_id": court.id,
        "responsible_person": "机密人员",
    }  # fmt: skip
    with writing(make.sessions) as session:
        found = submission_of(session, receipt)
        moderation.classify(session, found, Classification(values, [court.id]), make.make_decision(found))
        moderation.accept(session, found, make.make_decision(found))
        moderation.reply(session, found, Draft("机密答复", "adopted", "机密要点"), make.make_decision(found))
        moderation.reopen(session, found, make.make_decision(found, "再看"))
        due = make.now.date() + timedelta(days=10)
        refer(session, found, make.make_decision(found), unit_id=court.id, due_on=due)
        quarantine(session, found, make.make_decision(found, "机密"))
        found.suspicion, found.is_reconsidered, found.satisfaction = "trap", True, 1
    return receipt.number


def test_of_a_sealed_case_a_workbook_shows_number_day_channel_and_state_alone(make: Factory, folder: Path) -> None:
    number = sealed_with_everything(make)

    book = exported(make, folder)

    shown = {
        "序号": 1, "编号": number, "征集渠道": "默认二维码", "意见建议内容": "（涉密封存）", "办理情况": "涉密封存",
    }  # fmt: skip
    for name in ("汇总表", "明细"):
        (row,) = rows_of(book[name])
        assert row.pop("收到时间").date() == make.now.date()
        assert {header: value for header, value in row.items() if value is not None} == shown
    statistics = book["统计"]
    assert "机密" not in everything_in(statistics)
    total = next(row for row in statistics.iter_rows(values_only=True) if row[0] == "合计")
    assert (sum(total[1:-1]), total[-1]) == (0, 1)
    for block in ("对象类别", "责任单位"):
        assert {label: many for label, many in block_of(statistics, block).items() if many} == {"（涉密封存）": 1}
    assert block_of(statistics, "办理情况")["涉密封存"] == 1


def test_the_details_tell_when_a_case_was_referred_and_the_day_is_a_day(make: Factory, folder: Path) -> None:
    court, receipt = make.make_unit("court", "城东区法院"), make.make_submission()
    (day,) = question_rows(ask(make, QuestionRow("", "date", "哪天？")))
    make.make_submission(answers={day.key: ("2026-11-20",)})
    make.make_submission(answers={day.key: ("0001-01-01",)})
    with writing(make.sessions) as session:
        found = submission_of(session, receipt)
        moderation.accept(session, found, make.make_decision(found))
        due = make.now.date() + timedelta(days=10)
        refer(session, found, make.make_decision(found), unit_id=court.id, due_on=due)

    referred, dated, early = rows_of(exported(make, folder)["明细"])

    assert referred["转办时间"].date() == make.now.date()
    assert (dated["转办时间"], dated["哪天？"].date().isoformat()) == (None, "2026-11-20")
    # Before 1900 there is no day for a workbook.
    assert early["哪天？"] == "0001-01-01"


def test_the_remarks_of_both_sheets_tell_what_was_merged_where(make: Factory, folder: Path) -> None:
    part, whole, refused = (make.make_submission(text=text) for text in ("停车难", "停车太难", "重复"))
    with writing(make.sessions) as session:
        one, other, third = (submission_of(session, receipt) for receipt in (part, whole, refused))
        merge(session, one, other, make.make_decision(one))
        moderation.reject(session, third, make.make_decision(third, "已答复过。"), kind="duplicate")

    book = exported(make, folder)

    for name in ("汇总表", "明细"):
        first, second, third_row = [row["备注"] for row in rows_of(book[name])]
        assert (first, second) == (f"并入 {whole.number}", "另有 1 件并入本件")
        assert third_row.startswith("不予受理：")


def test_who_proved_a_group_is_told_apart_from_who_says_so(make: Factory, folder: Path) -> None:
    codes = make.make_group_codes()[:2]
    for code in (*codes, None, None, None):
        make.make_submission(respondent_group="lawyer", group_code=code)

    book = exported(make, folder)

    groups = block_of(book["统计"], "对象类别")
    assert (groups["律师代表（已核验）"], groups["律师代表"], sum(groups.values())) == (2, 3, 5)
    assert [row["提出人"] for row in rows_of(book["汇总表"])] == ["已核验"] * 2 + ["匿名"] * 3


def test_counts_agree_even_if_a_set_has_a_term_called_like_a_missing_choice(make: Factory, folder: Path) -> None:
    rename_first_term(make, "category", "未选")
    make.make_submission(category=None)
    make.make_submission(category="unfair_enforcement")

    statistics = exported(make, folder)["统计"]

    rows = statistics.iter_rows(min_row=4, values_only=True)
    counts = [row[-1] for row in rows if row[0] == "未选" and row[-1] is not None]
    assert sum(counts) == 2


def test_contact_details_stand_masked_in_the_details_and_nowhere_else(make: Factory, folder: Path) -> None:
    make_corpus(make)

    path = write(make, folder)

    book = load_workbook(path)
    assert [row["联系方式"] for row in rows_of(book["明细"])] == [None, None, "王** 138****1234"]
    assert "联系方式" not in HEADERS
    # Numbers have five digits in a row, and may hold the first three of a phone's.
    told = everything_in(book["汇总表"]) + everything_in(book["统计"])
    assert [part for part in (PHONE, PHONE[:6], PHONE[-6:], "138*") if part in told] == []
    with ZipFile(path) as archive:
        parts = b"".join(archive.read(name) for name in archive.namelist())
    assert NAME.encode() not in parts
    assert PHONE.encode() not in parts


def test_a_withdrawn_contact_stands_nowhere(make: Factory, folder: Path) -> None:
    corpus = make_corpus(make)
    withdraw(make, corpus["answered"].code)

    book = exported(make, folder)

    assert [row["提出人"] for row in rows_of(book["汇总表"])] == ["匿名"] * 3
    assert [row["联系方式"] for row in rows_of(book["明细"])] == [None] * 3


def test_trials_and_real_opinions_never_stand_in_one_workbook(make: Factory, folder: Path) -> None:
    corpus = make_corpus(make)

    real = everything_in(exported(make, folder)["明细"])
    trial = rows_of(exported(make, folder, is_trial=True)["明细"])

    assert "试填的意见" not in real
    assert [row["编号"] for row in trial] == [corpus["trial"].number]


def test_a_workbook_holds_what_its_filter_holds(make: Factory, folder: Path) -> None:
    corpus = make_corpus(make)

    book = exported(make, folder, status=Status.REPLIED)

    assert [row["编号"] for row in rows_of(book["汇总表"])] == [corpus["answered"].number]
    assert [row["编号"] for row in rows_of(book["明细"])] == [corpus["answered"].number]


def test_whoever_may_not_export_gets_an_empty_workbook(make: Factory, folder: Path) -> None:
    make_corpus(make)
    others = frozenset(Grant(role, "/1/") for role in Role if role is not Role.MODERATOR)

    book = exported(make, folder, by=replace(make.actor, grants=others))

    assert [rows_of(book[name]) for name in ("汇总表", "明细")] == [[], []]
    assert "共 0 条" in everything_in(book["汇总表"])


def test_an_erased_text_is_said_to_be_erased(make: Factory, folder: Path) -> None:
    make_corpus(make)
    make.set_campaign(status="draft")
    with writing(make.sessions) as session:
        open_campaign(session, get_campaign(session, "default"), now=make.now)

    (row,) = rows_of(exported(make, folder, is_trial=True)["汇总表"])

    assert row["意见建议内容"] == "（原文已按规定清除）"


def test_an_empty_workbook_is_whole(make: Factory, folder: Path) -> None:
    book = exported(make, folder)

    assert book.sheetnames == ["汇总表", "统计", "明细"]
    assert sum(block_of(book["统计"], "办理情况").values()) == 0


def test_asking_needs_a_purpose_and_is_recorded_with_it(make: Factory) -> None:
    with make.sessions() as session:
        before = every_row(session)
    for purpose in ("", "  "):
        with pytest.raises(RefusalError) as refusal, writing(make.sessions) as session:
            request_export(session, QueueFilter(1), purpose=purpose, described="全部", by=make.actor, now=make.now)
        assert refusal.value.field == "purpose"
    with make.sessions() as session:
        assert every_row(session) == before

    export = ask_for_export(make, status=Status.REPLIED)

    with make.sessions() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.subject == f"export:{export.id}")).one()
        assert (entry.kind, entry.reason, entry.user_id) == ("export_requested", "周例会", make.actor.id)
        assert entry.detail == {"filter": export.filter}
        assert session.get_one(Job, export.job_id).status == "queued"


def test_progress_is_told_up_to_the_last_row(make: Factory, folder: Path) -> None:
    make_corpus(make)
    export = ask_for_export(make)
    told: list[tuple[int, int]] = []

    with make.sessions() as session:
        _path, rows = write_export(
            session, export, described="全部", by=make.actor, keys=make.keys, folder=folder, now=make.now,
            progress=lambda done, total: told.append((done, total)),
        )  # fmt: skip

    assert (told, rows) == ([(3, 3)], 3)


def test_what_was_made_is_recorded_with_its_rows_and_the_hash_of_the_file(make: Factory, folder: Path) -> None:
    export, path = recorded(make, folder)

    with make.sessions() as session:
        kept = session.get_one(Export, export.id)
        assert (kept.row_count, kept.file_name, kept.sha256) == (0, path.name, sha256_of_file(path))
    assert audit_kinds(make, f"export:{export.id}") == ["export_requested", "export_made"]


def test_files_are_removed_after_their_days_and_the_record_stays(make: Factory, folder: Path) -> None:
    export, path = recorded(make, folder)
    young = make.now + timedelta(days=7)
    old = young + timedelta(seconds=1)

    with writing(make.sessions) as session:
        assert remove_expired(session, folder=folder, now=young, days=7) == 0
    assert path.exists()
    with writing(make.sessions) as session:
        assert remove_expired(session, folder=folder, now=old, days=7) == 1
        assert remove_expired(session, folder=folder, now=old, days=7) == 0

    assert not path.exists()
    with make.sessions() as session:
        kept = session.get_one(Export, export.id)
        assert (kept.file_name, kept.row_count, len(kept.sha256 or "")) == (None, 0, 64)


def recorded(make: Factory, folder: Path) -> tuple[Export, Path]:
    """An export that was made and whose job is done."""
    path = write(make, folder)
    os.utime(path, (make.now.timestamp(), make.now.timestamp()))
    with writing(make.sessions) as session:
        export = session.scalars(select(Export)).one()
        record_export(session, export, path=path, row_count=0, now=make.now)
        lease = Lease(export.job_id, "export", {}, fence=0)
        session.get_one(Job, export.job_id).status = "running"
        session.flush()
        finish(session, lease, now=make.now)
    return export, path


def rename_first_term(make: Factory, name: str, label: str) -> None:
    content = default_campaign()["content"]
    content["sets"][name][0]["label"] = label
    with writing(make.sessions) as session:
        revise_campaign(session, get_campaign(session, "default"), content, now=make.now)


def withdraw(make: Factory, code: str) -> None:
    with writing(make.sessions) as session:
        found = find_by_code(session, code, make.keys)
        assert found is not None
        withdraw_contact(session, found, now=make.now)


@pytest.mark.parametrize("is_rejected", [False, True])
def test_an_answer_that_does_not_stand_any_more_is_not_reported(
    make: Factory, folder: Path, *, is_rejected: bool
) -> None:
    receipt = make.make_replied()
    with writing(make.sessions) as session:
        found = submission_of(session, receipt)
        moderation.reopen(session, found, make.make_decision(found, "情况有变"))
        if is_rejected:
            moderation.reject(session, found, make.make_decision(found, "不归我们管"))

    (row,) = rows_of(exported(make, folder)["明细"])

    assert [row[name] for name in ("采纳情况", "答复时间", "答复内容")] == [None, None, None]


def test_units_of_one_name_are_counted_apart(make: Factory, folder: Path) -> None:
    units = [make.make_unit(code, "综治中心").id for code in ("c1", "c2")]
    for unit_id in units:
        receipt = make.make_submission()
        with writing(make.sessions) as session:
            submission_of(session, receipt).responsible_unit_id = unit_id

    column = [(cell.value, cell.offset(column=1).value) for cell in exported(make, folder)["统计"]["A"]]

    assert column.count(("综治中心", 1)) == 2
