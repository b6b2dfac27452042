"""A citizen with a phone: writing, the receipt, mistakes, chips, contact details, and following what becomes of it."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsers import Record
from tests.e2e.conftest import Opener
from tests.e2e.instance import Instance
from tests.e2e.steps import ask_for, code_on, number_on, press, submit, write

# The other database is tried by the same requests without a browser.
pytestmark = pytest.mark.only_on("sqlite")


def test_an_opinion_gets_a_code_that_leads_to_its_progress_however_it_is_typed(phone: Page, instance: Instance) -> None:
    text = f"派出所办居住证要跑三趟，周末也能办就好了。{phone.viewport_size}"
    phone.goto(instance.form())
    phone.get_by_label("群众", exact=True).check()
    phone.get_by_label("提建议", exact=True).check()
    phone.get_by_label("公安", exact=True).check()
    phone.get_by_label("属于哪一类").select_option("办事效率与便民")
    write(phone, text)
    press(phone, "提交")
    code, number = code_on(phone), number_on(phone)

    ask_for(phone, f"  {code.replace(' ', '  ').lower()} ", at=instance.address("/track"))

    expect(phone.get_by_role("heading", level=1)).to_have_text("办理进度")
    expect(phone.get_by_text(number)).to_be_visible()
    expect(phone.get_by_text("待审查")).to_be_visible()
    stored = next(one for one in instance.submissions_saying(text) if one.number == number)
    assert (stored.respondent_group, stored.kind, stored.agency, stored.category) == (
        "citizen", "suggestion", "police", "efficiency",
    )  # fmt: skip


def test_the_receipt_leads_to_the_progress_without_typing(phone_with_scripts: Page, instance: Instance) -> None:
    submit(phone_with_scripts, instance.form(), "办事大厅没有座椅。")
    number = number_on(phone_with_scripts)

    press(phone_with_scripts, "查看进度")

    expect(phone_with_scripts.get_by_text(number)).to_be_visible()


def test_the_copy_button_is_shown_only_where_it_works(open_phone: Opener, instance: Instance) -> None:
    shown = []
    for has_scripts in (True, False):
        page = open_phone(java_script_enabled=has_scripts)
        submit(page, instance.form(), "导诊台没有人。")

        shown.append(page.get_by_role("button", name="复制查询码").is_visible())

    assert shown == [True, False]


@pytest.mark.parametrize(
    ("name", "has_clipboard"), [("127.0.0.1", True), ("feedback.test", False)], ids=["loopback", "plain http"]
)
def test_the_copied_code_can_be_pasted(
    phone_with_scripts: Page, instance: Instance, *, name: str, has_clipboard: bool
) -> None:
    page = phone_with_scripts
    code = submit(page, instance.form(name=name), "复印要收费吗？")
    assert page.evaluate("'clipboard' in navigator") is has_clipboard

    page.get_by_role("button", name="复制查询码").tap()

    expect(page.get_by_role("button", name="已复制")).to_be_visible()
    page.goto(instance.address("/track", name=name))
    page.get_by_label("请输入查询码").focus()
    page.keyboard.press("Control+V")
    expect(page.get_by_label("请输入查询码")).to_have_value(code)


def test_a_wrong_code_is_shown_again_to_be_compared(phone_with_scripts: Page, instance: Instance) -> None:
    ask_for(phone_with_scripts, "7K3M 9QXD R2VH 5TNB", at=instance.address("/track"))

    expect(phone_with_scripts.get_by_role("alert")).to_contain_text("没有查到这个查询码")
    expect(phone_with_scripts.get_by_label("请输入查询码")).to_have_value("7K3M 9QXD R2VH 5TNB")


def test_mistakes_lose_nothing_that_was_typed(phone_with_scripts: Page, instance: Instance) -> None:
    _send_mistakes(phone_with_scripts, instance)

    expect(phone_with_scripts.get_by_label("请写在这里")).to_have_value("长" * 5_001)
    expect(phone_with_scripts.get_by_label("政协委员")).to_be_checked()
    expect(phone_with_scripts.get_by_label("反映问题")).to_be_checked()
    expect(phone_with_scripts.get_by_label("法院", exact=True)).to_be_checked()
    expect(phone_with_scripts.get_by_label("属于哪一类")).to_have_value("work_style")
    expect(phone_with_scripts.get_by_label("姓名", exact=True)).to_have_value("李小红")
    expect(phone_with_scripts.get_by_label("电话", exact=True)).to_have_value("一三八零零")


def test_mistakes_mended_on_the_same_page_are_sent(phone: Page, instance: Instance) -> None:
    _send_mistakes(phone, instance)

    write(phone, "退回材料时请写明缺什么。")
    phone.get_by_label("电话", exact=True).fill("138 0013 8000")
    phone.get_by_label("我同意").check()
    press(phone, "提交")

    number = number_on(phone)
    assert [one.number for one in instance.submissions_saying("退回材料时请写明缺什么。")].count(number) == 1


def test_each_mistake_is_a_link_to_its_field(phone_with_scripts: Page, instance: Instance) -> None:
    _send_mistakes(phone_with_scripts, instance)
    links = phone_with_scripts.get_by_role("alert").get_by_role("link")
    assert links.count() == 3

    for place, field in enumerate(["text", "phone", "consent"]):
        links.nth(place).tap()

        expect(phone_with_scripts.locator(f"#{field}")).to_be_focused()
        expect(phone_with_scripts.locator(f"#{field}")).to_be_in_viewport()
        expect(phone_with_scripts.locator(f"#{field}")).to_have_accessible_description(
            re.compile(re.escape(links.nth(place).inner_text()))
        )


def test_the_summary_of_mistakes_takes_the_focus(phone_with_scripts: Page, instance: Instance) -> None:
    _send_mistakes(phone_with_scripts, instance)

    expect(phone_with_scripts.get_by_role("alert")).to_be_focused()
    expect(phone_with_scripts.get_by_role("alert")).to_be_in_viewport()


@pytest.mark.parametrize(
    ("text", "counted"),
    [("", 0), ("停车难", 3), ("停车难😀", 4), ("𠮷\n野", 3)],
    ids=["empty", "plain", "emoji", "rare"],
)
def test_the_counter_counts_what_a_person_would_call_a_character(
    phone_with_scripts: Page, instance: Instance, *, text: str, counted: int
) -> None:
    phone_with_scripts.goto(instance.form())

    write(phone_with_scripts, text)

    expect(phone_with_scripts.get_by_text(f"{counted} / 5000", exact=True)).to_be_visible()


def test_the_counter_counts_again_after_a_mistake(phone_with_scripts: Page, instance: Instance) -> None:
    _send_mistakes(phone_with_scripts, instance)

    expect(phone_with_scripts.get_by_text("5001 / 5000", exact=True)).to_be_visible()


def test_a_second_tap_takes_a_chosen_chip_back(phone_with_scripts: Page, instance: Instance) -> None:
    phone_with_scripts.goto(instance.form())
    chip, other = phone_with_scripts.get_by_label("律师"), phone_with_scripts.get_by_label("企业家")

    states = []
    for tapped in (chip, chip, chip, other, other):
        tapped.tap()
        states.append((chip.is_checked(), other.is_checked()))

    assert states == [(True, False), (False, False), (True, False), (False, True), (False, False)]


def test_choosing_a_chip_moves_no_other_from_under_the_finger(phone_with_scripts: Page, instance: Instance) -> None:
    phone_with_scripts.goto(instance.form())
    chips = phone_with_scripts.get_by_role("group", name="您是").get_by_role("radio")
    before = [chip.bounding_box() for chip in chips.all()]

    phone_with_scripts.get_by_label("群众", exact=True).tap()

    assert [chip.bounding_box() for chip in chips.all()] == before


def test_a_chip_that_came_back_chosen_with_a_mistake_can_be_taken_back(
    phone_with_scripts: Page, instance: Instance
) -> None:
    _send_mistakes(phone_with_scripts, instance)

    phone_with_scripts.get_by_label("政协委员").tap()

    expect(phone_with_scripts.get_by_label("政协委员")).not_to_be_checked()


def test_chips_are_chosen_with_the_keyboard_alone(open_desk: Opener, instance: Instance) -> None:
    page = open_desk()
    page.goto(instance.form())
    first, second, third = (page.get_by_label(label, exact=True) for label in ("群众", "人大代表", "政协委员"))

    for _ in range(6):
        page.keyboard.press("Tab")
    expect(first).to_be_focused()
    states = []
    for key in ("Space", "ArrowRight", "ArrowDown", "ArrowLeft", "Space"):
        page.keyboard.press(key)
        states.append([one.is_checked() for one in (first, second, third)])

    assert states == [
        [True, False, False],
        [False, True, False],
        [False, False, True],
        [False, True, False],
        [False, True, False],
    ]


def test_contact_details_given_with_consent_can_be_withdrawn_for_good(phone: Page, instance: Instance) -> None:
    phone.goto(instance.form())
    write(phone, "请告诉我补办证件的流程。")
    phone.get_by_text("留下联系方式").tap()
    phone.get_by_label("姓名", exact=True).fill("李小红")
    phone.get_by_label("电话", exact=True).fill("13800138000")
    phone.get_by_label("我同意").check()
    press(phone, "提交")
    number = number_on(phone)
    given = instance.contact_of(number)
    assert given is not None
    assert given.phone is not None

    press(phone, "查看进度")
    phone.get_by_text("您留下了联系方式").tap()
    press(phone, "删除我的联系方式")

    expect(phone.get_by_role("status")).to_have_text("联系方式已删除，工作人员不能再看到，下一个整点以后从系统里清除。")
    expect(phone.get_by_text("您留下了联系方式")).to_have_count(0)
    kept = instance.contact_of(number)
    assert kept is not None
    assert (kept.name, kept.phone) == (None, None)
    assert kept.withdrawn_on is not None


def test_the_form_needs_three_requests_at_most(phone_with_scripts: Page, instance: Instance, record: Record) -> None:
    phone_with_scripts.goto(instance.form(), wait_until="networkidle")

    assert 2 <= len([request for request in record.requests if request.url.startswith("http")]) <= 3


def test_public_pages_leave_no_cookie(phone: Page, instance: Instance) -> None:
    for path in ("/", "/track", "/f/zzzzz", "/gibt-es-nicht"):
        phone.goto(instance.address(path))
    _send_mistakes(phone, instance)
    code = submit(phone, instance.form(), "没有饼干。")
    ask_for(phone, code, at=instance.address("/track"))
    ask_for(phone, "wrong", at=instance.address("/track"))

    assert phone.context.cookies() == []


def _send_mistakes(page: Page, instance: Instance) -> None:
    """A form with three mistakes: too long, a telephone number in words, no consent."""
    page.goto(instance.form())
    page.get_by_label("政协委员").check()
    page.get_by_label("反映问题").check()
    page.get_by_label("法院", exact=True).check()
    page.get_by_label("属于哪一类").select_option("工作作风与服务态度")
    write(page, "长" * 5_001)
    page.get_by_text("留下联系方式").tap()
    page.get_by_label("姓名", exact=True).fill("李小红")
    page.get_by_label("电话", exact=True).fill("一三八零零")
    press(page, "提交")
