"""Pictures and PDF files somebody adds: how many, how large, and which kinds are recognised by their first bytes."""

from enum import StrEnum

from feedback.base.domain.refusal import RefusalError

MAX_FILES = 5
MAX_FILE_BYTES = 10 * 1024 * 1024


class FileKind(StrEnum):
    """What can be copied, by the name its decoder has."""

    JPEG = "JPEG"
    PNG = "PNG"
    GIF = "GIF"
    WEBP = "WEBP"
    HEIF = "HEIF"
    PDF = "PDF"


class AttachmentError(RefusalError):
    """One file cannot be taken; the text and the other files are."""


_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_BEGINNINGS = {
    b"\xff\xd8\xff": FileKind.JPEG,
    b"\x89PNG\r\n\x1a\n": FileKind.PNG,
    b"GIF87a": FileKind.GIF,
    b"GIF89a": FileKind.GIF,
    b"%PDF-": FileKind.PDF,
}


def kind_of(content: bytes) -> FileKind | None:
    """The kind of a file by its content alone: its name and declared type are the sender's words."""
    for beginning, kind in _BEGINNINGS.items():
        if content.startswith(beginning):
            return kind
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return FileKind.WEBP
    return FileKind.HEIF if content[4:8] == b"ftyp" and content[8:12] in _HEIF_BRANDS else None


def check_file(content: bytes) -> FileKind:
    """The kind of a file that may be copied; AttachmentError for one that is empty, too large or of no known kind."""
    if not content:
        raise AttachmentError("有一个文件是空的，没有保存。请重新选择。")
    if len(content) > MAX_FILE_BYTES:
        raise AttachmentError("有一个文件超过 10 MB，没有保存。请换小一些的，或截图后再选。")
    kind = kind_of(content)
    if kind is None:
        raise AttachmentError("有一个文件不是图片或 PDF，没有保存。请拍照或截图后再选。")
    return kind
