"""Copies the pixels of one upload into fresh JPEG pictures. A program of its own, so that it can be limited and die.

usage: pixels_child.py KIND < upload > pages
Each page is written as its length in four bytes, most significant first, and the JPEG. Exit codes: 0 copied,
3 not readable within the limits, 4 more pixels or pages than are taken. It imports nothing of the project.
"""

import io
import resource
import sys
import warnings
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from PIL import Image
from PIL.Image import Transpose

UNREADABLE, TOO_LARGE = 3, 4
MEMORY_BYTES = 136_000_000
CPU_SECONDS = 2
MAX_PIXELS = 50_000_000
LONGEST_SIDE = 1600
QUALITY = 82
MAX_PAGES = 20
ORIENTATION = 0x0112

# What Pillow cannot read by itself. To load them takes as long as to copy a photograph, which needs neither.
_LIBRARIES = {"HEIF": "pi_heif", "PDF": "pypdfium2"}

# What turns a picture upright, by the number its camera left (Exif 2.32, 4.6.4 A).
_TURNS = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}


class TooLargeError(Exception):
    """The picture is beyond what is decoded."""


def main() -> int:
    """Copy standard input to standard output."""
    kind = sys.argv[1]
    library = import_module(_LIBRARIES[kind]) if kind in _LIBRARIES else None
    upload = sys.stdin.buffer.read()
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    # Pillow only warns between one and two times its limit.
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    try:
        pages = list(_pages(upload, kind, library))
    except (TooLargeError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return TOO_LARGE
    except Exception:
        # Decoders raise whatever they like for a broken file, or where memory ends.
        return UNREADABLE
    for page in pages:
        sys.stdout.buffer.write(len(page).to_bytes(4, "big") + page)
    return 0


def _pages(upload: bytes, kind: str, library: Any) -> Iterator[bytes]:
    if kind == "PDF":
        return _pdf_pages(upload, library)
    if kind == "HEIF":
        library.register_heif_opener(thumbnails=False)
    return iter([_jpeg(_picture(upload, kind))])


def _picture(upload: bytes, kind: str) -> Image.Image:
    """The picture upright, no longer than needed; of an animation its first frame."""
    picture: Any = Image.open(io.BytesIO(upload), formats=[kind])
    if picture.width * picture.height > MAX_PIXELS:
        raise TooLargeError
    picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    turn = _TURNS.get(picture.getexif().get(ORIENTATION, 1))
    picture = _smooth(picture)
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), reducing_gap=2.0)
    upright: Image.Image = picture if turn is None else picture.transpose(turn)
    return upright


def _smooth(picture: Image.Image) -> Image.Image:
    """The picture in a mode that can be made smaller without losing its lines, or its greys beyond the eighth bit."""
    if picture.mode.startswith("I"):
        return picture.point(lambda value: value / 256).convert("L")
    return picture.convert("RGBA") if picture.mode in {"1", "P", "PA"} else picture


def _jpeg(picture: Image.Image) -> bytes:
    """Nothing but pixels: on white where they were transparent, in a picture that never knew the file."""
    if picture.has_transparency_data:
        layer = picture.convert("RGBA")
        picture = Image.new("RGB", layer.size, "white")
        picture.paste(layer, mask=layer.getchannel("A"))
    fresh = Image.frombytes("RGB", picture.size, picture.convert("RGB").tobytes())
    written = io.BytesIO()
    fresh.save(written, "JPEG", quality=QUALITY)
    return written.getvalue()


def _pdf_pages(upload: bytes, pypdfium2: Any) -> Iterator[bytes]:
    """Every page drawn as it looks: scripts, attachments and the metadata of its pictures stay behind."""
    document: Any = pypdfium2.PdfDocument(upload)
    if len(document) > MAX_PAGES:
        raise TooLargeError
    if len(document) == 0:
        raise ValueError
    for number in range(len(document)):
        page = document[number]
        longest = max(page.get_size())
        yield _jpeg(page.render(scale=LONGEST_SIDE / max(longest, 1.0), may_draw_forms=False).to_pil())
        page.close()


if __name__ == "__main__":
    sys.exit(main())
