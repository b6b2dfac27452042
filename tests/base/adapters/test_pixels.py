"""Copying pixels: what a file says beside its picture stays behind, and what is no picture is refused within limits."""

import io
import pickle
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable

import pillow_heif
import pytest
from PIL import Image, PngImagePlugin

from feedback.base.adapters import pixels, pixels_child
from feedback.base.adapters.pixels import fresh_pages
from feedback.base.domain.attachment import AttachmentError

CANARY = b"CANARY-31.2304N-121.4737E"
WORDS = CANARY.decode()
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF>' + CANARY + b"</rdf:RDF></x:xmpmeta>"

pillow_heif.register_heif_opener()


def exif() -> bytes:
    """A camera's words: maker, artist, place."""
    written = Image.Exif()
    for tag in (0x010E, 0x010F, 0x0110, 0x0131, 0x013B, 0x8298):
        written[tag] = WORDS
    written.get_ifd(0x8825)[29] = WORDS
    return written.tobytes()


def saved(kind: str, mode: str = "RGB", size: tuple[int, int] = (60, 40), **options: object) -> bytes:
    """A small picture of a kind."""
    written = io.BytesIO()
    Image.new(mode, size, 120 if mode in {"L", "1", "P", "I;16"} else "teal").save(written, kind, **options)
    return written.getvalue()


def png_words(said: str = WORDS, **options: object) -> PngImagePlugin.PngInfo:
    """Text chunks of each kind."""
    words = PngImagePlugin.PngInfo()
    words.add_text("Comment", said)
    words.add_text("Author", WORDS, zip=True)
    words.add_itxt("XML:com.adobe.xmp", WORDS, zip=bool(options))
    return words


def with_segment(jpeg: bytes, marker: int, content: bytes) -> bytes:
    """A JPEG with one more segment behind its first two bytes."""
    return jpeg[:2] + struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content + jpeg[2:]


JPEG = saved("JPEG")
# For the best of what an encoder can do it takes four times as long; what is tried here is decoding.
QUICKLY = {"preset": "ultrafast"}
IPTC = (
    b"Photoshop 3.0\x00"
    + b"8BIM\x04\x04\x00\x00"
    + struct.pack(">I", len(CANARY) + 5)
    + b"\x1c\x02\x78\x00\x19"
    + CANARY
)

CANARIES: dict[str, bytes] = {
    "jpeg comment": saved("JPEG", comment=CANARY),
    "jpeg exif and gps": saved("JPEG", exif=exif()),
    "jpeg xmp": with_segment(JPEG, 0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP),
    "jpeg iptc": with_segment(JPEG, 0xED, IPTC),
    "jpeg profile": saved("JPEG", icc_profile=b"\0" * 128 + CANARY),
    "jpeg jfif thumbnail": with_segment(JPEG, 0xE0, b"JFXX\0\x10" + CANARY),
    "jpeg unknown segment": with_segment(JPEG, 0xEF, CANARY),
    "jpeg trailer": JPEG + CANARY,
    "jpeg two comments": with_segment(with_segment(JPEG, 0xFE, CANARY), 0xFE, CANARY),
    "jpeg progressive": saved("JPEG", progressive=True, comment=CANARY, exif=exif()),
    "jpeg grey": saved("JPEG", "L", comment=CANARY),
    "jpeg cmyk": saved("JPEG", "CMYK", comment=CANARY),
    "jpeg small": saved("JPEG", size=(1, 1), comment=CANARY),
    "jpeg large": saved("JPEG", size=(3000, 2000), comment=CANARY, exif=exif()),
    "png text": saved("PNG", pnginfo=png_words()),
    "png compressed text": saved("PNG", pnginfo=png_words(zip=True)),
    "png exif": saved("PNG", exif=exif()),
    "png profile": saved("PNG", icc_profile=b"\0" * 128 + CANARY),
    "png trailer": saved("PNG") + CANARY,
    "png transparent": saved("PNG", "RGBA", pnginfo=png_words()),
    "png palette": saved("PNG", "P", pnginfo=png_words()),
    "png one bit": saved("PNG", "1", pnginfo=png_words()),
    "png sixteen bits": saved("PNG", "I;16", pnginfo=png_words()),
    "png grey with alpha": saved("PNG", "LA", pnginfo=png_words()),
    "webp exif": saved("WEBP", exif=exif()),
    "webp xmp": saved("WEBP", xmp=XMP),
    "webp profile": saved("WEBP", icc_profile=b"\0" * 128 + CANARY),
    "webp lossless": saved("WEBP", lossless=True, exif=exif(), xmp=XMP),
    "webp transparent": saved("WEBP", "RGBA", exif=exif()),
    "webp trailer": saved("WEBP") + CANARY,
    "gif comment": saved("GIF", comment=CANARY),
    "gif animated": saved("GIF", save_all=True, append_images=[Image.new("RGB", (60, 40))], comment=CANARY),
    "gif trailer": saved("GIF") + CANARY,
    "heic exif": saved("HEIF", exif=exif()),
    "heic xmp": saved("HEIF", xmp=XMP),
    "heic large": saved("HEIF", size=(2000, 1500), exif=exif(), enc_params=QUICKLY),
    "pdf information": saved("PDF", title=WORDS, author=WORDS, keywords=WORDS),
    "pdf trailer": saved("PDF") + b"\n%" + CANARY,
    "pdf picture with exif": saved("PDF", title=WORDS).replace(
        b"/Type /Page", b"/Type /Page /PieceInfo (" + CANARY + b")", 1
    ),
    "pdf of two pages": saved("PDF", save_all=True, append_images=[Image.new("RGB", (60, 40))], subject=WORDS),
}


@pytest.mark.parametrize("upload", CANARIES.values(), ids=CANARIES)
def test_nothing_but_pixels_is_kept(upload: bytes) -> None:
    pages = fresh_pages(upload)

    assert pages
    for page in pages:
        assert CANARY not in page
        assert WORDS.encode("utf-16-le") not in page
        with Image.open(io.BytesIO(page)) as copy:
            assert (copy.format, copy.mode) == ("JPEG", "RGB")
            assert set(copy.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
            assert max(copy.size) <= pixels_child.LONGEST_SIDE


def test_there_are_forty_of_them() -> None:
    assert len(CANARIES) == 40


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_picture_stands_upright_without_its_tag(turn: int) -> None:
    picture = Image.new("RGB", (80, 40), "white")
    picture.paste("black", (0, 0, 20, 20))
    tag = Image.Exif()
    tag[0x0112] = turn
    written = io.BytesIO()
    picture.save(written, "JPEG", exif=tag.tobytes(), quality=95)

    with Image.open(io.BytesIO(fresh_pages(written.getvalue())[0])) as copy:
        corners = [copy.convert("L").getpixel(place) for place in corner_places(copy.size)]

    assert copy.size == ((80, 40) if turn < 5 else (40, 80))
    assert [place for place, light in enumerate(corners) if int(light) < 60] == [[0, 1, 3, 2, 0, 1, 3, 2][turn - 1]]


def corner_places(size: tuple[int, int]) -> list[tuple[int, int]]:
    """Upper left, upper right, lower left, lower right."""
    return [(x, y) for y in (5, size[1] - 6) for x in (5, size[0] - 6)]


def test_the_same_upload_gives_the_same_bytes() -> None:
    for upload in (CANARIES["jpeg large"], CANARIES["heic exif"], CANARIES["pdf of two pages"]):
        assert fresh_pages(upload) == fresh_pages(upload)


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png_bomb(width: int, height: int) -> bytes:
    """A PNG of so many black pixels in few bytes."""
    row = b"\0" * (width // 8 + 1)
    packer = zlib.compressobj(1)
    body = b"".join(packer.compress(row * 100) for _ in range(height // 100)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def jpeg_of(width: int, height: int) -> bytes:
    """A JPEG whose head claims a size."""
    place = JPEG.index(b"\xff\xc0") + 5
    return JPEG[:place] + struct.pack(">HH", height, width) + JPEG[place + 4 :]


def cut(content: bytes, part: float) -> bytes:
    return content[: int(len(content) * part)]


PDF = saved("PDF")
HTML, SVG = b"<!doctype html><script>alert(1)</script>", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"
REFUSED: dict[str, bytes] = {
    "nothing": b"", "zeros": b"\0" * 1000, "html": HTML, "svg": SVG, "xml svg": b"<?xml version='1.0'?>" + SVG,
    "script": b"#!/bin/sh\nid", "php": b"<?php system($_GET[0]);", "elf": b"\x7fELF" + b"\0" * 60,
    "exe": b"MZ" + b"\0" * 90,
    "zip": b"PK\x03\x04" + b"\0" * 30, "docx": b"PK\x03\x04[Content_Types].xml", "gzip": b"\x1f\x8b\x08" + b"\0" * 20,
    "tiff": b"II*\0" + b"\0" * 40, "bmp": b"BM" + b"\0" * 60, "ico": b"\0\0\x01\0" + b"\0" * 40,
    "psd": b"8BPS" + b"\0" * 30,
    "eps": b"%!PS-Adobe-3.0 EPSF\n(id) run", "mp4": b"\0\0\0\x18ftypmp42" + b"\0" * 40,
    "avif": b"\0\0\0\x1cftypavif" + b"\0" * 40,
    "jp2": b"\0\0\0\x0cjP  \r\n\x87\n" + b"\0" * 40, "text": "举报".encode(), "utf-16": "GIF89a".encode("utf-16"),
    "jpeg head": b"\xff\xd8\xff\xe0", "jpeg and html": b"\xff\xd8\xff" + HTML, "png head": b"\x89PNG\r\n\x1a\n",
    "png and html": b"\x89PNG\r\n\x1a\n" + HTML, "gif and script": b"GIF89a=1;alert(1)//", "gif head": b"GIF87a",
    "webp head": b"RIFF\0\0\0\0WEBP", "webp and svg": b"RIFF\xff\xff\xff\xffWEBP" + SVG,
    "heic head": b"\0\0\0\x18ftypheic",
    "heic and zeros": b"\0\0\0\x18ftypheic" + b"\0" * 5000, "pdf head": b"%PDF-1.7",
    "pdf and html": b"%PDF-1.4\n" + HTML,
    "pdf without pages":
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    b"trailer<</Root 1 0 R>>",
    "pdf turning on itself":
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 1 0 R/Kids[1 0 R]/Count 9>>endobj\ntrailer<</Root 1 0 R>>",
    "jpeg cut at half": cut(JPEG, 0.5), "jpeg cut at the end": cut(saved("JPEG", size=(900, 900)), 0.4),
    "png cut": cut(saved("PNG", size=(900, 900)), 0.5), "gif cut": cut(saved("GIF", size=(900, 900)), 0.2),
    "webp cut": cut(saved("WEBP", size=(900, 900)), 0.5), "heic cut": cut(saved("HEIF", size=(900, 900)), 0.5),
    "png bomb of 50,000 by 50,000": png_bomb(50_000, 50_000), "png bomb of 20,000 by 20,000": png_bomb(20_000, 20_000),
    "png bomb of 8,000 by 8,000": png_bomb(8_000, 8_000), "jpeg of 65,000 by 65,000": jpeg_of(65_000, 65_000),
    "jpeg of 50,000 by 50,000": jpeg_of(50_000, 50_000), "jpeg of no width": jpeg_of(0, 10),
    "gif of 65,000 by 65,000": b"GIF89a" + struct.pack("<HH", 65_000, 65_000) + saved("GIF")[10:],
    "png without data": b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 10, 10, 8, 2, 0, 0, 0)),
    "png with a broken sum": saved("PNG")[:-20] + b"\0" * 20,
    "a byte too many": b"\xff\xd8\xff" + b"\0" * (10 * 1024 * 1024),
    "pdf of 21 pages": saved("PDF", save_all=True, append_images=[Image.new("1", (9, 9))] * 20),
}  # fmt: skip
NEUTRALISED: dict[str, bytes] = {
    "jpeg with html behind": JPEG + HTML, "jpeg with a zip behind": JPEG + b"PK\x03\x04evil",
    "jpeg with php in its comment": saved("JPEG", comment=b"<?php system($_GET[0]); ?>"),
    "png with html in a text": saved("PNG", pnginfo=png_words(HTML.decode())),
    "gif with script behind": saved("GIF") + b"*/=alert(1)", "webp with html behind": saved("WEBP") + HTML,
    "pdf with script": PDF.replace(b"/Type /Catalog",
    b"/Type /Catalog /OpenAction << /S /JavaScript /JS (alert) >>", 1),
}  # fmt: skip


@pytest.mark.parametrize("upload", REFUSED.values(), ids=REFUSED)
def test_what_is_no_picture_is_refused_with_a_sentence(upload: bytes) -> None:
    with pytest.raises(AttachmentError) as refusal:
        fresh_pages(upload)

    assert "没有保存" in refusal.value.message


@pytest.mark.parametrize("upload", NEUTRALISED.values(), ids=NEUTRALISED)
def test_what_hides_beside_a_picture_stays_behind(upload: bytes) -> None:
    for page in fresh_pages(upload):
        for hidden in (b"<script", b"<?php", b"PK\x03\x04", b"alert", b"<!doctype"):
            assert hidden not in page


def test_there_are_sixty_hostile_ones() -> None:
    assert len(REFUSED) + len(NEUTRALISED) >= 60


def laughing_pdf(depth: int = 7) -> bytes:
    """A page that draws a form ten times that draws a form ten times …"""
    form = "<</Type/XObject/Subtype/Form/BBox[0 0 600 800]/Length 60"
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</XObject<</F 5 0 R>>>>>>",
        *(
            f"{form}/Resources<</XObject<</F {number} 0 R>>>>>>stream\n{'/F Do ' * 10}\nendstream"
            for number in range(5, 5 + depth)
        ),
        f"{form}>>stream\n{'0 0 m 600 800 l S':60}\nendstream",
    ]
    body = "\n".join(f"{number} 0 obj{content}\nendobj" for number, content in enumerate(objects, start=1))
    return f"%PDF-1.4\n{body}\ntrailer<</Root 1 0 R>>".encode()


HEAVY: dict[str, Callable[[], bytes]] = {
    "png bomb of 7,000 by 7,000": lambda: png_bomb(7_000, 7_000),
    "png of 7,000 by 7,000 with colours": lambda: saved("PNG", "RGBA", size=(7_000, 7_000), compress_level=1),
    "png with 100 MB of words": lambda: saved("PNG", pnginfo=png_words("很" * 33_000_000, zip=True)),
    "jpeg of 8,000 by 6,000": lambda: saved("JPEG", size=(8_000, 6_000)),
    "progressive jpeg of 8,000 by 6,000": lambda: saved("JPEG", size=(8_000, 6_000), progressive=True),
    "gif of 7,000 by 7,000": lambda: saved("GIF", "P", size=(7_000, 7_000)),
    "webp of 7,000 by 7,000": lambda: saved("WEBP", size=(7_000, 7_000), lossless=True, method=0),
    "heic of 7,000 by 7,000": lambda: saved("HEIF", size=(7_000, 7_000), enc_params=QUICKLY),
    "pdf of ten million lines": laughing_pdf,
}
MOST_BYTES, MOST_CPU_SECONDS = 150_000_000, 3
# A small process of its own: what a child has used at most includes what it was forked from.
MEASURE = """
import os, pickle, resource, subprocess, sys
for kind, upload in pickle.load(sys.stdin.buffer):
    child = subprocess.Popen([sys.executable, "-I", sys.argv[1], kind], stdin=-1, stdout=-3, stderr=-3)
    try:
        child.stdin.write(upload); child.stdin.close()
    except BrokenPipeError:
        pass
    used = os.wait4(child.pid, 0)[2]
    print(used.ru_maxrss * 1024, used.ru_utime + used.ru_stime)
"""


@pytest.fixture(scope="module")
def heavy() -> dict[str, bytes]:
    """Made once, because some take seconds."""
    return {name: make() for name, make in HEAVY.items()}


def test_no_file_takes_more_memory_or_processor_than_it_is_given(
    heavy: dict[str, bytes], record_testsuite_property: Callable[[str, object], None]
) -> None:
    hostile = REFUSED | NEUTRALISED | heavy
    decoded = {name: (kind, upload) for name, upload in hostile.items() if (kind := kind_or_none(upload))}
    command = [sys.executable, "-c", MEASURE, pixels_child.__file__]

    told = subprocess.run(command, input=pickle.dumps(list(decoded.values())), capture_output=True, check=True)

    used = [tuple(map(float, line.split())) for line in told.stdout.splitlines()]
    record_testsuite_property("hostile_files", dict(zip(decoded, used, strict=True)))
    assert max(memory for memory, _ in used) <= MOST_BYTES
    assert max(cpu for _, cpu in used) <= MOST_CPU_SECONDS


def kind_or_none(upload: bytes) -> str | None:
    """The kind that is decoded; None for what is refused before anything is decoded."""
    try:
        return pixels.check_file(upload)
    except AttachmentError:
        return None


@pytest.mark.parametrize("name", HEAVY)
def test_a_heavy_one_is_copied_or_refused_with_a_sentence(heavy: dict[str, bytes], name: str) -> None:
    try:
        assert len(fresh_pages(heavy[name])) == 1
    except AttachmentError as refusal:
        assert "没有保存" in refusal.message
