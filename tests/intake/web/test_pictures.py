"""Pictures with an opinion: what is stored, what is refused alone, and who gets to see them."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

from feedback.base.adapters.database import writing
from feedback.base.adapters.files import held_alone
from feedback.base.adapters.pixels import fresh_pages
from feedback.base.config import Settings
from feedback.base.domain.permission import Role
from feedback.cases.models.attachment import Attachment
from feedback.cases.services import attachment
from feedback.editing.services.campaign import get_campaign, open_campaign
from feedback.intake.web.pictures import LONG_WAIT_SECONDS, WAIT_SECONDS
from tests.conftest import NOW, signed_in
from tests.factories import Factory
from tests.pages import code_on, fill_in, number_on
from tests.uploads import HIDDEN, multipart, photo
from tests.web import count, settle, texts


def pdf(pages: int) -> bytes:
    """A document of blank pages."""
    written = io.BytesIO()
    first, *others = [Image.new("RGB", (60, 80), "white") for _ in range(pages)]
    first.save(written, "PDF", save_all=True, append_images=others, title=HIDDEN.decode())
    return written.getvalue()


def send(client: FlaskClient, code: str, *files: bytes, form: dict[str, str] | None = None) -> TestResponse:
    """Send a form with files, as a browser sends it."""
    fields = form or fill_in(client, code, text="公告栏坏了。")
    body, content_type = multipart(fields, *files)
    return client.post(f"/f/{code}", data=body, content_type=content_type)


def pictures(sessions: sessionmaker[Session]) -> list[Attachment]:
    """The rows of all pictures."""
    settle(sessions)
    with sessions() as session:
        return list(session.scalars(select(Attachment).order_by(Attachment.id)))


@pytest.mark.on_both("a statement of its own")
def test_pictures_are_stored_as_pixels_and_counted_on_the_receipt(
    client: FlaskClient, channel_code: str, sessions: sessionmaker[Session]
) -> None:
    answer = send(client, channel_code, photo("red"), photo("blue"), photo("green"))

    assert "3 张图片已保存" in answer.text
    settle(sessions)
    with sessions() as session:
        contents = list(session.scalars(select(Attachment.content).order_by(Attachment.id)))
    assert contents == [fresh_pages(photo(colour))[0] for colour in ("red", "blue", "green")]
    assert not any(HIDDEN in (content or b"") for content in contents)


@pytest.mark.on_both("a statement of its own")
def test_each_page_of_a_pdf_becomes_a_picture(
    client: FlaskClient, channel_code: str, sessions: sessionmaker[Session]
) -> None:
    answer = send(client, channel_code, pdf(3), photo())

    assert "4 张图片已保存" in answer.text
    assert [row.page for row in pictures(sessions)] == [1, 2, 3, 1]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "是空的"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "不是图片"),
        (b"\xff\xd8\xff\xe0 and then nothing", "打不开"),
        (b"\xff\xd8\xff" + b"\0" * (10 * 1024 * 1024), "超过 10 MB"),
        (pdf(21), "页数太大"),
    ],
    ids=["empty", "svg", "broken", "large", "many pages"],
)
def test_a_file_that_cannot_be_taken_is_refused_alone(
    client: FlaskClient, channel_code: str, sessions: sessionmaker[Session], content: bytes, said: str
) -> None:
    answer = send(client, channel_code, content, photo())

    assert answer.status_code == 200
    assert said in answer.text
    assert "1 张图片已保存" in answer.text
    assert texts(sessions) == ["公告栏坏了。"]


def test_a_sixth_file_is_refused_and_the_others_are_kept(client: FlaskClient, channel_code: str) -> None:
    colours = ("red", "blue", "green", "black", "white", "pink")

    answer = send(client, channel_code, *map(photo, colours))

    assert "5 张图片已保存" in answer.text
    assert "最多 5 个文件" in answer.text


def test_the_same_picture_is_stored_once_however_often_it_is_sent(
    client: FlaskClient, channel_code: str, sessions: sessionmaker[Session]
) -> None:
    form = fill_in(client, channel_code, text="公告栏坏了。")
    first = client.post(f"/f/{channel_code}", data=form)
    for colour in ("red", "blue", "red"):
        send(client, channel_code, photo(colour), form=form)

    last = client.post(f"/f/{channel_code}", data={**form, "chosen": "2"})

    assert code_on(first.text) == code_on(last.text)
    assert "2 张图片已保存" in last.text
    assert "没有保存" not in last.text
    assert len(pictures(sessions)) == 2


def test_the_receipt_says_when_fewer_arrived_than_were_chosen(client: FlaskClient, channel_code: str) -> None:
    form = fill_in(client, channel_code, text="公告栏坏了。")
    send(client, channel_code, photo(), form=form)

    last = client.post(f"/f/{channel_code}", data={**form, "chosen": "2"})

    assert "选了 2 个文件，有的没有保存" in last.text


def test_staff_get_a_picture_as_a_sandboxed_download(
    client: FlaskClient, staff: FlaskClient, channel_code: str, sessions: sessionmaker[Session]
) -> None:
    number = number_on(send(client, channel_code, photo()).text)
    (row,) = pictures(sessions)
    address = f"/moderation/{number}/attachments/{row.name}.jpg"

    assert address in staff.get(f"/moderation/{number}").text
    answer = staff.get(address)

    assert answer.data == fresh_pages(photo())[0]
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_nobody_else_gets_it(
    app: object, client: FlaskClient, staff: FlaskClient, channel_code: str, make: Factory,
    sessions: sessionmaker[Session],
) -> None:  # fmt: skip
    number = number_on(send(client, channel_code, photo()).text)
    other = make.make_submission().number
    make.make_user("吴明", Role.UNIT_HANDLER)
    handler = signed_in(app, sessions, "吴明")  # type: ignore[arg-type]
    (row,) = pictures(sessions)

    assert client.get(f"/moderation/{number}/attachments/{row.name}.jpg").status_code != 200
    assert handler.get(f"/moderation/{number}/attachments/{row.name}.jpg").status_code in {403, 404}
    assert staff.get(f"/moderation/{other}/attachments/{row.name}.jpg").status_code == 404


@pytest.mark.on_both("a statement of its own")
def test_opening_a_campaign_erases_the_pictures_of_its_trials(
    client: FlaskClient, channel_code: str, make: Factory, sessions: sessionmaker[Session]
) -> None:
    make.set_campaign(status="draft")
    send(client, channel_code, photo())

    with writing(sessions) as session:
        open_campaign(session, get_campaign(session, "default"), now=NOW)

    with sessions() as session:
        assert list(session.scalars(select(Attachment.content))) == [None]


def test_a_body_of_more_than_sixty_megabytes_is_refused_with_a_page(client: FlaskClient, channel_code: str) -> None:
    head = b'--b\r\nContent-Disposition: form-data; name="pictures"; filename="a.jpg"\r\n\r\n'
    body = head + b"\xff" * 61_000_000 + b"\r\n--b--\r\n"

    answer = client.post(f"/f/{channel_code}", data=body, content_type="multipart/form-data; boundary=b")

    assert answer.status_code == 413
    assert "图片减少" in answer.text


@pytest.mark.on_both("a statement of its own")
def test_a_supplement_takes_pictures_too(
    client: FlaskClient, staff: FlaskClient, make: Factory, sessions: sessionmaker[Session]
) -> None:
    receipt = make.make_submission()
    form = {"code": receipt.code, "nonce": "s" * 22, "supplement": "又坏了一处。"}

    for _ in range(2):
        sent = [(io.BytesIO(photo()), "a.jpg")]
        answer = client.post("/track/supplement", data={**form, "pictures": sent}, content_type="multipart/form-data")

    assert answer.status_code == 200
    assert "1 张图片已保存" in answer.text
    assert texts(sessions).count("又坏了一处。") == 1
    assert count(sessions, Attachment) == 1
    assert "又坏了一处。" in staff.get(f"/moderation/{receipt.number}").text


@pytest.mark.parametrize("content", [b"", photo()], ids=["an empty input", "a picture"])
def test_a_page_that_comes_back_asks_for_the_pictures_that_were_chosen(
    client: FlaskClient, channel_code: str, make: Factory, content: bytes
) -> None:
    def sent(path: str, fields: dict[str, str]) -> TestResponse:
        part = (io.BytesIO(content), "a.jpg" if content else "")
        return client.post(path, data={**fields, "pictures": part}, content_type="multipart/form-data")

    form = fill_in(client, channel_code, text="先写的")
    send(client, channel_code, form=form)
    code = make.make_submission().code

    mistaken = sent(f"/f/{channel_code}", fill_in(client, channel_code, text=""))
    second = sent(f"/f/{channel_code}", {**form, "text": "后写的"})
    refused = sent("/track/supplement", {"code": code, "nonce": form["nonce"], "supplement": ""})

    assert [answer.status_code for answer in (mistaken, second, refused)] == [400, 409, 400]
    assert {"图片请重新选择" in answer.text for answer in (mistaken, second, refused)} == {bool(content)}


@pytest.mark.parametrize(("headers", "left", "patience"), [
    ({}, 1.0, LONG_WAIT_SECONDS), ({"Sec-Fetch-Dest": "document"}, 0.95, LONG_WAIT_SECONDS),
    ({}, 0.85, WAIT_SECONDS), ({"Sec-Fetch-Dest": "empty"}, 1.0, WAIT_SECONDS),
])  # fmt: skip
def test_while_another_process_copies_pictures_words_are_taken_and_the_picture_is_asked_for_again(
    client: FlaskClient,
    channel_code: str,
    settings: Settings,
    sessions: sessionmaker[Session],
    monkeypatch: pytest.MonkeyPatch,
    headers: dict[str, str],
    left: float,
    patience: float,
) -> None:
    form = fill_in(client, channel_code, text="公告栏坏了。")
    waits: list[float] = []
    monkeypatch.setattr("feedback.intake.web.limits.left", lambda *_: left)

    @contextmanager
    def held(path: Path, *, seconds: float) -> Iterator[bool]:
        waits.append(seconds)
        with held_alone(path, seconds=0) as is_alone:
            yield is_alone

    monkeypatch.setattr("feedback.intake.web.pictures.held_alone", held)
    client.environ_base |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    with held_alone(settings.instance / "pictures.lock", seconds=0):
        busy = send(client, channel_code, photo(), form=form)
        words = send(client, channel_code, form=form)
    again = send(client, channel_code, photo(), form=form)

    assert waits == [patience, patience]
    assert (busy.status_code, words.status_code, again.status_code) == (200, 200, 200)
    assert int(busy.headers["Retry-After"]) > 0 and "系统正忙，图片没有保存" in busy.text
    assert "Retry-After" not in words.headers and "Retry-After" not in again.headers
    assert "1 张图片已保存" in again.text
    assert len(texts(sessions)) == len(pictures(sessions)) == 1


def test_one_file_sent_many_times_at_once_is_copied_once(
    client: FlaskClient, channel_code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied = counting_copies(monkeypatch)

    answer = send(client, channel_code, *[photo()] * 9)

    assert "1 张图片已保存" in answer.text
    assert len(copied) == 1


def test_what_cannot_be_stored_any_more_is_not_copied(
    client: FlaskClient, channel_code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = fill_in(client, channel_code, text="公告栏坏了。")
    send(client, channel_code, *map(photo, ("red", "blue", "green", "black", "white")), form=form)
    copied = counting_copies(monkeypatch)

    answer = send(client, channel_code, photo("yellow"), photo("pink"), form=form)

    assert "最多 5 个文件" in answer.text
    assert copied == []


def test_the_files_of_one_sending_share_the_seconds_there_are(
    client: FlaskClient, channel_code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = iter([0.0, 0.0, 5.5, 7.5])
    monkeypatch.setattr(attachment, "monotonic", lambda: next(moments))
    given: list[int] = []
    monkeypatch.setattr(attachment, "fresh_pages", lambda _upload, *, seconds: given.append(seconds) or [b"page"])

    answer = send(client, channel_code, *map(photo, ("red", "blue", "green")))

    assert given == [8, 2]
    assert "2 张图片已保存" in answer.text and "处理时间太长" in answer.text


def counting_copies(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How large each file was that was copied."""
    sizes: list[int] = []
    own = attachment.fresh_pages

    def copy(upload: bytes, *, seconds: int) -> list[bytes]:
        sizes.append(len(upload))
        return own(upload, seconds=seconds)

    monkeypatch.setattr(attachment, "fresh_pages", copy)
    return sizes
