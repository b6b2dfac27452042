"""What the sender does with the code alone, with and without scripts: add, rate, ask once more."""

from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from feedback.cases.models.attachment import Attachment
from feedback.cases.models.text import Text
from tests.e2e.instance import Instance
from tests.e2e.steps import add_picture, ask_for, press
from tests.stored import settled
from tests.uploads import photo

# The other database is tried by the same requests without a browser.
pytestmark = pytest.mark.only_on("sqlite")


@pytest.fixture
def text() -> str:
    """A supplement nobody else writes."""
    return f"昨天又去了一次，还是没有人，编号 {uuid4().hex}。"


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A picture as it lies on a phone."""
    path = tmp_path / "IMG_0002.jpg"
    path.write_bytes(photo(size=(1200, 900)))
    return path


def test_a_supplement_with_pictures_is_added_once(phone: Page, instance: Instance, text: str, picture: Path) -> None:
    ask_for(phone, instance.make.make_submission().code, at=instance.address("/track"))
    phone.get_by_text("补充情况").tap()
    phone.get_by_label("补充的内容").fill(text)
    add_picture(phone, picture)
    add_picture(phone, picture)

    press(phone, "提交补充")

    expect(phone.get_by_text("已收到您的补充。")).to_be_visible()
    expect(phone.get_by_text("1 张图片已保存")).to_be_visible()
    expect(phone.get_by_text(text)).to_be_visible()
    phone.reload()
    expect(phone.get_by_text(text)).to_have_count(1)
    with instance.sessions() as session:
        settled(session)
        pictures = select(Attachment.id).join(Text, Text.id == Attachment.text_id).where(Text.body == text)
        assert len(session.scalars(pictures).all()) == 1


def test_a_draft_of_a_supplement_is_offered_for_its_own_submission_only(
    phone_with_scripts: Page, instance: Instance, text: str
) -> None:
    phone, first = phone_with_scripts, instance.make.make_submission()
    ask_for(phone, first.code, at=instance.address("/track"))
    phone.get_by_text("补充情况").tap()
    phone.get_by_label("补充的内容").press_sequentially(text[:8])
    phone.wait_for_timeout(500)

    ask_for(phone, instance.make.make_submission().code, at=instance.address("/track"))
    phone.get_by_text("补充情况").tap()
    expect(phone.get_by_label("补充的内容")).to_have_value("")
    ask_for(phone, first.code, at=instance.address("/track"))
    phone.get_by_text("补充情况").tap()
    phone.get_by_role("button", name="接着写").tap()

    expect(phone.get_by_label("补充的内容")).to_have_value(text[:8])


def test_an_answer_is_new_once_and_rated_with_a_reason(phone: Page, instance: Instance) -> None:
    receipt = instance.make.make_replied()
    ask_for(phone, receipt.code, at=instance.address("/track"))
    expect(phone.get_by_text("新", exact=True)).to_be_visible()

    phone.get_by_label("不满意", exact=True).check()
    phone.get_by_label("想说明的").fill("没有说什么时候改。")
    press(phone, "提交评价")

    expect(phone.get_by_text("谢谢您的评价。")).to_be_visible()
    expect(phone.get_by_text("已评价：不满意")).to_be_visible()
    expect(phone.get_by_text("新", exact=True)).to_have_count(0)


def test_a_rating_without_a_level_gives_the_reason_back(phone: Page, instance: Instance) -> None:
    ask_for(phone, instance.make.make_replied().code, at=instance.address("/track"))
    phone.get_by_label("想说明的").fill("忘了选一项。")

    press(phone, "提交评价")

    expect(phone.get_by_role("alert")).to_have_text("请选择一项满意程度。")
    expect(phone.get_by_label("想说明的")).to_have_value("忘了选一项。")


def test_another_look_is_asked_for_once(phone: Page, instance: Instance) -> None:
    ask_for(phone, instance.make.make_replied().code, at=instance.address("/track"))
    phone.get_by_text("申请复核").tap()
    phone.get_by_label("请写明理由").fill("答复没有说到窗口的事。")

    press(phone, "提交复核申请")

    expect(phone.get_by_text("已收到您的复核申请")).to_be_visible()
    expect(phone.locator("[aria-current=step]")).to_contain_text("办理中")
    expect(phone.get_by_text("可以申请一次")).to_have_count(0)
