"""Posters on pages: of one channel or all, made by a worker, and the picture to press and hold."""

import io
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import unquote

import pypdfium2
import pytest
import zxingcpp
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

from feedback.assembly import worker
from feedback.base.adapters import jobs
from feedback.base.adapters.keys import Keys
from feedback.base.config import Settings
from feedback.base.domain.permission import Role
from feedback.campaigns.models.channel import Channel
from feedback.outreach.domain.poster import DESIGN_LABELS, ON_PAPER, SIZE_LABELS
from tests.conftest import Person, signed_in
from tests.factories import Factory
from tests.web import PageForm, form_on, forms_on, press

PAGE = "/campaigns/1/posters/"
ONE = "/campaigns/1/channels/1/poster"


@pytest.fixture
def manager(person: Person) -> FlaskClient:
    """Somebody who sets campaigns up."""
    return person(Role.CAMPAIGN_MANAGER)


def order_form(manager: FlaskClient) -> PageForm:
    """The form that orders the posters of all channels."""
    (form,) = [form for form in forms_on(manager.get(PAGE).text) if "生成" in form.buttons]
    return form


def read(picture: Image.Image) -> set[str]:
    return {code.text for code in zxingcpp.read_barcodes(picture)}


def order_one(manager: FlaskClient, **typed: str) -> TestResponse:
    """Order the poster of one channel, as its page offers it."""
    form = form_on(manager.get("/campaigns/1/channels/1").text, "/poster")
    return press(manager, form, **typed)


def let_worker_draw(sessions: sessionmaker[Session], keys: Keys, settings: Settings) -> None:
    lease = jobs.lease_next(sessions, now=datetime.now(UTC))
    assert lease is not None
    worker.run(worker.Bench(sessions, keys, settings.exports), lease)


@pytest.mark.parametrize("size", SIZE_LABELS)
def test_the_poster_of_one_channel_is_made_by_a_worker_under_the_name_of_its_channel(
    manager: FlaskClient,
    channel_code: str,
    size: str,
    sessions: sessionmaker[Session],
    keys: Keys,
    settings: Settings,
) -> None:
    page = order_one(manager, size=size, design="plain").location
    let_worker_draw(sessions, keys, settings)
    shown = manager.get(page).text
    with manager.get(f"{page}/download") as answer:
        file, headers, mimetype = answer.data, answer.headers, answer.mimetype

    is_paper = size in ON_PAPER
    picture = pypdfium2.PdfDocument(file)[0].render(scale=2).to_pil() if is_paper else Image.open(io.BytesIO(file))
    assert mimetype == ("application/pdf" if is_paper else "image/png")
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert unquote(headers["Content-Disposition"]).startswith("attachment; filename*=UTF-8''默认二维码-")
    assert headers["Content-Disposition"].isascii()
    assert read(picture.convert("RGB")) == {f"http://localhost/f/{channel_code}"}
    assert "<dt>渠道</dt><dd>默认二维码</dd>" in shown
    assert ("下载 PDF 文件" if is_paper else "下载图片") in shown
    assert "默认二维码" in manager.get(PAGE).text


@pytest.mark.parametrize("design", DESIGN_LABELS)
def test_each_design_is_shown_as_a_small_picture(manager: FlaskClient, design: str) -> None:
    shown = manager.get(PAGE).text
    answer = manager.get(ONE, query_string={"design": design})

    assert f"design={design}" in shown
    assert Image.open(io.BytesIO(answer.data)).width == 320


@pytest.mark.parametrize("asked", [{"size": "a3"}, {"design": "neon"}, {"size": ""}, {"size": "a4", "design": "\0"}])
def test_what_there_is_not_is_not_found(manager: FlaskClient, asked: dict[str, str]) -> None:
    assert manager.get(ONE, query_string=asked).status_code == 404
    assert order_one(manager, **asked).status_code == 404


def test_the_code_leads_to_the_public_address(
    make_app: Callable[..., Flask],
    sessions: sessionmaker[Session],
    make: Factory,
    channel_code: str,
    keys: Keys,
    settings: Settings,
) -> None:
    app = make_app(public_url="http://10.1.2.3:8080")
    make.make_user("zhao", Role.CAMPAIGN_MANAGER)
    browser = signed_in(app, sessions, "zhao")

    page = order_one(browser, size="picture").location
    let_worker_draw(sessions, keys, settings)

    with browser.get(f"{page}/download") as answer:
        picture = Image.open(io.BytesIO(answer.data)).convert("RGB")
    assert read(picture) == {f"http://10.1.2.3:8080/f/{channel_code}"}
    assert "PUBLIC_URL" not in browser.get(PAGE).text


def test_the_page_says_what_will_be_missing(manager: FlaskClient, make: Factory) -> None:
    first = manager.get(PAGE).text
    make.set_campaign(imprint={"phone": "000-12345678", "address": "人民路 1 号"})
    second = manager.get(PAGE).text

    assert "还没有填写联系电话、通信地址" in first
    assert "还没有填写" not in second
    assert "还没有设置公众网址" in first


def test_all_posters_are_made_by_a_worker_and_downloaded(
    manager: FlaskClient, sessions: sessionmaker[Session], keys: Keys, settings: Settings
) -> None:
    form = order_form(manager)
    asked = manager.post(PAGE, data={**form.fields, "size": "a5", "design": "band", "bundle": "zip"})
    page = asked.location
    waiting = manager.get(page).text
    let_worker_draw(sessions, keys, settings)

    assert "正在排队" in waiting
    assert manager.get(f"{page}/progress").json["status"] == "done"
    assert "下载 ZIP 文件" in manager.get(page).text
    with manager.get(f"{page}/download") as answer:
        assert answer.data.startswith(b"PK")
        assert answer.headers["Cache-Control"] == "no-store"


def test_a_file_that_was_swept_away_is_said_to_be_gone(
    manager: FlaskClient, sessions: sessionmaker[Session], keys: Keys, settings: Settings
) -> None:
    page = manager.post(PAGE, data=order_form(manager).fields).location
    let_worker_draw(sessions, keys, settings)
    for path in settings.exports.iterdir():
        path.unlink()

    assert "已过保留期" in manager.get(page).text
    assert manager.get(f"{page}/download").status_code == 404


def test_pictures_in_one_document_are_refused_with_a_sentence(manager: FlaskClient) -> None:
    form = order_form(manager)

    answer = manager.post(PAGE, data={**form.fields, "size": "slide", "bundle": "pdf"})

    assert answer.status_code == 400
    assert "每个渠道一个文件" in answer.text


def test_an_order_of_another_campaign_is_not_found(manager: FlaskClient) -> None:
    assert manager.get(f"{PAGE}99").status_code == 404
    assert manager.get(f"{PAGE}99/download").status_code == 404


def test_the_page_to_press_and_hold_shows_one_code_large_enough(
    client: FlaskClient, channel_code: str, sessions: sessionmaker[Session]
) -> None:
    page = client.get(f"/f/{channel_code.upper()}/qr").text
    picture = client.get(f"/f/{channel_code}/qr.png")

    assert page.count("<img") == 1
    assert f'src="/f/{channel_code}/qr.png"' in page and 'width="240"' in page
    assert read(Image.open(io.BytesIO(picture.data)).convert("RGB")) == {f"http://localhost/f/{channel_code}"}
    with sessions() as session:
        assert session.get_one(Channel, 1).code == channel_code


def test_the_code_of_a_look_leads_to_the_usual_page(client: FlaskClient, channel_code: str) -> None:
    usual, elder = (client.get(f"/f/{channel_code}/qr.png{query}").data for query in ("", "?look=elder"))

    assert usual == elder
    assert f'src="/f/{channel_code}/qr.png"' in client.get(f"/f/{channel_code}/qr?look=elder").text


def test_no_code_leads_nowhere(client: FlaskClient) -> None:
    assert client.get("/f/zzzzz/qr").status_code == 404
    assert client.get("/f/zzzzz/qr.png").status_code == 404


def test_in_wechat_nothing_is_offered_that_it_cannot_save(manager: FlaskClient) -> None:
    pages = ("/campaigns/1/channels/1", "/campaigns/1/group-codes/")

    inside = [manager.get(page, headers={"User-Agent": "Mozilla/5.0 MicroMessenger/8.0"}).text for page in pages]
    outside = [manager.get(page).text for page in pages]

    assert all("微信里不能下载文件" in text and "生成海报" not in text and "下载卡片" not in text for text in inside)
    assert not any("微信里不能下载文件" in text for text in outside)
