"""Phones repeat themselves: reloading, going back, tapping twice. Nothing is ever stored twice."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode
from urllib.request import urlopen
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsers import Record
from tests.e2e.conftest import Opener
from tests.e2e.instance import Instance
from tests.e2e.steps import code_on, press, submit, tap_twice, write
from tests.pages import code_on as code_in


@pytest.fixture
def text() -> str:
    """An opinion nobody else has."""
    return f"取号机坏了，编号 {uuid4().hex}。"


def test_reloading_the_receipt_shows_the_same_code(phone: Page, instance: Instance, record: Record, text: str) -> None:
    code = submit(phone, instance.form(), text)

    phone.reload()

    assert code_on(phone) == code
    assert set(record.posts()) == {instance.form()}
    assert len(instance.submissions_saying(text)) == 1


def test_going_back_from_the_receipt_and_sending_again_stores_nothing_twice(
    phone: Page, instance: Instance, text: str
) -> None:
    submit(phone, instance.form(), text)

    phone.go_back()
    press(phone, "提交")

    assert len(instance.submissions_saying(text)) == 1


def test_going_back_to_a_form_that_was_not_sent_finds_everything_typed(
    phone_with_scripts: Page, instance: Instance, text: str
) -> None:
    page = phone_with_scripts
    page.goto(instance.form())
    nonce = page.locator("[name=nonce]").input_value()
    page.get_by_label("律师").check()
    page.get_by_text("留下联系方式").tap()
    page.get_by_role("textbox", name="姓名").fill("王小明")
    write(page, text)
    page.wait_for_timeout(400)
    page.get_by_role("link", name="查询进度").tap()
    page.wait_for_url("**/track")

    page.go_back()
    assert text not in page.content()
    page.get_by_role("button", name="接着写").tap()

    expect(page.get_by_label("请写在这里")).to_have_value(text)
    expect(page.get_by_label("律师")).to_be_checked()
    expect(page.get_by_label("企业家")).not_to_be_checked()
    expect(page.get_by_role("textbox", name="姓名")).to_be_visible()
    expect(page.get_by_role("textbox", name="姓名")).to_have_value("王小明")
    assert page.locator("[name=nonce]").input_value() == nonce


def test_without_scripts_the_next_person_who_goes_back_finds_nothing_of_the_first(
    open_phone: Opener, instance: Instance, text: str
) -> None:
    page = open_phone(java_script_enabled=False)
    submit(page, instance.form(), text)

    page.go_back()

    expect(page.get_by_label("请写在这里")).to_have_value("")


def test_a_double_tap_sends_once(phone: Page, instance: Instance, record: Record, text: str) -> None:
    phone.goto(instance.form())
    write(phone, text)

    tap_twice(phone, "提交")

    expect(phone.get_by_role("heading", level=1)).to_have_text("已收到，谢谢您")
    assert record.posts()
    assert len(instance.submissions_saying(text)) == 1


def test_scripts_hold_back_a_second_tap(
    phone_with_scripts: Page, instance: Instance, record: Record, text: str
) -> None:
    phone_with_scripts.goto(instance.form())
    write(phone_with_scripts, text)

    with phone_with_scripts.expect_navigation():
        phone_with_scripts.get_by_role("button", name="提交").evaluate("button => { button.click(); button.click() }")

    # Scripts store it first and then ask for its receipt, as the same sending.
    assert record.posts() == [instance.form()] * 2
    assert len(instance.submissions_saying(text)) == 1


def test_a_form_sent_many_times_at_once_gets_one_code(open_phone: Opener, instance: Instance, text: str) -> None:
    page = open_phone(java_script_enabled=False)
    page.goto(instance.form())
    fields = {name: page.locator(f"[name={name}]").input_value() for name in ("nonce", "token")}
    body = urlencode({**fields, "text": text}).encode()

    with ThreadPoolExecutor(8) as pool:
        codes = set(pool.map(lambda _: _code_for(instance.form(), body), range(8)))

    assert len(codes) == 1
    assert len(instance.submissions_saying(text)) == 1


def test_a_second_person_on_the_same_page_sees_nothing_of_the_first(phone: Page, instance: Instance, text: str) -> None:
    first_code = _submit_on_a_page_that_stays(phone, instance, text)
    write(phone, f"另一位：{text[-10:]}")

    press(phone, "提交")
    offered = phone.content()
    press(phone, "作为另一件提交")

    for shown in (offered, phone.content()):
        assert text not in shown
        assert first_code not in shown
    assert code_on(phone) != first_code
    assert len(instance.submissions_saying(text)) == 1
    assert len(instance.submissions_saying(f"另一位：{text[-10:]}")) == 1


def test_what_a_second_person_chose_is_sent_along(phone_with_scripts: Page, instance: Instance, text: str) -> None:
    _submit_on_a_page_that_stays(phone_with_scripts, instance, text)
    write(phone_with_scripts, f"另一位：{text}\n第二行")
    phone_with_scripts.get_by_label("律师").check()

    press(phone_with_scripts, "提交")
    press(phone_with_scripts, "作为另一件提交")

    (stored,) = instance.submissions_saying(f"另一位：{text}\n第二行")
    assert stored.respondent_group == "lawyer"


def _submit_on_a_page_that_stays(page: Page, instance: Instance, text: str) -> str:
    """Somebody submits; afterwards the page is the very one he had, as a page kept in WeChat's cache is."""
    page.goto(instance.form())
    kept = {name: page.locator(f"[name={name}]").input_value() for name in ("nonce", "token")}
    write(page, text)
    press(page, "提交")
    code = code_on(page)
    page.goto(instance.form())
    for name, value in kept.items():
        page.locator(f"[name={name}]").evaluate("(field, value) => { field.value = value }", value)
    return code


def _code_for(address: str, body: bytes) -> str:
    with urlopen(address, body, timeout=20) as response:
        return code_in(response.read().decode())
