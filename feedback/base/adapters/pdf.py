"""Pages to print, in millimetres from the upper left corner; Chinese type and QR codes are vectors.

The libraries that draw and read pages are loaded where they are used: most processes never print. The type is
Noto Sans SC and Noto Serif SC, which come as a package: nothing need be installed on the machine.
"""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Self

import pylopdf_fonts_zh_cn as fonts

from feedback.base.adapters.qr import MARGIN, modules
from feedback.base.domain.typesetting import balanced, wrapped

Point = tuple[float, float]

LEADING = 1.45
MM_A_POINT = 25.4 / 72
# The file says nothing of the machine or the library.
_PRODUCER = "feedback"


class Canvas:
    """A document that is drawn page by page; its fonts are open files until the block ends that it is made for.

    All lengths are multiplied by `scale`, the size of letters too.
    """

    def __init__(self, title: str) -> None:
        from fpdf import FPDF
        from fpdf.enums import TextMode

        self._thickened = TextMode.FILL_STROKE
        self.scale = 1.0
        self._pdf: Any = FPDF(unit="mm")
        self._pdf.set_auto_page_break(False)
        self._pdf.set_title(title)
        self._pdf.set_producer(_PRODUCER)
        self._pdf.set_lang("zh-CN")
        self._pdf.c_margin = 0
        self._pdf.add_font("sans", "", fonts.sans_path())
        self._pdf.add_font("serif", "", fonts.serif_path())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        for font in self._pdf.fonts.values():
            font.ttfont.close()

    def page(self, width: float, height: float) -> None:
        """Begin a page."""
        self._pdf.add_page(format=(width * self.scale, height * self.scale))

    @contextmanager
    def placed(self, x: float, y: float, *, scale: float = 1.0, is_upside_down: bool = False) -> Iterator[None]:
        """Draw as if the page began at a point, with other lengths, and turned by half around that point."""
        before = self._origin, self.scale
        left, top = self._at(x, y)
        self._origin, self.scale = (left, top), self.scale * scale
        with self._pdf.rotation(180 if is_upside_down else 0, left, top):
            yield
        self._origin, self.scale = before

    def text(
        self,
        x: float,
        y: float,
        width: float,
        text: str,
        size: float,
        *,
        face: str = "sans",
        colour: str = "#22262a",
        align: str = "L",
        most_lines: int = 1,
        weight: float = 0.0,
        is_title: bool = False,
    ) -> float:
        """Lines in letters of `size` points, smaller where they would be more than `most_lines`.

        `weight` thickens the letters, in millimetres. Returns where the lines end.
        """
        lines, size = self._fitted(text, size, width, face=face, most=most_lines, is_title=is_title)
        height = size * LEADING * MM_A_POINT
        self._pdf.set_text_color(colour)
        strokes = {"text_mode": self._thickened, "line_width": weight * self.scale, "draw_color": colour}
        with self._pdf.local_context(**(strokes if weight else {})):
            for place, line in enumerate(lines):
                self._pdf.set_xy(*self._at(x, y + place * height))
                self._pdf.cell(width * self.scale, height * self.scale, line, align=align)
        return y + len(lines) * height

    def qr(self, x: float, y: float, side: float, address: str) -> None:
        """A code whose modules fill a square of `side`; its white margin lies around that."""
        count, runs = modules(address)
        module = side / count
        margin = MARGIN * module
        self.box(x - margin, y - margin, side + 2 * margin, side + 2 * margin, "#ffffff")
        for row, column, length in runs:
            self.box(x + column * module, y + row * module, length * module, module, "#000000")

    def box(self, x: float, y: float, width: float, height: float, fill: str) -> None:
        """A filled rectangle."""
        self._pdf.set_fill_color(fill)
        self._pdf.rect(*self._at(x, y), width * self.scale, height * self.scale, style="F")

    def frame(self, x: float, y: float, width: float, height: float, colour: str, *, thick: float = 0.4) -> None:
        """The outline of a rectangle."""
        self._pdf.set_draw_color(colour)
        self._pdf.set_line_width(thick * self.scale)
        self._pdf.rect(*self._at(x, y), width * self.scale, height * self.scale, style="D")

    def line(self, start: Point, end: Point, colour: str, *, thick: float = 0.2, is_dashed: bool = False) -> None:
        """A straight line."""
        self._pdf.set_draw_color(colour)
        self._pdf.set_line_width(thick * self.scale)
        self._pdf.set_dash_pattern(*((2, 2) if is_dashed else ()))
        self._pdf.line(*self._at(*start), *self._at(*end))
        self._pdf.set_dash_pattern()

    def shape(self, points: Sequence[Point], fill: str) -> None:
        """A filled polygon."""
        self._pdf.set_fill_color(fill)
        self._pdf.polygon([self._at(*point) for point in points], style="F")

    def circle(self, x: float, y: float, radius: float, fill: str) -> None:
        """A filled circle around a point."""
        self._pdf.set_fill_color(fill)
        self._pdf.circle(*self._at(x, y), radius * self.scale, style="F")

    def width_of(self, text: str, size: float, *, face: str = "sans") -> float:
        """How wide a line is, in millimetres."""
        self._pdf.set_font(face, size=size * self.scale)
        return float(self._pdf.get_string_width(text)) / self.scale

    def save(self, path: Path) -> None:
        """Write the file."""
        self._pdf.output(str(path))

    def as_bytes(self) -> bytes:
        """The file."""
        return bytes(self._pdf.output())

    _origin: Point = (0.0, 0.0)

    def _at(self, x: float, y: float) -> Point:
        return self._origin[0] + x * self.scale, self._origin[1] + y * self.scale

    def _fitted(
        self, text: str, size: float, width: float, *, face: str, most: int, is_title: bool
    ) -> tuple[list[str], float]:
        """The lines, and the size of letters at which they are few enough; never below a third of what was asked."""
        least, broken = size / 3, balanced if is_title else wrapped
        while True:
            lines = broken(text, partial(self.width_of, size=size, face=face), width)
            if len(lines) <= most or size <= least:
                return lines, size
            size *= 0.95


def drawn(pdf: bytes, *, width_px: int) -> Iterator[bytes]:
    """The pages of one of our own files, each as a PNG that is so many pixels wide."""
    import pypdfium2

    for page in pypdfium2.PdfDocument(pdf):
        written = io.BytesIO()
        page.render(scale=width_px / page.get_width()).to_pil().save(written, "PNG", optimize=True)
        yield written.getvalue()


def apart(pdf: bytes) -> Iterator[bytes]:
    """The pages of one of our own files, each as a file of its own."""
    import pypdfium2

    whole = pypdfium2.PdfDocument(pdf)
    for place in range(len(whole)):
        single, written = pypdfium2.PdfDocument.new(), io.BytesIO()
        single.import_pages(whole, [place])
        single.save(written)
        yield written.getvalue()


@lru_cache(maxsize=1)
def _known() -> frozenset[int]:
    """The characters that both kinds of type have."""
    from fontTools.ttLib import TTFont

    known = []
    for path in (fonts.sans_path(), fonts.serif_path()):
        with TTFont(path, lazy=True) as font:
            known.append(frozenset(font.getBestCmap()))
    return known[0] & known[1]


def not_drawn(text: str) -> str:
    """The characters of a text, each once, in whose place a page would have an empty box."""
    return "".join(dict.fromkeys(symbol for symbol in text if ord(symbol) not in _known() and not symbol.isspace()))
