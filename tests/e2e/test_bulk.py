"""Many at once: ticked with the mouse, with keys, with a finger and without scripts."""

from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from feedback.base.domain.permission import Role
from tests.e2e.conftest import Opener
from tests.e2e.instance import Instance
from tests.e2e.steps import follow, press, sign_in

# The other database is tried by the same requests without a browser.
pytestmark = pytest.mark.only_on("sqlite")


@pytest.fixture
def own_ones(instance: Instance) -> tuple[str, list[str]]:
    """A filter that only this test's opinions match, and their numbers."""
    category = uuid4().hex[:12]
    return f"campaign=1&category={category}", [
        instance.make.make_submission(category=category).number for _ in range(4)
    ]


def statuses(instance: Instance, numbers: list[str]) -> list[str]:
    return [found.status for found in instance.with_numbers(numbers)]


@pytest.mark.parametrize("has_scripts", [True, False], ids=["with scripts", "without scripts"])
@pytest.mark.parametrize("device", ["desk", "phone"])
def test_rows_are_ticked_and_accepted_together(
    open_desk: Opener,
    open_phone: Opener,
    instance: Instance,
    moderator: tuple[str, str],
    own_ones: tuple[str, list[str]],
    device: str,
    *,
    has_scripts: bool,
) -> None:
    query, numbers = own_ones
    page = {"desk": open_desk, "phone": open_phone}[device](java_script_enabled=has_scripts)
    sign_in(page, *moderator, at=instance.address("/moderation/"))
    page.goto(instance.address(f"/moderation/?{query}"))

    for number in numbers[:2]:
        page.get_by_label(f"勾选 {number}").check()
    expect(page.get_by_text("已选 2 件")).to_have_count(1 if has_scripts else 0)
    press(page, "批量处理")
    follow(page, page.get_by_role("link", name="受理 可办 2 件", exact=True))
    press(page, "受理 2 件")

    expect(page.get_by_role("heading", level=1)).to_have_text("批量受理")
    assert statuses(instance, numbers) == ["accepted", "accepted", "received", "received"]


def test_all_that_match_are_refused_together(
    open_desk: Opener, instance: Instance, moderator: tuple[str, str], own_ones: tuple[str, list[str]]
) -> None:
    query, numbers = own_ones
    page = open_desk()
    sign_in(page, *moderator, at=instance.address("/moderation/"))
    page.goto(instance.address(f"/moderation/?{query}"))

    follow(page, page.get_by_role("link", name="全部符合筛选的 4 件"))
    follow(page, page.get_by_role("link", name="不予受理 可办 4 件"))
    page.get_by_label("不属于本次征集范围").check()
    page.get_by_label("理由（每一位提出人都会看到）").fill("供水问题请拨打 12345。")
    press(page, "不予受理 4 件")

    assert statuses(instance, numbers) == ["rejected"] * 4


def test_keys_go_along_the_rows_and_tick_them(
    open_desk: Opener, instance: Instance, own_ones: tuple[str, list[str]]
) -> None:
    query, numbers = own_ones
    page = open_desk()
    name = f"keys{uuid4().hex[:6]}"
    sign_in(page, name, instance.make.make_user(name, Role.MODERATOR), at=instance.address("/moderation/"))
    page.goto(instance.address(f"/moderation/?{query}"))

    for key in "sjsjjsks":
        page.keyboard.press(key)

    assert ticked(page) == [numbers[0], numbers[1], numbers[2]]
    expect(page.get_by_text("已选 3 件")).to_be_visible()
    page.keyboard.press("s")
    assert ticked(page) == [numbers[0], numbers[2]]
    page.get_by_label("选本页全部").check()
    assert ticked(page) == numbers
    page.get_by_label("选本页全部").uncheck()
    assert ticked(page) == []
    page.keyboard.press("j")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(numbers[0])


def ticked(page: Page) -> list[str]:
    """The numbers that are ticked."""
    values: list[str] = page.evaluate("[...document.querySelectorAll('.pick input:checked')].map(box => box.value)")
    return values
