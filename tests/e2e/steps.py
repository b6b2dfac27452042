"""What people do on pages."""

from pathlib import Path

from playwright.sync_api import Locator, Page

from tests.e2e.instance import instance_of


def press(page: Page, label: str) -> None:
    """Press a button or a link that leads to another page, with the finger where there is one."""
    follow(
        page, page.get_by_role("button", name=label, exact=True).or_(page.get_by_role("link", name=label, exact=True))
    )


def follow(page: Page, target: Locator) -> None:
    """Press something that leads to another page."""
    has_touch = "MicroMessenger" in page.evaluate("navigator.userAgent")
    with page.expect_navigation():
        target.tap() if has_touch else target.click()


def write(page: Page, text: str) -> None:
    """Fill in the one thing that is compulsory."""
    page.get_by_label("请写在这里").fill(text)


def add_picture(page: Page, path: Path) -> None:
    """Choose a file in the next empty place."""
    has_scripts = page.locator("label.add").count() == 1
    inputs = page.locator("input[name=pictures]")
    place = (
        0
        if has_scripts
        else next(number for number in range(5) if not inputs.nth(number).evaluate("input => input.files.length"))
    )
    inputs.nth(place).set_input_files(path)


def tap_twice(page: Page, label: str) -> None:
    """Two taps faster than any answer comes."""
    box = page.get_by_role("button", name=label).bounding_box()
    if box is None or box["y"] > 740:
        page.get_by_role("button", name=label).scroll_into_view_if_needed()
        box = page.get_by_role("button", name=label).bounding_box()
    assert box is not None
    for _ in range(2):
        page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def open_form(page: Page, form: str) -> None:
    """A form with nothing in it: a draft that is offered is dropped."""
    page.goto(form)
    if page.get_by_role("heading", name="没写完的内容").count():
        page.get_by_role("button", name="清除草稿").first.click()


def submit(page: Page, form: str, text: str) -> str:
    """Open the form, write, send, and return the code of the receipt."""
    open_form(page, form)
    write(page, text)
    press(page, "提交")
    return code_on(page)


def code_on(page: Page) -> str:
    """The query code of a receipt as it is shown."""
    return page.locator("#code").inner_text()


def number_on(page: Page) -> str:
    """The public number of a receipt."""
    return page.get_by_text("编号").inner_text().removeprefix("编号").strip()


def ask_for(page: Page, code: str, *, at: str) -> None:
    """Ask for the progress of a code."""
    page.goto(at)
    page.get_by_label("请输入查询码").fill(code)
    press(page, "查询")


def sign_in(page: Page, name: str, password: str, *, at: str) -> None:
    """Go to a staff page as somebody who is not signed in yet."""
    page.goto(at)
    enter(page, name, password)


def enter(page: Page, name: str, password: str) -> None:
    """Fill in the sign-in page that is shown."""
    page.get_by_label("账号").fill(name)
    page.get_by_label("密码").fill(password)
    page.get_by_label("动态口令").fill(instance_of(page).code(name))
    press(page, "登录")


def answer(page: Page, body: str, *, outcome: str, summary: str) -> None:
    """Fill in the reply form of a submission's page without sending it."""
    page.get_by_label("答复内容").fill(body)
    page.get_by_label(outcome, exact=True).check()
    page.get_by_label("归纳要点").fill(summary)


def decide(page: Page, label: str) -> None:
    """Press one of the buttons of a submission's page."""
    follow(page, page.get_by_role("complementary", name="办理").get_by_role("button", name=label, exact=True))


def status_on(page: Page) -> str:
    """The status a submission's page shows."""
    return page.get_by_role("article").locator("header .tag").first.inner_text()


def show_filters(page: Page) -> None:
    """Unfold the filters of the queue, where the screen is so small that they are folded."""
    summary = page.get_by_text("筛选和导出")
    if summary.is_visible():
        summary.click()
