"""Posters: every code is read back from the finished page, as cameras and printers would see it."""

import io
from dataclasses import dataclass

import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageFilter

from feedback.base.adapters.pdf import Canvas
from feedback.base.adapters.qr import modules
from feedback.outreach.adapters import poster as adapter
from feedback.outreach.domain.poster import ON_PAPER, PROMISE, Poster, PosterDesign, PosterSize

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
LEAST_MM = {PosterSize.A4: 60, PosterSize.A5: 45, PosterSize.TENT: 45}
EVERY = [(size, design) for size in PosterSize for design in PosterDesign]


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


Kind = tuple[PosterSize, PosterDesign]


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
            adapter.draw(canvas, poster, *kind)
        return Pages(pypdfium2.PdfDocument(canvas.as_bytes()), {one: place for place, one in enumerate(every)})


@pytest.mark.parametrize("kind", EVERY, ids="-".join)
def test_the_code_is_read_back_at_every_resolution_and_from_a_poor_photo(pages: Pages, kind: Kind) -> None:
    finest = pages.picture(POSTER, kind, dpi=300)

    seen = {dpi: shrunk(finest, dpi / 300) for dpi in (72, 150)}
    crooked = shrunk(seen[150], 0.6).rotate(8, expand=True, fillcolor="white", resample=Image.Resampling.BILINEAR)
    seen |= {300: finest, 0: crooked.filter(ImageFilter.GaussianBlur(1.5))}

    assert {dpi: read(page) for dpi, page in seen.items()} == {dpi: {POSTER.address} for dpi in seen}


@pytest.mark.parametrize("size", ON_PAPER)
@pytest.mark.parametrize("design", PosterDesign)
def test_the_code_is_large_enough_on_paper_and_has_its_margin(
    pages: Pages, size: PosterSize, design: PosterDesign
) -> None:
    dpi = 150
    page = pages.picture(POSTER, (size, design), dpi=dpi)
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
        assert side / dpi * 25.4 >= LEAST_MM[size]
        assert around.convert("L").getextrema()[0] > 250
    assert len(found) == (2 if size is PosterSize.TENT else 1)


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


@pytest.mark.parametrize("size", set(PosterSize) - set(ON_PAPER))
def test_what_is_shown_on_screens_is_a_picture(size: PosterSize) -> None:
    picture = drawn(adapter.poster_file(POSTER, size, PosterDesign.DOOR), dpi=72)

    assert picture.width >= 1_000
    assert read(picture) == {POSTER.address}


def test_rare_characters_are_drawn() -> None:
    rare = Poster(title="䶮㛃𬭚喆堃", organiser="镕", channel="塬", address=POSTER.address, accent="#9c2f26")
    empty = Poster(title="\U0010fffd" * 5, organiser="镕", channel="塬", address=POSTER.address, accent="#9c2f26")

    pages = [drawn(adapter.poster_file(one, PosterSize.A4, PosterDesign.PLAIN), dpi=72) for one in (rare, empty)]

    assert pages[0].tobytes() != pages[1].tobytes()
    assert "䶮㛃" in texts_of(adapter.poster_file(rare, PosterSize.A4, PosterDesign.PLAIN))


def test_a_character_the_type_does_not_have_is_named() -> None:
    odd = Poster(title="𠮷祥村", organiser="镇", channel="😀", address=POSTER.address, accent="#9c2f26", postal="䶮路")

    assert adapter.characters_not_drawn([odd, POSTER]) == "𠮷😀"


def test_a_long_address_takes_two_lines_and_stays_readable() -> None:
    plain = Poster(
        title="征集", organiser="镇", channel="村", address=POSTER.address, accent="#9c2f26", postal="路" * 60
    )

    pages = pypdfium2.PdfDocument(adapter.poster_file(plain, PosterSize.A4, PosterDesign.PLAIN))
    text = pages[0].get_textpage()
    heights = [text.get_charbox(place) for place in range(text.count_chars()) if text.get_text_range(place, 1) == "路"]

    assert len(heights) == 60
    assert min(top - bottom for _, bottom, _, top in heights) > 8


def test_a_file_says_nothing_of_the_moment_or_the_machine() -> None:
    file = adapter.poster_file(POSTER, PosterSize.A4, PosterDesign.DOOR)

    assert set(pypdfium2.PdfDocument(file).get_metadata_dict(skip_empty=True)) <= {"Title", "Producer", "CreationDate"}
    assert b"fpdf" not in file
