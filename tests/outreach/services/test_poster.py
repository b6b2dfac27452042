"""Posters: every code is read back from the finished page, as cameras and printers would see it."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageFilter
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from feedback.assembly import worker
from feedback.base.adapters import jobs
from feedback.base.adapters.database import writing
from feedback.base.adapters.pdf import Canvas
from feedback.base.adapters.qr import modules
from feedback.base.domain.permission import Actor
from feedback.base.domain.refusal import RefusalError
from feedback.campaigns.models.campaign import Campaign
from feedback.campaigns.models.channel import Channel
from feedback.campaigns.queries.campaign import current_content
from feedback.campaigns.services.channel import ChannelDetails, create_channel, set_closed
from feedback.outreach.domain.poster import ON_PAPER, PROMISE, Poster, PosterDesign, PosterFormat
from feedback.outreach.models.poster import PosterPrint
from feedback.outreach.services import poster as service
from feedback.outreach.services.group_code_card import cards
from tests.conftest import NOW
from tests.factories import Factory

BASE = "https://yijian.example.gov.cn"
POSTER = Poster(
    title="全市政法队伍教育整顿意见建议征集",
    organiser="江州市委政法委员会",
    channel="城东派出所户籍大厅",
    address=f"{BASE}/f/ab3de",
    accent="#9c2f26",
    undertaker="江州市教育整顿领导小组办公室",
    days="2026年11月01日至12月31日",
    phone="000-12345678",
    hours="工作日 9:00–17:00",
    postal="江州市人民路 1 号，邮编 000000",
)
# What a page holds when everything is as long as the pages let it be.
LONGEST = Poster(
    title="长" * 100,
    organiser="江" * 100,
    channel="大" * 100,
    address=f"https://{'a' * 60}.gov.cn/f/ab3de",
    accent="#000000",
    undertaker="办" * 100,
    days="2026年11月01日至2027年12月31日",
    phone="0" * 40,
    hours="时" * 40,
    postal="路" * 100,
)
LEAST_MM = {PosterFormat.A4: 60, PosterFormat.A5: 45, PosterFormat.TENT: 45}
EVERY = [(form, design) for form in PosterFormat for design in PosterDesign]


def drawn(file: bytes, *, dpi: int) -> Image.Image:
    """The first page as a printer would draw it; a picture as it is."""
    if file.startswith(b"\x89PNG"):
        return Image.open(io.BytesIO(file)).convert("RGB")
    return pypdfium2.PdfDocument(file)[0].render(scale=dpi / 72).to_pil()


def shrunk(picture: Image.Image, by: float) -> Image.Image:
    """The same with fewer pixels, as a printer or a camera would take it in."""
    return picture.resize((round(picture.width * by), round(picture.height * by)), Image.Resampling.BILINEAR)


def read(picture: Image.Image) -> set[str]:
    return {code.text for code in zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)}


def texts_of(file: bytes) -> str:
    """What the pages of a PDF say."""
    pages = pypdfium2.PdfDocument(file)
    return "".join(page.get_textpage().get_text_range() for page in pages)


Kind = tuple[PosterFormat, PosterDesign]


@dataclass(frozen=True)
class Pages:
    """The pages of one document, by what stands on each: to open the type takes longer than to draw a poster."""

    pdf: pypdfium2.PdfDocument
    places: dict[tuple[Poster, Kind], int]

    def picture(self, poster: Poster, kind: Kind, *, dpi: int) -> Image.Image:
        """The page as a printer would draw it."""
        return self.pdf[self.places[poster, kind]].render(scale=dpi / 72).to_pil()

    def text(self, poster: Poster, kind: Kind) -> str:
        """What it says."""
        return str(self.pdf[self.places[poster, kind]].get_textpage().get_text_range())


@pytest.fixture(scope="module")
def pages() -> Pages:
    """Both posters in each kind and each design."""
    every = [(poster, kind) for poster in (POSTER, LONGEST) for kind in EVERY]
    with Canvas("海报") as canvas:
        for poster, kind in every:
            service.draw(canvas, poster, *kind)
        return Pages(pypdfium2.PdfDocument(canvas.as_bytes()), {one: place for place, one in enumerate(every)})


@pytest.mark.parametrize("kind", EVERY, ids="-".join)
def test_the_code_is_read_back_at_every_resolution_and_from_a_poor_photo(pages: Pages, kind: Kind) -> None:
    finest = pages.picture(POSTER, kind, dpi=300)

    seen = {dpi: shrunk(finest, dpi / 300) for dpi in (72, 150)}
    crooked = shrunk(seen[150], 0.6).rotate(8, expand=True, fillcolor="white", resample=Image.Resampling.BILINEAR)
    seen |= {300: finest, 0: crooked.filter(ImageFilter.GaussianBlur(1.5))}

    assert {dpi: read(page) for dpi, page in seen.items()} == {dpi: {POSTER.address} for dpi in seen}


@pytest.mark.parametrize("form", ON_PAPER)
@pytest.mark.parametrize("design", PosterDesign)
def test_the_code_is_large_enough_on_paper_and_has_its_margin(
    pages: Pages, form: PosterFormat, design: PosterDesign
) -> None:
    dpi = 150
    page = pages.picture(POSTER, (form, design), dpi=dpi)
    found = zxingcpp.read_barcodes(page, formats=zxingcpp.BarcodeFormat.QRCode)

    count, _ = modules(POSTER.address)
    for code in found:
        corners = [code.position.top_left, code.position.top_right, code.position.bottom_left]
        side = max(abs(corners[1].x - corners[0].x), abs(corners[2].y - corners[0].y))
        module = side / count
        left, top = min(corner.x for corner in corners), min(corner.y for corner in corners)
        around = page.crop(
            (round(left - 3.5 * module), round(top - 3.5 * module),
             round(left + side + 3.5 * module), round(top - 0.5 * module))
        )  # fmt: skip
        assert side / dpi * 25.4 >= LEAST_MM[form]
        assert around.convert("L").getextrema()[0] > 250
    assert len(found) == (2 if form is PosterFormat.TENT else 1)


def test_the_page_says_everything_a_person_needs_who_cannot_scan(pages: Pages) -> None:
    for kind in [kind for kind in EVERY if kind[0] in ON_PAPER]:
        said = "".join(pages.text(POSTER, kind).split())
        wanted = [
            POSTER.short_address,
            PROMISE,
            POSTER.days,
            POSTER.organiser,
            POSTER.phone,
            POSTER.postal,
            "意见建议征集",
        ]
        assert [words for words in wanted if "".join(words.split()) not in said] == []


@pytest.mark.parametrize("kind", EVERY, ids="-".join)
def test_the_longest_words_leave_the_code_readable_and_run_out_of_no_page(pages: Pages, kind: Kind) -> None:
    assert read(pages.picture(LONGEST, kind, dpi=150)) == {LONGEST.address}


@pytest.mark.parametrize("form", set(PosterFormat) - set(ON_PAPER))
def test_what_is_shown_on_screens_is_a_picture(form: PosterFormat) -> None:
    picture = drawn(service.poster_file(POSTER, form, PosterDesign.DOOR), dpi=72)

    assert picture.width >= 1_000
    assert read(picture) == {POSTER.address}


def test_rare_characters_are_drawn() -> None:
    rare = Poster(title="䶮㛃𬭚喆堃", organiser="镕", channel="塬", address=POSTER.address, accent="#9c2f26")
    empty = Poster(title="\U0010fffd" * 5, organiser="镕", channel="塬", address=POSTER.address, accent="#9c2f26")

    pages = [drawn(service.poster_file(one, PosterFormat.A4, PosterDesign.PLAIN), dpi=72) for one in (rare, empty)]

    assert pages[0].tobytes() != pages[1].tobytes()
    assert "䶮㛃" in texts_of(service.poster_file(rare, PosterFormat.A4, PosterDesign.PLAIN))


def test_a_character_the_type_does_not_have_is_named() -> None:
    odd = Poster(title="𠮷祥村", organiser="镇", channel="😀", address=POSTER.address, accent="#9c2f26", postal="䶮路")

    assert service.characters_not_drawn([odd, POSTER]) == "𠮷😀"


def test_a_long_address_takes_two_lines_and_stays_readable() -> None:
    plain = Poster(
        title="征集", organiser="镇", channel="村", address=POSTER.address, accent="#9c2f26", postal="路" * 60
    )

    pages = pypdfium2.PdfDocument(service.poster_file(plain, PosterFormat.A4, PosterDesign.PLAIN))
    text = pages[0].get_textpage()
    heights = [text.get_charbox(place) for place in range(text.count_chars()) if text.get_text_range(place, 1) == "路"]

    assert len(heights) == 60
    assert min(top - bottom for _, bottom, _, top in heights) > 8


def test_a_file_says_nothing_of_the_moment_or_the_machine() -> None:
    file = service.poster_file(POSTER, PosterFormat.A4, PosterDesign.DOOR)

    assert set(pypdfium2.PdfDocument(file).get_metadata_dict(skip_empty=True)) <= {"Title", "Producer", "CreationDate"}
    assert b"fpdf" not in file


def test_the_code_leads_to_the_same_place_whatever_the_campaign_says(make: Factory) -> None:
    with make.sessions() as session:
        campaign, channel = session.get_one(Campaign, 1), session.scalars(select(Channel)).first()
        assert channel is not None
        content = current_content(session, 1)
        before = service.poster_of(campaign, channel, content, base=BASE)
        campaign.closes_on, campaign.furniture = date(2099, 1, 1), {"phone": "1"}
        channel.name = "新的名称"
        after = service.poster_of(campaign, channel, content, base=BASE)

    assert after.address == before.address == f"{BASE}/f/{channel.code}"
    assert after.days == "截至2099年01月01日"


@pytest.fixture
def doors(make: Factory, admin: Actor) -> Iterator[sessionmaker[Session]]:
    """Twelve channels besides the first, one of them closed."""
    with writing(make.sessions) as session:
        campaign = session.get_one(Campaign, 1)
        for place in range(12):
            create_channel(session, campaign, ChannelDetails(f"第{place}村/公告栏"), now=NOW, by=admin)
        closed = session.scalars(select(Channel).where(Channel.name == "第3村/公告栏")).one()
        set_closed(session, closed, is_closed=True, now=NOW, by=admin)
    yield make.sessions


def ordered(make: Factory, admin: Actor, folder: Path, *, is_zip: bool) -> PosterPrint:
    """Asked for and made by a worker."""
    with writing(make.sessions) as session:
        campaign = session.get_one(Campaign, 1)
        asked = service.request_posters(
            session, campaign, PosterFormat.A5, PosterDesign.BAND, is_zip=is_zip, base=BASE, by=admin, now=NOW
        )
        print_id = asked.id
    lease = jobs.lease_next(make.sessions, now=datetime.now(UTC))
    assert lease is not None
    worker.run(worker.Bench(make.sessions, make.keys, folder), lease)
    with make.sessions() as session:
        return session.get_one(PosterPrint, print_id)


def addresses_of(sessions: sessionmaker[Session]) -> list[str]:
    with sessions() as session:
        channels = session.scalars(select(Channel).where(Channel.is_closed.is_(False)).order_by(Channel.id))
        return [f"{BASE}/f/{channel.code}" for channel in channels]


def test_all_channels_become_one_document(
    make: Factory, admin: Actor, doors: sessionmaker[Session], tmp_path: Path
) -> None:
    made = ordered(make, admin, tmp_path, is_zip=False)

    pages = pypdfium2.PdfDocument((tmp_path / str(made.file_name)).read_bytes())
    codes = [read(page.render(scale=2).to_pil()) for page in pages]
    assert codes == [{address} for address in addresses_of(doors)]


def test_all_channels_become_a_file_each(
    make: Factory, admin: Actor, doors: sessionmaker[Session], tmp_path: Path
) -> None:
    made = ordered(make, admin, tmp_path, is_zip=True)

    with zipfile.ZipFile(tmp_path / str(made.file_name)) as archive:
        names = archive.namelist()
        codes = [read(drawn(archive.read(name), dpi=100)) for name in names]
    assert codes == [{address} for address in addresses_of(doors)]
    assert not any("/" in name or ".." in name for name in names)


def test_a_worker_that_fails_leaves_no_file(make: Factory, admin: Actor, tmp_path: Path) -> None:
    with writing(make.sessions) as session:
        service.request_posters(
            session, session.get_one(Campaign, 1), PosterFormat.A5, PosterDesign.BAND,
            is_zip=False, base=BASE, by=admin, now=NOW,
        )  # fmt: skip
    stale = jobs.lease_next(make.sessions, now=NOW)
    later = jobs.lease_next(make.sessions, now=NOW + 2 * jobs.LASTS)
    assert stale is not None and later is not None

    with pytest.raises(jobs.LeaseLostError):
        worker.run(worker.Bench(make.sessions, make.keys, tmp_path), stale)

    assert not any(path.name.startswith(("posters", ".posters")) for path in tmp_path.iterdir())


def test_pictures_are_not_put_into_one_document(make: Factory, admin: Actor) -> None:
    with writing(make.sessions) as session, pytest.raises(RefusalError, match="每个渠道一个文件"):
        service.request_posters(
            session, session.get_one(Campaign, 1), PosterFormat.SLIDE, PosterDesign.DOOR,
            is_zip=False, base=BASE, by=admin, now=NOW,
        )  # fmt: skip


def test_every_card_leads_to_the_form_with_its_own_code() -> None:
    codes = [f"{place:04}9QXDR2VH" for place in range(12)]

    pages = pypdfium2.PdfDocument(cards(codes, POSTER, group="律师代表"))

    found = [read(page.render(scale=150 / 72).to_pil()) for page in pages]
    assert [len(codes) for codes in found] == [10, 2]
    assert set.union(*found) == {f"{POSTER.address}#{code}" for code in codes}
    said = "".join(texts_of(cards(codes, POSTER, group="律师代表")).split())
    assert all(f"{code[:4]}-{code[4:8]}-{code[8:]}" in said for code in codes)
