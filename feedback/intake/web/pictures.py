"""Pictures that come with a form."""

import os
from dataclasses import dataclass

from flask import request
from sqlalchemy.exc import OperationalError

from feedback.base.extensions import db
from feedback.base.runtime import keys, now
from feedback.base.web.change import changing
from feedback.cases.services.attachment import CopiedFiles, copy_files, count_pictures, known_files, store_files
from feedback.intake.web import limits

FIELD = "pictures"
# To copy pictures is the heaviest thing a visitor can ask for: its seconds are paid from the bucket of the network,
# those of the processor alone, since what else a busy machine does meanwhile is not the visitor's doing.
TOKENS_A_SECOND = 2
_BUSY = "系统正忙，图片没有保存。请过一会儿在“查看进度”里补充。"


@dataclass(frozen=True)
class Saved:
    """How many pictures of a text are stored, and what to tell its sender about the others."""

    count: int
    refusals: list[str]


def save_sent(text_id: int, *, nonce: str) -> Saved:
    """Store the pictures of this request with a text that is stored already: whatever fails here leaves that alone."""
    files = _sent_files()
    if not files and "chosen" not in request.form:
        return Saved(0, [])
    copied = _copied(files, known=known_files(db.session, text_id), nonce=nonce)
    refusals = copied.refusals
    if copied.copies:
        try:
            with changing() as session:
                refusals = store_files(session, text_id, copied)
        except OperationalError:
            refusals = [_BUSY]
    count = count_pictures(db.session, text_id)
    return Saved(count, refusals or _missing(count))


def had_files() -> bool:
    """Whether this request came with files, or after some: a page that comes back asks for them again."""
    return any(file.filename for file in request.files.values()) or request.form.get("chosen", "") not in {"", "0"}


def _copied(files: list[bytes], *, known: set[str], nonce: str) -> CopiedFiles:
    if files and limits.is_passed(request, now()):
        return CopiedFiles([], [_BUSY])
    began = _processor_seconds()
    copied = copy_files(files, known=known, nonce=nonce, keys=keys())
    limits.spend(request, TOKENS_A_SECOND * (_processor_seconds() - began), now())
    return copied


def _processor_seconds() -> float:
    """Of this process and of those it has started and seen end."""
    return sum(os.times()[:4])


def _sent_files() -> list[bytes]:
    """The files in the order of the form; inputs where nothing was chosen send an empty one without a name."""
    return [content for file in request.files.getlist(FIELD) if (content := file.read()) or file.filename]


def _missing(count: int) -> list[str]:
    """Scripts send pictures one by one and then say how many there were."""
    chosen = request.form.get("chosen", "")
    if not (chosen.isdecimal() and len(chosen) < 3 and count < int(chosen)):
        return []
    return [f"选了 {chosen} 个文件，有的没有保存：可能不是图片或 PDF，或者太大、不完整。"]
