"""Workbooks: asked for out of the queue, watched, downloaded and opened."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Opener
from tests.e2e.instance import Instance
from tests.e2e.steps import press, show_filters, sign_in
from tests.factories import OPINION

# The other database is tried by the same requests without a browser.
pytestmark = pytest.mark.only_on("sqlite")

PATIENCE_SECONDS = 20


@pytest.mark.parametrize("has_scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_filtered_queue_becomes_a_workbook(
    open_desk: Opener, instance: Instance, moderator: tuple[str, str], tmp_path: Path, *, has_scripts: bool
) -> None:
    wanted = instance.make.make_submission(
        replace(OPINION, text="=1+1 也是一句话"), respondent_group="peoples_assessor", kind="praise"
    )
    instance.make.make_submission(
        replace(OPINION, text="不在筛选里"), respondent_group="peoples_assessor", kind="problem"
    )
    page = open_desk(java_script_enabled=has_scripts)
    sign_in(page, *moderator, at=instance.address("/moderation/"))
    page.get_by_label("对象类别").select_option("人民陪审员")
    page.get_by_role("combobox", name="类型", exact=True).select_option("表扬")
    press(page, "筛选")
    press(page, "导出汇总表")
    purpose = f"会议 {uuid4().hex[:8]}"
    page.get_by_label("用途").fill(purpose)

    press(page, "生成")
    _wait_for_the_file(page, has_scripts=has_scripts)
    with page.expect_download() as expected:
        page.get_by_role("link", name="下载 Excel 文件").click()
    expected.value.save_as(tmp_path / "export.xlsx")

    assert expected.value.suggested_filename.startswith("意见建议征集汇总表")
    cells = _cells(tmp_path / "export.xlsx")
    assert wanted.number in cells
    assert "=1+1 也是一句话" in cells
    assert "不在筛选里" not in cells
    page.goto(instance.address("/exports/"))
    expect(page.get_by_role("link").filter(has_text=purpose)).to_contain_text("可下载")


def test_a_workbook_needs_a_purpose(open_desk: Opener, instance: Instance, moderator: tuple[str, str]) -> None:
    page = open_desk()
    sign_in(page, *moderator, at=instance.address("/moderation/"))
    press(page, "导出汇总表")

    press(page, "生成")

    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_role("alert").get_by_role("link").click()
    expect(page.get_by_label("用途")).to_be_focused()


def test_wechat_is_told_that_it_cannot_download(
    open_phone: Opener, instance: Instance, moderator: tuple[str, str]
) -> None:
    instance.make.make_submission()
    page = open_phone()
    sign_in(page, *moderator, at=instance.address("/moderation/"))
    show_filters(page)
    press(page, "导出汇总表")
    page.get_by_label("用途").fill("在路上")

    press(page, "生成")

    expect(page.get_by_text("微信里不能下载文件")).to_be_visible(timeout=PATIENCE_SECONDS * 1_000)
    expect(page.get_by_role("link", name="下载 Excel 文件")).to_have_count(0)


def _wait_for_the_file(page: Page, *, has_scripts: bool) -> None:
    """With scripts the page notices by itself; without, a person presses 刷新 now and then."""
    link = page.get_by_role("link", name="下载 Excel 文件")
    if has_scripts:
        expect(link).to_be_visible(timeout=PATIENCE_SECONDS * 1_000)
        return
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while not link.is_visible() and time.monotonic() < give_up_at:
        press(page, "刷新")
        time.sleep(0.2)


def _cells(path: Path) -> list[Any]:
    book = load_workbook(path)
    try:
        return [cell for sheet in book.worksheets for row in sheet.iter_rows(values_only=True) for cell in row]
    finally:
        book.close()
