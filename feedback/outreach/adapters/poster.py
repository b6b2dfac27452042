"""Posters drawn in three designs, on paper or for a screen: one of them, or many into one file."""

import secrets
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

from feedback.base.adapters.files import written_whole
from feedback.base.adapters.pdf import LEADING, MM_A_POINT, Canvas, apart, drawn, not_drawn
from feedback.base.domain.colour import mixed
from feedback.outreach.domain.poster import CALL, ON_PAPER, PROMISE, Poster, PosterDesign, PosterSize, file_name

TITLE = "海报"
WHITE, INK, SOFT = "#ffffff", "#22262a", "#5b6168"
A4_WIDTH, A4_HEIGHT = 210.0, 297.0
A5_SCALE = 148.0 / A4_WIDTH
FACE_HEIGHT, FLAP_HEIGHT = 108.5, 40.0
SLIDE_HEIGHT = A4_WIDTH * 9 / 16
PICTURE_HEIGHT, PICTURE_SCALE = 280.0, 90.0 / A4_WIDTH
_PIXELS = {PosterSize.SLIDE: 1920, PosterSize.PICTURE: 1080}

Progress = Callable[[int, int], None]


def characters_not_drawn(posters: Iterable[Poster]) -> str:
    """What of their words no poster can show."""
    return not_drawn("".join(f"{poster.title}{poster.channel}{dict(poster.details)}" for poster in posters))


def poster_file(poster: Poster, size: PosterSize, design: PosterDesign) -> bytes:
    """One poster: a PDF, or a PNG for what is shown on screens."""
    with Canvas(TITLE) as canvas:
        draw(canvas, poster, size, design)
        pdf = canvas.as_bytes()
    return pdf if size in ON_PAPER else next(drawn(pdf, width_px=_PIXELS[size]))


def previews(poster: Poster, *, width_px: int) -> dict[PosterDesign, bytes]:
    """The A4 poster in each design as a small PNG; all at once, since opening the type takes longest."""
    with Canvas(TITLE) as canvas:
        for design in PosterDesign:
            draw(canvas, poster, PosterSize.A4, design)
        return dict(zip(PosterDesign, drawn(canvas.as_bytes(), width_px=width_px), strict=True))


def draw(canvas: Canvas, poster: Poster, size: PosterSize, design: PosterDesign) -> None:
    """Put a poster on a page of its own."""
    _DRAW[size](canvas, poster, design)


def write_poster(poster: Poster, size: PosterSize, design: PosterDesign, *, folder: Path) -> Path:
    """Write one under a name of its own and return its path."""
    path = folder / f"posters-{secrets.token_hex(8)}.{'pdf' if size in ON_PAPER else 'png'}"
    with written_whole(path) as draft:
        draft.write_bytes(poster_file(poster, size, design))
    return path


def write_posters(
    posters: list[Poster], size: PosterSize, design: PosterDesign, *, is_zip: bool, folder: Path, progress: Progress
) -> Path:
    """Write them all under a name of their own and return its path."""
    path = folder / f"posters-{secrets.token_hex(8)}.{'zip' if is_zip else 'pdf'}"
    with written_whole(path) as draft, Canvas(TITLE) as canvas:
        for poster in _counted(posters, progress):
            draw(canvas, poster, size, design)
        if is_zip:
            _write_zip(draft, posters, size, canvas.as_bytes(), progress)
        else:
            canvas.save(draft)
    return path


def _write_zip(path: Path, posters: list[Poster], size: PosterSize, pdf: bytes, progress: Progress) -> None:
    """A file for each page of the document they were drawn into."""
    ending = "pdf" if size in ON_PAPER else "png"
    pages = apart(pdf) if size in ON_PAPER else drawn(pdf, width_px=_PIXELS[size])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for place, (poster, page) in enumerate(zip(_counted(posters, progress), pages, strict=True), start=1):
            archive.writestr(f"{place:03}-{file_name(poster.channel)}.{ending}", page)


def _counted(posters: list[Poster], progress: Progress) -> Iterable[Poster]:
    for done, poster in enumerate(posters):
        if done % 10 == 0:
            progress(done, len(posters))
        yield poster


def _a4(canvas: Canvas, poster: Poster, design: PosterDesign) -> None:
    canvas.page(A4_WIDTH, A4_HEIGHT)
    _portrait(canvas, poster, design)


def _a5(canvas: Canvas, poster: Poster, design: PosterDesign) -> None:
    canvas.page(A4_WIDTH * A5_SCALE, A4_HEIGHT * A5_SCALE)
    with canvas.placed(0, 0, scale=A5_SCALE):
        _portrait(canvas, poster, design)


def _tent(canvas: Canvas, poster: Poster, design: PosterDesign) -> None:
    """Two faces that stand back to back once the sheet is folded, with a flap at either end to glue."""
    canvas.page(A4_WIDTH, A4_HEIGHT)
    middle = A4_HEIGHT / 2
    with canvas.placed(A4_WIDTH, middle, is_upside_down=True):
        _landscape(canvas, poster, design, FACE_HEIGHT)
    with canvas.placed(0, middle):
        _landscape(canvas, poster, design, FACE_HEIGHT)
    for y in (FLAP_HEIGHT, middle, A4_HEIGHT - FLAP_HEIGHT):
        canvas.line((0, y), (A4_WIDTH, y), SOFT, is_dashed=True)
    for y in (FLAP_HEIGHT / 2, A4_HEIGHT - FLAP_HEIGHT / 2 - 4):
        canvas.text(0, y, A4_WIDTH, "沿虚线折成三角形，这一面和另一端粘在一起，压在下面", 9, colour=SOFT, align="C")


def _slide(canvas: Canvas, poster: Poster, design: PosterDesign) -> None:
    canvas.page(A4_WIDTH, SLIDE_HEIGHT)
    _landscape(canvas, poster, design, SLIDE_HEIGHT)


def _picture(canvas: Canvas, poster: Poster, design: PosterDesign) -> None:
    """Read on a phone, among the lines of an article: few words, and large ones."""
    canvas.page(A4_WIDTH * PICTURE_SCALE, PICTURE_HEIGHT * PICTURE_SCALE)
    with canvas.placed(0, 0, scale=PICTURE_SCALE):
        _backdrop(canvas, poster, design, PICTURE_HEIGHT)
        _head(canvas, poster, design, at=20, size=44)
        canvas.text(20, 92, 170, CALL, 28, colour=poster.accent, align="C", weight=0.1)
        canvas.qr(57, 120, 96, poster.address)
        canvas.text(20, 233, 170, PROMISE, 22, align="C")
        canvas.text(20, 246, 170, poster.short_address, 22, align="C")
        canvas.text(20, 259, 170, poster.days, 18, colour=SOFT, align="C")


_DRAW = {
    PosterSize.A4: _a4,
    PosterSize.A5: _a5,
    PosterSize.TENT: _tent,
    PosterSize.SLIDE: _slide,
    PosterSize.PICTURE: _picture,
}


def _portrait(canvas: Canvas, poster: Poster, design: PosterDesign) -> None:
    """On a page of 210 by 297: what it is, the code, and every other way to take part."""
    _backdrop(canvas, poster, design, A4_HEIGHT)
    _head(canvas, poster, design, at=22, size=44)
    canvas.text(25, 89, 160, CALL, 24, colour=poster.accent, align="C", weight=0.1)
    canvas.qr(63, 113, 84, poster.address)
    canvas.text(25, 210, 160, "扫不了码，请在浏览器里输入", 12, colour=SOFT, align="C")
    canvas.text(25, 216, 160, poster.short_address, 22, align="C", weight=0.06)
    canvas.text(25, 229, 160, PROMISE, 17, align="C", weight=0.08)
    canvas.line((30, 241), (180, 241), "#e3ded4", thick=0.3)
    _details(canvas, poster, x=32, y=244, width=146, size=12, row=6.3)
    canvas.text(25, 278, 160, poster.channel, 9, colour=SOFT, align="C")


def _landscape(canvas: Canvas, poster: Poster, design: PosterDesign, height: float) -> None:
    """On 210 by `height`: words on the left, the code on the right."""
    is_band = design is PosterDesign.BAND
    side, left, top = 52.0, 143.0 if is_band else 134.0, (height - 52) / 2 - 5
    if is_band:
        canvas.box(left - 15, 0, A4_WIDTH - left + 15, height, poster.accent)
    else:
        _backdrop(canvas, poster, design, height)
    below = WHITE if is_band else INK
    canvas.text(19, 14, 104, poster.organiser, 12, colour=SOFT)
    end = canvas.text(
        19, 20, 104, _title(canvas, poster, 27, 104), 27, face="serif", most_lines=2, weight=0.12, is_title=True
    )
    end = canvas.text(19, max(end, 40) + 2, 104, CALL, 15, colour=poster.accent, weight=0.08)
    end = canvas.text(19, end + 1, 104, PROMISE, 12)
    _details(canvas, poster, x=19, y=max(end + 3, height - 42), width=104, size=9.5, row=5.2)
    canvas.qr(left, top, side, poster.address)
    canvas.text(left - 13, top + side + 8, side + 26, poster.short_address, 12, colour=below, align="C", weight=0.06)
    canvas.text(left - 13, top + side + 14, side + 26, poster.channel, 7.5, colour=below, align="C")


def _head(canvas: Canvas, poster: Poster, design: PosterDesign, *, at: float, size: float) -> None:
    is_band = design is PosterDesign.BAND
    if is_band:
        canvas.box(0, 0, A4_WIDTH, at + 62, poster.accent)
    canvas.text(25, at, 160, poster.organiser, 16, colour=WHITE if is_band else SOFT, align="C")
    canvas.text(
        25, at + 10, 160, _title(canvas, poster, size, 160), size,
        face="serif", colour=WHITE if is_band else INK, align="C", most_lines=2, weight=0.14, is_title=True,
    )  # fmt: skip
    if not is_band:
        canvas.line((90, at + 62), (120, at + 62), poster.accent, thick=0.8)


def _title(canvas: Canvas, poster: Poster, size: float, width: float) -> str:
    """Names of campaigns end alike: if they need two lines, that is where they are parted."""
    name, end, rest = poster.title.partition("意见建议")
    parted = [name, end + rest]
    fits = all(canvas.width_of(line, size, face="serif") <= width for line in parted)
    is_long = canvas.width_of(poster.title, size, face="serif") > width
    return "\n".join(parted) if name and end and fits and is_long else poster.title


def _details(canvas: Canvas, poster: Poster, *, x: float, y: float, width: float, size: float, row: float) -> None:
    label = canvas.width_of("征集时间", size) + 4
    for name, value in poster.details:
        canvas.text(x, y, label, name, size, colour=SOFT)
        end = canvas.text(x + label, y, width - label, value, size, most_lines=2)
        y = max(y + row, end + (row - size * LEADING * MM_A_POINT))


def _backdrop(canvas: Canvas, poster: Poster, design: PosterDesign, height: float) -> None:
    if design is PosterDesign.DOOR:
        _door(canvas, poster.accent, height)
    elif design is PosterDesign.PLAIN:
        canvas.frame(9, 9, A4_WIDTH - 18, height - 18, poster.accent, thick=0.9)
        canvas.frame(11, 11, A4_WIDTH - 22, height - 22, poster.accent, thick=0.25)
    else:
        canvas.box(0, height - 6, A4_WIDTH, 6, poster.accent)


def _door(canvas: Canvas, accent: str, height: float) -> None:
    """Two leaves that stand open at the edges."""
    slant = height / 26
    pale = mixed(accent, WHITE, 0.18)
    canvas.shape([(0, 0), (13, slant), (13, height - slant), (0, height)], accent)
    canvas.shape([(A4_WIDTH, 0), (A4_WIDTH - 13, slant), (A4_WIDTH - 13, height - slant), (A4_WIDTH, height)], pale)
    for x in (10.0, A4_WIDTH - 10):
        canvas.circle(x, height / 2, 1.3, "#fbf0d9")
