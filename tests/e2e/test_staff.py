"""Staff at a desk and on a phone: signing in, the queue, decisions, two at once, a session that ends, printing."""

import re
import subprocess
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from feedback.base.domain.permission import Role
from tests.e2e.conftest import Opener
from tests.e2e.instance import Instance
from tests.e2e.sights_of_people import set_up_second_factor
from tests.e2e.steps import answer, ask_for, decide, enter, follow, press, show_filters, sign_in, status_on
from tests.factories import OPINION

# The other database is tried by the same requests without a browser.
pytestmark = pytest.mark.only_on("sqlite")

NEW_PASSWORD = "秋天的银杏叶一定很好看"


@pytest.fixture(params=["desk", "phone"])
def staff(
    request: pytest.FixtureRequest,
    open_desk: Opener,
    open_phone: Opener,
    instance: Instance,
    moderator: tuple[str, str],
) -> Page:
    """A moderator's browser, signed in: at the desk, and on the road."""
    page = {"desk": open_desk, "phone": open_phone}[request.param]()
    sign_in(page, *moderator, at=instance.address("/moderation/"))
    return page


@pytest.fixture
def desk(open_desk: Opener, instance: Instance, moderator: tuple[str, str]) -> Page:
    """The same at the desk only."""
    page = open_desk()
    sign_in(page, *moderator, at=instance.address("/moderation/"))
    return page


@pytest.fixture
def number(instance: Instance) -> str:
    """An opinion that waits."""
    return instance.make.make_submission().number


def test_the_first_password_opens_nothing_but_the_page_that_changes_it(open_desk: Opener, instance: Instance) -> None:
    page = open_desk()
    assert instance.server.password is not None

    sign_in(page, "admin", instance.server.password, at=instance.address("/moderation/"))
    expect(page.get_by_role("heading", level=1)).to_have_text("修改密码")
    page.goto(instance.address("/moderation/"))
    expect(page.get_by_role("heading", level=1)).to_have_text("修改密码")
    _change_password(page, old=instance.server.password, new="short")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("至少用 10 个字符")
    _change_password(page, old=instance.server.password, new=NEW_PASSWORD)

    expect(page.get_by_role("status")).to_contain_text("密码已修改")
    expect(page.get_by_role("heading", level=1)).to_have_text("设置动态口令")
    set_up_second_factor(page)
    press(page, "收好了，进入受理台")

    expect(page.get_by_role("navigation", name="队列")).to_be_visible()


def test_somebody_invited_on_paper_is_at_the_desk_a_minute_later(open_desk: Opener, instance: Instance) -> None:
    password = instance.make.make_user("head", Role.ADMIN)
    office, home = open_desk(), open_desk()
    sign_in(office, "head", password, at=instance.address("/users/create"))
    office.get_by_label("姓名").fill("周敏")
    office.get_by_label("账号").fill("zhoumin")
    office.get_by_label("角色").select_option("moderator")
    press(office, "生成邀请")
    link = office.get_by_label("一次性链接").input_value()

    home.goto(link)
    assert home.url == instance.address("/accounts/join")
    home.get_by_label("密码").first.fill("lantern gravel sixty")
    home.get_by_label("再输一次密码").fill("lantern gravel sixty")
    press(home, "设好密码")
    set_up_second_factor(home)
    press(home, "收好了，进入受理台")

    expect(home.get_by_role("navigation", name="队列")).to_be_visible()


def test_somebody_who_signs_out_has_to_sign_in_again(
    desk: Page, instance: Instance, moderator: tuple[str, str]
) -> None:
    desk.get_by_text(moderator[0]).click()
    press(desk, "退出登录")

    desk.goto(instance.address("/moderation/"))

    expect(desk.get_by_role("heading", level=1)).to_have_text("工作人员登录")


def test_after_signing_in_one_is_where_one_wanted_to_be(
    open_desk: Opener, instance: Instance, moderator: tuple[str, str], number: str
) -> None:
    page = open_desk()

    sign_in(page, *moderator, at=instance.address(f"/moderation/{number}"))

    expect(page.get_by_role("heading", level=1)).to_have_text(number)


def test_the_queue_shows_what_the_filter_says_and_opens_it(staff: Page, instance: Instance) -> None:
    mark = uuid4().hex
    wanted = instance.make.make_submission(
        replace(OPINION, text=f"请问几点开门？{mark}"), kind="inquiry", respondent_group="special_supervisor"
    )
    for kind, group in (("inquiry", "citizen"), ("praise", "special_supervisor")):
        instance.make.make_submission(replace(OPINION, text=f"不该出现。{mark}"), kind=kind, respondent_group=group)

    show_filters(staff)
    staff.get_by_role("combobox", name="类型", exact=True).select_option("咨询")
    staff.get_by_label("对象类别").select_option("特约监督员")
    press(staff, "筛选")

    expect(staff.get_by_text(f"请问几点开门？{mark}")).to_be_visible()
    expect(staff.get_by_text(f"不该出现。{mark}")).to_have_count(0)
    expect(staff.get_by_role("combobox", name="类型", exact=True)).to_have_value("inquiry")
    follow(staff, staff.get_by_role("link").filter(has_text=wanted.number))
    expect(staff.get_by_role("heading", level=1)).to_have_text(wanted.number)


def test_an_opinion_is_accepted_answered_completed_and_reopened(staff: Page, instance: Instance) -> None:
    receipt = instance.make.make_submission()
    staff.goto(instance.address(f"/moderation/{receipt.number}"))
    states = [status_on(staff)]

    decide(staff, "受理")
    states.append(status_on(staff))
    answer(staff, "您好，窗口已改为一次告知。\n谢谢您。", outcome="部分采纳", summary="一次告知材料")
    decide(staff, "答复")
    states.append(status_on(staff))
    decide(staff, "办结")
    states.append(status_on(staff))
    staff.get_by_role("complementary", name="办理").get_by_text("重新办理").first.click()
    staff.get_by_label("重新办理的原因").fill("提出人补充了材料")
    decide(staff, "重新办理")
    states.append(status_on(staff))

    assert states == ["待受理", "已受理", "已答复", "已办结", "已受理"]
    timeline = staff.get_by_role("list").filter(has_text="收到").inner_text()
    steps = [word for word in re.split(r"\s+", timeline) if word in {"收到", "受理", "答复", "办结", "重新办理"}]
    assert steps == ["收到", "受理", "答复", "办结", "重新办理"]
    assert "提出人补充了材料" in timeline


def test_the_citizen_reads_what_was_answered_and_nothing_else(
    desk: Page, open_phone: Opener, instance: Instance, moderator: tuple[str, str]
) -> None:
    receipt = instance.make.make_submission()
    desk.goto(instance.address(f"/moderation/{receipt.number}"))
    desk.get_by_text("直接答复").click()
    answer(desk, "您好，已经增加窗口。", outcome="采纳", summary="内部归纳")
    decide(desk, "答复")
    citizen = open_phone()

    ask_for(citizen, receipt.code, at=instance.address("/track"))

    expect(citizen.get_by_text("您好，已经增加窗口。")).to_be_visible()
    expect(citizen.get_by_text("采纳", exact=True)).to_be_visible()
    assert "内部归纳" not in citizen.content()
    assert moderator[0] not in citizen.content()


def test_a_refusal_needs_a_reason_which_the_citizen_reads(desk: Page, open_phone: Opener, instance: Instance) -> None:
    receipt = instance.make.make_submission()
    desk.goto(instance.address(f"/moderation/{receipt.number}"))
    desk.get_by_role("complementary", name="办理").get_by_text("不予受理").first.click()
    decide(desk, "不予受理")
    expect(desk.get_by_role("alert")).to_contain_text("请写明理由")
    desk.get_by_label("不属于本次征集范围").check()
    desk.get_by_label("理由（提出人会看到）").fill("供水问题请拨打 12345。")
    decide(desk, "不予受理")
    citizen = open_phone()

    ask_for(citizen, receipt.code, at=instance.address("/track"))

    expect(citizen.get_by_text("不属于本次征集范围")).to_be_visible()
    expect(citizen.get_by_text("供水问题请拨打 12345。")).to_be_visible()
    expect(citizen.get_by_text("不属于受理范围（现在）")).to_have_count(0)
    expect(citizen.get_by_text("不属于受理范围").first).to_be_visible()


def test_mistakes_in_a_reply_are_links_to_their_fields(desk: Page, instance: Instance, number: str) -> None:
    desk.goto(instance.address(f"/moderation/{number}"))
    desk.get_by_text("直接答复").click()
    desk.get_by_label("归纳要点").fill("只写了要点")

    decide(desk, "答复")

    expect(desk.get_by_role("alert")).to_be_focused()
    expect(desk.get_by_label("归纳要点")).to_have_value("只写了要点")
    assert _fields_linked_to(desk) == {"答复内容", "采纳情况"}


def test_a_missing_reason_is_a_link_to_its_field(desk: Page, instance: Instance) -> None:
    receipt = instance.make.make_submission(name="李小红", phone="13800138000", has_consented=True)
    desk.goto(instance.address(f"/moderation/{receipt.number}"))

    desk.get_by_role("complementary", name="办理").locator("summary").filter(has_text="不予受理").click()
    decide(desk, "不予受理")
    in_refusal = _fields_linked_to(desk)
    desk.get_by_text("查看联系方式").click()
    press(desk, "查看")

    assert in_refusal == {"属于哪种情况（提出人会看到）", "理由（提出人会看到）"}
    assert _fields_linked_to(desk) == {"请写明查看理由，查看会留下记录"}


def test_the_second_of_two_who_decide_at_once_sees_what_the_first_did_and_keeps_his_words(
    staff: Page, open_desk: Opener, instance: Instance, number: str
) -> None:
    other = open_desk()
    name = f"li{uuid4().hex[:6]}"
    password = instance.make.make_user(name, Role.MODERATOR)
    sign_in(other, name, password, at=instance.address(f"/moderation/{number}"))
    staff.goto(instance.address(f"/moderation/{number}"))
    staff.get_by_text("直接答复").click()
    answer(staff, "您好，我先写了很长的答复。", outcome="列入计划", summary="我的要点")

    decide(other, "受理")
    decide(staff, "答复")

    expect(staff.get_by_role("alert")).to_contain_text("这件意见有了新的处理")
    expect(staff.get_by_role("listitem").filter(has_text=name)).to_contain_text("受理")
    assert status_on(staff) == "已受理"
    expect(staff.get_by_label("答复内容")).to_have_value("您好，我先写了很长的答复。")
    expect(staff.get_by_label("列入计划")).to_be_checked()
    expect(staff.get_by_label("归纳要点")).to_have_value("我的要点")
    decide(staff, "答复")
    assert status_on(staff) == "已答复"


def test_a_reply_typed_while_the_session_ended_comes_back_and_can_be_saved(
    staff: Page, instance: Instance, moderator: tuple[str, str], number: str
) -> None:
    staff.goto(instance.address(f"/moderation/{number}"))
    staff.get_by_text("直接答复").click()
    answer(staff, "您好，\n这是写了半小时的答复 <b>。", outcome="解释说明", summary="半小时")
    instance.end_sessions()

    decide(staff, "答复")
    expect(staff.get_by_role("alert")).to_contain_text("登录已超时")
    expect(staff.locator("p").filter(has_text="这是写了半小时的答复 <b>。")).to_be_visible()
    enter(staff, *moderator)
    press(staff, "继续填写")

    expect(staff.get_by_role("status")).to_contain_text("还没有保存")
    expect(staff.get_by_label("答复内容")).to_have_value("您好，\n这是写了半小时的答复 <b>。")
    expect(staff.get_by_label("解释说明")).to_be_checked()
    expect(staff.get_by_label("归纳要点")).to_have_value("半小时")
    decide(staff, "答复")
    assert status_on(staff) == "已答复"
    expect(staff.locator("p").filter(has_text="这是写了半小时的答复 <b>。")).to_be_visible()


def test_a_wrong_password_on_the_way_loses_no_typed_reply(
    desk: Page, instance: Instance, moderator: tuple[str, str], number: str
) -> None:
    desk.goto(instance.address(f"/moderation/{number}"))
    desk.get_by_text("直接答复").click()
    answer(desk, "您好，别丢了我。", outcome="采纳", summary="不丢")
    instance.end_sessions()
    decide(desk, "答复")

    enter(desk, moderator[0], "wrong wrong wrong")
    enter(desk, *moderator)
    press(desk, "继续填写")

    expect(desk.get_by_label("答复内容")).to_have_value("您好，别丢了我。")


def test_a_reply_is_sent_with_the_keyboard_alone(desk: Page, instance: Instance, number: str) -> None:
    desk.goto(instance.address(f"/moderation/{number}"))

    _tab_to(desk, "button.main")
    with desk.expect_navigation():
        desk.keyboard.press("Enter")
    _tab_to(desk, "textarea[name=body]")
    desk.keyboard.insert_text("您好，没有用鼠标。")
    desk.keyboard.press("Tab")
    desk.keyboard.press("Space")
    desk.keyboard.press("ArrowRight")
    desk.keyboard.press("Tab")
    desk.keyboard.insert_text("键盘")
    desk.keyboard.press("Tab")
    with desk.expect_navigation():
        desk.keyboard.press("Enter")

    assert status_on(desk) == "已答复"
    expect(desk.get_by_text("您好，没有用鼠标。")).to_be_visible()
    expect(desk.get_by_text("部分采纳")).to_be_visible()


def test_the_keyboard_opens_what_is_folded(desk: Page, instance: Instance, number: str) -> None:
    desk.goto(instance.address(f"/moderation/{number}"))

    _tab_to(desk, "summary:text('不予受理')")
    desk.keyboard.press("Enter")
    _tab_to(desk, "input[name=kind]")
    desk.keyboard.press("Space")
    desk.keyboard.press("Tab")
    desk.keyboard.insert_text("不归我们管，请拨打 12345。")
    desk.keyboard.press("Tab")
    with desk.expect_navigation():
        desk.keyboard.press("Enter")

    assert status_on(desk) == "不予受理"


def test_contact_details_are_masked_until_a_reason_is_given(staff: Page, instance: Instance) -> None:
    receipt = instance.make.make_submission(name="李小红", phone="13800138000", has_consented=True)
    staff.goto(instance.address(f"/moderation/{receipt.number}"))
    assert "13800138000" not in staff.content()

    staff.get_by_text("查看联系方式").click()
    staff.get_by_label("请写明查看理由").fill("电话核实时间")
    press(staff, "查看")

    expect(staff.get_by_text("13800138000")).to_be_visible()
    expect(staff.get_by_text("电话核实时间")).to_be_visible()


def test_a_short_opinion_prints_on_one_sheet_without_buttons(desk: Page, instance: Instance, tmp_path: Path) -> None:
    receipt = instance.make.make_replied(replace(OPINION, text="窗口只收纸质材料。"), body="您好，已经改进。")
    desk.goto(instance.address(f"/moderation/{receipt.number}"))

    desk.pdf(path=tmp_path / "one.pdf", format="A4", prefer_css_page_size=True)
    printed = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "one.pdf", "-"], check=True, capture_output=True, text=True
    ).stdout

    assert printed.count("\f") == 1
    for wanted in (receipt.number, "窗口只收纸质材料。", "您好，已经改进。", "办理记录", "收到", "受理", "管理员"):
        assert wanted in printed
    for button in ("办结", "重新办理", "保存归类", "返回队列", "修改密码", "退出登录", "跳到正文"):
        assert button not in printed


def _fields_linked_to(page: Page) -> set[str]:
    """The labels of the fields that the summary of mistakes leads to."""
    labels = """link => {
      const field = document.querySelector(link.hash);
      return field ? (field.labels ? field.labels[0] : field.querySelector("legend")).textContent : "nothing";
    }"""
    return {link.evaluate(labels) for link in page.get_by_role("alert").get_by_role("link").all()}


def _change_password(page: Page, *, old: str, new: str) -> None:
    page.get_by_label("原密码").fill(old)
    page.get_by_label("新密码", exact=True).fill(new)
    page.get_by_label("再输一次新密码").fill(new)
    press(page, "保存")


def _tab_to(page: Page, target: str) -> None:
    """Press Tab until the target has the focus, and not for ever."""
    wanted = page.locator(target).first
    for _ in range(60):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    pytest.fail(f"the keyboard does not reach {target}")


def test_from_the_queue_to_an_answer_with_keys_alone(open_desk: Opener, instance: Instance) -> None:
    """n, r, type, Tab to the outcome and the summary, Ctrl+Enter; then z takes it back."""
    number = instance.make.make_submission(text="导诊台没有人。").number
    page = open_desk()
    name = f"keys{uuid4().hex[:6]}"
    sign_in(page, name, instance.make.make_user(name, Role.MODERATOR), at=instance.address("/moderation/"))
    page.goto(instance.address(f"/moderation/?query={number}&status=received"))
    while not page.get_by_role("button", name="下一件").count():  # the worker needs a moment to let it be found
        page.reload()

    with page.expect_navigation():
        page.keyboard.press("n")
    expect(page.get_by_role("heading", level=1)).to_have_text(number)
    page.keyboard.press("r")
    expect(page.get_by_label("答复内容")).to_be_focused()
    page.keyboard.type("您好，已安排专人。")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("安排专人导诊")
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")

    assert status_on(page) == "已答复"


def test_the_sheet_of_keys_opens_and_keys_can_be_switched_off(staff: Page, instance: Instance) -> None:
    staff.goto(instance.address("/moderation/"))
    staff.keyboard.press("?")
    expect(staff.get_by_role("dialog")).to_be_visible()
    staff.get_by_label("停用单键快捷键").check()
    staff.keyboard.press("Escape")

    staff.keyboard.press("/")

    expect(staff.get_by_role("searchbox")).not_to_be_focused()


def test_a_text_kept_ready_goes_to_the_cursor_and_loses_nothing(staff: Page, instance: Instance, number: str) -> None:
    staff.goto(instance.address(f"/moderation/{number}"))
    staff.get_by_text("直接答复").click()
    box = staff.get_by_label("答复内容")
    box.fill("前面。后面。")
    box.evaluate("area => area.setSelectionRange(0, 3)")
    fold = staff.locator("details.canned").first
    fold.locator("summary").first.click()
    fold.get_by_role("button", name="答复的开头和结尾").click()

    expect(box).to_be_focused()
    text = box.input_value()
    assert text.startswith("前面。您好：\n您")
    assert text.endswith("日后面。")
    assert f"（编号 {number}），现答复如下。\n\n\n" in text
    staff.keyboard.press("Control+z")
    expect(box).to_have_value("前面。后面。")


def test_a_text_kept_ready_can_be_read_without_scripts(
    open_desk: Opener, instance: Instance, moderator: tuple[str, str], number: str
) -> None:
    page = open_desk(java_script_enabled=False)
    sign_in(page, *moderator, at=instance.address(f"/moderation/{number}"))
    page.get_by_role("complementary", name="办理").get_by_text("不予受理").first.click()

    page.locator("details.canned:visible > summary").click()
    page.locator("summary").filter(has_text="请向 12345 反映").click()

    expect(page.get_by_text("请拨打 12345 政务服务便民热线")).to_be_visible()
    expect(page.get_by_role("button", name="请向 12345 反映")).to_have_count(0)
