"""Copying the pixels of what somebody uploaded, in a process with limits: see pixels_child.py."""

import subprocess
import sys
from pathlib import Path

from feedback.domain.attachment import AttachmentError, check_file

SECONDS = 10
_CHILD = Path(__file__).with_name("pixels_child.py")
_REFUSALS = {
    3: "有一个文件打不开，可能不完整或太大，没有保存。请截图后再选。",
    4: "有一个文件的尺寸或页数太大（PDF 最多 20 页），没有保存。请截图或分开后再选。",
}
_TOO_HEAVY = "有一个文件太复杂，没有保存。请截图后再选。"


def fresh_pages(upload: bytes) -> list[bytes]:
    """The pictures (JPEG, at most 1600 pixels long) of one upload, one of a picture, one a page of a PDF.

    They hold pixels alone, and the same upload always gives the same bytes. Raises AttachmentError, with a sentence
    for the sender, for whatever cannot be copied within the limits.
    """
    kind = check_file(upload)
    command = [sys.executable, "-I", str(_CHILD), kind]
    try:
        done = subprocess.run(command, input=upload, capture_output=True, timeout=SECONDS, env={}, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise AttachmentError(_TOO_HEAVY) from None
    if done.returncode != 0:
        raise AttachmentError(_REFUSALS.get(done.returncode, _TOO_HEAVY))
    return _apart(done.stdout)


def _apart(output: bytes) -> list[bytes]:
    pages, start = [], 0
    while start < len(output):
        end = start + 4 + int.from_bytes(output[start : start + 4], "big")
        pages.append(output[start + 4 : end])
        start = end
    return pages
