"""Nothing typed is lost: drafts on the phone, sending without network, and what never stays on a shared device."""

from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from feedback.base.adapters.database import writing
from feedback.campaigns.models.channel import Channel
from tests.e2e.instance import Instance
from tests.e2e.steps import press, write

# A draft lives in the browser.
pytestmark = pytest.mark.only_on("sqlite")

QUESTION = "这部手机上有一份没写完的内容"
SAVED_MS = 500


@pytest.fixture
def text() -> str:
    """An opinion nobody else has."""
    return f"等候区没有座位，编号 {uuid4().hex}。"


def typed(page: Page, instance: Instance, text: str) -> None:
    """Open the form and write, until the draft is kept."""
    page.goto(instance.form())
    write(page, text)
    page.wait_for_timeout(SAVED_MS)


def drafts(page: Page) -> int:
    """How many drafts the phone keeps."""
    return int(page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('draft ')).length"))


def test_after_the_page_was_killed_the_draft_is_offered_without_showing_it(
    phone_with_scripts: Page, instance: Instance, text: str
) -> None:
    typed(phone_with_scripts, instance, text)
    nonce = phone_with_scripts.locator("[name=nonce]").input_value()
    context = phone_with_scripts.context
    phone_with_scripts.close(run_before_unload=False)

    page = context.new_page()
    page.goto(instance.form())

    expect(page.get_by_role("heading", name=QUESTION)).to_be_visible()
    expect(page.get_by_label("请写在这里")).to_be_hidden()
    assert text not in page.content()
    page.get_by_role("button", name="接着写").tap()
    expect(page.get_by_label("请写在这里")).to_have_value(text)
    assert page.locator("[name=nonce]").input_value() == nonce
    press(page, "提交")
    assert len(instance.submissions_saying(text)) == 1
    assert drafts(page) == 0


def test_larger_letters_keep_what_is_being_written(phone_with_scripts: Page, instance: Instance, text: str) -> None:
    phone_with_scripts.goto(instance.form())
    write(phone_with_scripts, text)

    press(phone_with_scripts, "大")

    expect(phone_with_scripts.get_by_label("请写在这里")).to_have_value(text)
    phone_with_scripts.goto(instance.form())
    expect(phone_with_scripts.get_by_role("heading", name=QUESTION)).to_be_visible()


def test_a_draft_can_be_dropped(phone_with_scripts: Page, instance: Instance, text: str) -> None:
    typed(phone_with_scripts, instance, text)
    phone_with_scripts.reload()

    phone_with_scripts.get_by_role("button", name="清除草稿").first.tap()

    expect(phone_with_scripts.get_by_label("请写在这里")).to_have_value("")
    assert drafts(phone_with_scripts) == 0


def test_a_draft_of_more_than_a_week_is_deleted_at_the_next_opening(
    phone_with_scripts: Page, instance: Instance, text: str
) -> None:
    typed(phone_with_scripts, instance, text)
    phone_with_scripts.evaluate(
        """() => { for (const key of Object.keys(localStorage)) {
            const draft = JSON.parse(localStorage.getItem(key));
            localStorage.setItem(key, JSON.stringify({ ...draft, at: Date.now() - 7.01 * 86400e3 })); } }"""
    )

    phone_with_scripts.goto(instance.address("/"))

    assert drafts(phone_with_scripts) == 0


def test_a_kiosk_keeps_no_draft(phone_with_scripts: Page, instance: Instance, text: str) -> None:
    with writing(instance.sessions) as session:
        session.execute(update(Channel).values(is_kiosk=True))
    phone_with_scripts.wait_for_timeout(1_200)
    try:
        typed(phone_with_scripts, instance, text)

        assert drafts(phone_with_scripts) == 0
    finally:
        with writing(instance.sessions) as session:
            session.execute(update(Channel).values(is_kiosk=False))
        phone_with_scripts.wait_for_timeout(1_200)


def test_what_is_sent_without_network_arrives_once_when_it_is_back(
    phone_with_scripts: Page, instance: Instance, text: str
) -> None:
    page = phone_with_scripts
    page.goto(instance.form())
    write(page, text)
    # The network is cut where this test can see it: Chromium would complain in the console of a real cut.
    page.evaluate(
        """() => { const real = window.fetch;
            window.fetch = (...all) => window.isBack ? real(...all) : Promise.reject(new TypeError("cut")); }"""
    )

    page.get_by_role("button", name="提交", exact=True).tap()
    expect(page.get_by_text("现在没有网络，还没有提交。")).to_be_visible()
    assert instance.submissions_saying(text) == []
    assert drafts(page) == 1
    with page.expect_navigation():
        page.evaluate("() => { window.isBack = true; window.dispatchEvent(new Event('online')); }")

    expect(page.get_by_role("heading", level=1)).to_have_text("已收到，谢谢您")
    assert len(instance.submissions_saying(text)) == 1
    assert drafts(page) == 0
