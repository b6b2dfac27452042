"""From signing in to a form that somebody scans, with the pages alone: a campaign manager's first day."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pypdfium2
import pytest
import zxingcpp
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from feedback.base.domain.permission import Role
from feedback.cases.models.submission import Answer, Submission
from tests.databases import Databases
from tests.e2e.conftest import Opener
from tests.e2e.instance import Instance, running
from tests.e2e.steps import press, sign_in, write
from tests.stored import settled

# The answers are stored alike: other tests show it on both.
pytestmark = pytest.mark.only_on("sqlite")


@pytest.fixture(scope="module")
def instance(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """A service of their own: to the moderators of one that is shared, the newest campaign would be shown first."""
    with running(databases, tmp_path_factory.mktemp("service"), has_worker=True) as service:
        yield service


@pytest.fixture
def manager(open_desk: Opener, instance: Instance) -> Page:
    """A new campaign manager's browser, signed in."""
    name = f"zhao{uuid4().hex[:6]}"
    page = open_desk()
    password = instance.make.make_user(name, Role.CAMPAIGN_MANAGER)
    sign_in(page, name, password, at=instance.address("/campaigns/"))
    return page


@pytest.fixture
def campaign(manager: Page) -> Iterator[str]:
    """The address of a draft that the manager has just made."""
    press(manager, "新建活动")
    manager.get_by_label("标题").fill(f"开门纳谏意见建议征集（{uuid4().hex[:6]}）")
    press(manager, "建立草稿")
    yield manager.url


def read(pdf: Path, *, page: int = 0) -> list[str]:
    """The codes on a page, as a phone would read them from paper."""
    picture = pypdfium2.PdfDocument(pdf)[page].render(scale=150 / 72).to_pil()
    return [code.text for code in zxingcpp.read_barcodes(picture)]


def download(pressed: Locator, to: Path) -> Path:
    """The file that comes when something is pressed, which may first have to be made."""
    expect(pressed).to_be_visible(timeout=20_000)
    with pressed.page.expect_download() as expected:
        pressed.click()
    expected.value.save_as(to)
    return to


def make_channel(page: Page, campaign: str, name: str = "城东派出所大厅") -> None:
    page.goto(f"{campaign}/channels/")
    press(page, "新建渠道")
    page.get_by_label("名称").fill(name)
    press(page, "保存")


def add_question(page: Page, label: str, *, kind: str, options: str = "") -> None:
    press(page, "添加一个问题")
    page.get_by_label("问题", exact=True).last.fill(label)
    page.get_by_label("怎样回答").last.select_option(kind)
    if options:
        page.get_by_label("选项").last.fill(options)


def questions_on(page: Page) -> list[str]:
    return [one.input_value() for one in page.get_by_label("问题", exact=True).all()]


def test_a_newcomer_prints_a_poster_that_leads_to_his_questions(
    manager: Page, campaign: str, open_phone: Opener, instance: Instance, tmp_path: Path
) -> None:
    press(manager, "附加问题 0 个")
    add_question(manager, "您从哪里来？", kind="short_text")
    add_question(manager, "等了多久？", kind="single_choice", options="不到十分钟\n半小时以上")
    press(manager, "保存")
    press(manager, "发布")
    press(manager, "页面信息 电话、地址、备案号")
    manager.get_by_label("联系电话").fill("000-12345678")
    manager.get_by_label("通信地址").fill("人民路 1 号")
    press(manager, "保存")
    make_channel(manager, campaign)
    press(manager, "城东派出所大厅")
    press(manager, "生成海报")
    poster = download(manager.get_by_role("link", name="下载 PDF 文件"), tmp_path / "poster.pdf")
    manager.goto(campaign)
    press(manager, "开始征集")

    (address,) = read(poster)
    phone = open_phone()
    phone.goto(address)
    phone.get_by_label("您从哪里来？").fill("城东街道")
    phone.get_by_label("半小时以上").check()
    write(phone, "窗口只有一个，等了一个上午。")
    press(phone, "提交")

    expect(phone.get_by_role("heading", level=1)).to_have_text("已收到，谢谢您")
    with instance.sessions() as session:
        settled(session)
        newest = session.scalars(select(Submission).order_by(Submission.id.desc()).limit(1)).one()
        answers = session.scalars(
            select(Answer.value).where(Answer.submission_id == newest.id).order_by(Answer.id)
        ).all()
    assert newest.is_trial is False
    assert answers[0] == "城东街道" and len(answers) == 2


def test_a_card_fills_its_code_in_and_proves_once(
    manager: Page, campaign: str, open_phone: Opener, instance: Instance, tmp_path: Path
) -> None:
    make_channel(manager, campaign)
    manager.goto(f"{campaign}/group-codes/")
    manager.get_by_label("发给谁").select_option("lawyer")
    manager.get_by_label("多少张").fill("10")
    cards = download(manager.get_by_role("button", name="生成并下载卡片"), tmp_path / "cards.pdf")

    address = read(cards)[0]
    phone = open_phone()
    phone.goto(address)
    expect(phone.get_by_label("邀请码")).to_have_value(address.partition("#")[2])
    assert "#" not in phone.url
    write(phone, "希望阅卷更方便。")
    press(phone, "提交")

    expect(phone.get_by_role("heading", level=1)).to_have_text("已收到，谢谢您")
    second = open_phone()
    second.goto(address)
    write(second, "同一张卡再用一次。")
    press(second, "提交")
    expect(second.get_by_role("link", name="已经用过")).to_be_visible()
    second.get_by_label("邀请码").fill("")
    press(second, "提交")
    expect(second.get_by_role("heading", level=1)).to_have_text("已收到，谢谢您")
    with instance.sessions() as session:
        settled(session)
        newest = session.scalars(select(Submission.is_proven).order_by(Submission.id.desc()).limit(2)).all()
    assert sorted(newest) == [False, True]


@pytest.mark.parametrize("way", ["dragged", "by a button"])
def test_questions_are_put_in_another_order(manager: Page, campaign: str, way: str) -> None:
    manager.goto(f"{campaign}/edit/questions")
    for label in ("第一问", "第二问", "第三问"):
        add_question(manager, label, kind="short_text")
    lines = manager.locator(".line")

    if way == "dragged":
        lines.nth(2).hover(position={"x": 4, "y": 4})
        manager.mouse.down()
        lines.nth(0).hover(position={"x": 4, "y": 4})
        lines.nth(0).hover(position={"x": 6, "y": 2})
        manager.mouse.up()
    else:
        for place in (2, 1):
            lines.nth(place).get_by_role("button", name="上移").click()
    assert questions_on(manager) == ["第三问", "第一问", "第二问"]
    press(manager, "保存")

    manager.goto(f"{campaign}/edit/questions")
    assert questions_on(manager) == ["第三问", "第一问", "第二问"]
