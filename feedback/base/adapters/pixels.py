"""Copying the pixels of what somebody uploaded, in a process with limits: see pixels_child.py."""

from pathlib import Path

from feedback.base.adapters.child import answer_of, frames
from feedback.base.domain.attachment import AttachmentError, check_file

SECONDS = 10
_CHILD = Path(__file__).with_name("pixels_child.py")
_REFUSALS = {
    3: "有一个文件打不开，可能不完整或太大，没有保存。请截图后再选。",
    4: "有一个文件的尺寸或页数太大（PDF 最多 20 页），没有保存。请截图或分开后再选。",
}
_TOO_HEAVY = "有一个文件太复杂，没有保存。请截图后再选。"


def fresh_pages(upload: bytes, *, seconds: int = SECONDS) -> list[bytes]:
    """The pictures (JPEG, at most 1600 pixels long) of one upload, one of a picture, one a page of a PDF.

    They hold pixels alone, and the same upload always gives the same bytes. Raises AttachmentError, with a sentence
    for the sender, for whatever cannot be copied within the limits.
    """
    kind = check_file(upload)
    code, output = answer_of(_CHILD, kind, sent=upload, seconds=min(seconds, SECONDS))
    if code != 0:
        raise AttachmentError(_REFUSALS.get(code or 0, _TOO_HEAVY))
    return frames(output)
