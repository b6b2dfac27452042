"""Pictures from a phone, with and without scripts: shrunk, saved, and failing alone."""

import io
from pathlib import Path
from uuid import uuid4

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from sqlalchemy import select

from feedback.base.adapters.files import held_alone
from feedback.cases.models.attachment import Attachment
from feedback.cases.models.text import Text
from tests.e2e.instance import Instance
from tests.e2e.steps import add_picture, press, tap_twice, write
from tests.stored import settled

# What a browser does with a picture, no database decides.
pytestmark = pytest.mark.only_on("sqlite")

MARK = b"gps-canary-31.2304N"


@pytest.fixture
def text() -> str:
    """An opinion nobody else has."""
    return f"公告栏玻璃碎了，编号 {uuid4().hex}。"


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """About 8 MB of a picture with something to hide in its comment."""
    path = tmp_path_factory.mktemp("photos") / "IMG_0001.jpg"
    picture = Image.effect_noise((1000, 750), 90).resize((4000, 3000), Image.Resampling.NEAREST).convert("RGB")
    picture.save(path, "JPEG", quality=96, subsampling=0, comment=MARK)
    content = path.read_bytes()
    path.write_bytes(content + b"\0" * max(0, 8_000_000 - len(content)))
    assert 7_900_000 < path.stat().st_size < 10_400_000
    return path


def stored(instance: Instance, text: str) -> list[bytes]:
    """The pictures that belong to a text."""
    with instance.sessions() as session:
        settled(session)
        found = select(Attachment.content).join(Text, Text.id == Attachment.text_id).where(Text.body == text)
        return [content or b"" for content in session.scalars(found.order_by(Attachment.id))]


def test_a_picture_of_8_megabytes_is_saved_small_and_says_nothing(
    phone: Page, instance: Instance, text: str, photo: Path
) -> None:
    phone.goto(instance.form())
    write(phone, text)
    add_picture(phone, photo)

    press(phone, "提交")

    expect(phone.get_by_text("1 张图片已保存")).to_be_visible()
    (content,) = stored(instance, text)
    assert MARK not in content
    with Image.open(io.BytesIO(content)) as picture:
        assert (picture.format, max(picture.size)) == ("JPEG", 1600)


def test_a_phone_sends_its_picture_again_while_others_are_busy_with_theirs(
    phone_with_scripts: Page, instance: Instance, text: str, photo: Path
) -> None:
    phone = phone_with_scripts
    phone.goto(instance.form())
    write(phone, text)
    add_picture(phone, photo)

    with held_alone(instance.server.settings.instance / "pictures.lock", seconds=5) as is_alone:
        assert is_alone
        phone.get_by_role("button", name="提交").click()
        expect(phone.get_by_text("现在传图片的人多，正在等候")).to_be_visible()
        assert instance.submissions_saying(text) and stored(instance, text) == []

    expect(phone.get_by_text("1 张图片已保存")).to_be_visible()
    assert len(stored(instance, text)) == 1


def test_a_picture_that_fails_takes_nothing_with_it(
    phone: Page, instance: Instance, text: str, photo: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(photo.read_bytes()[:300])
    phone.goto(instance.form())
    write(phone, text)
    add_picture(phone, broken)
    add_picture(phone, photo)

    press(phone, "提交")

    expect(phone.get_by_text("1 张图片已保存")).to_be_visible()
    expect(phone.get_by_role("alert")).to_contain_text("没有保存")
    assert len(instance.submissions_saying(text)) == 1
    assert len(stored(instance, text)) == 1


def test_a_double_tap_stores_words_and_pictures_once(phone: Page, instance: Instance, text: str, photo: Path) -> None:
    phone.goto(instance.form())
    write(phone, text)
    add_picture(phone, photo)

    tap_twice(phone, "提交")

    expect(phone.get_by_text("1 张图片已保存")).to_be_visible()
    assert len(instance.submissions_saying(text)) == 1
    assert len(stored(instance, text)) == 1


def test_a_picture_can_be_taken_back_before_sending(
    phone_with_scripts: Page, instance: Instance, text: str, photo: Path
) -> None:
    phone_with_scripts.goto(instance.form())
    write(phone_with_scripts, text)
    add_picture(phone_with_scripts, photo)
    expect(phone_with_scripts.get_by_text("再加一张")).to_be_visible()
    phone_with_scripts.get_by_role("button", name="移除").tap()

    press(phone_with_scripts, "提交")

    expect(phone_with_scripts.get_by_text("张图片已保存")).to_have_count(0)
    assert stored(instance, text) == []
