"""Pictures that come with a form."""

import os
import time
from dataclasses import dataclass

from flask import Response, make_response, request
from sqlalchemy.exc import OperationalError

from feedback.base.adapters.files import held_alone
from feedback.base.extensions import db
from feedback.base.runtime import keys, now, settings
from feedback.base.web.change import changing
from feedback.cases.queries.attachment import count_pictures, known_files
from feedback.cases.services.attachment import CopiedFiles, copy_files, store_files
from feedback.intake.web import limits

FIELD = "pictures"
# To copy pictures is the heaviest thing a visitor can ask for: its seconds are paid from the bucket of the network,
# those of the processor alone, since what else a busy machine does meanwhile is not the visitor's doing. A photograph
# takes a quarter of one; what goes beyond is dear.
TOKENS_A_SECOND, DEAR_TOKENS_A_SECOND, CHEAP_SECONDS = 2, 20, 0.5
# One process at a time copies pictures, so that the others are there for everybody else. A script that finds it busy
# waits as long as a photograph takes, and then sends again; a page without scripts waits longer, unless its network has
# had much done already.
WAIT_SECONDS, LONG_WAIT_SECONDS, RETRY_SECONDS = 0.25, 3.0, 3
GOOD_STANDING = 0.9
_BUSY = "系统正忙，图片没有保存。请过一会儿在“查看进度”里补充。"


@dataclass(frozen=True)
class Saved:
    """How many pictures of a text are stored, and what to tell its sender about the others."""

    count: int
    refusals: list[str]
    is_busy: bool = False

    def answer(self, page: str) -> Response:
        """A page that tells a script to send its picture once more where others were busy with theirs."""
        response = make_response(page)
        if self.is_busy:
            response.headers["Retry-After"] = str(RETRY_SECONDS)
        return response


def save_sent(sending_hash: str, *, nonce: str) -> Saved:
    """Store the pictures of this request with words that are stored already: whatever fails here leaves that alone."""
    files = _sent_files()
    if not files and "chosen" not in request.form:
        return Saved(0, [])
    copied = _copied(files, known=known_files(db.session, sending_hash), nonce=nonce)
    refusals = copied.refusals
    if copied.copies:
        try:
            with changing() as session:
                refusals = store_files(session, sending_hash, copied, now=now())
        except OperationalError:
            refusals = [_BUSY]
    count = count_pictures(db.session, sending_hash)
    return Saved(count, refusals or _missing(count), is_busy=_BUSY in refusals)


def had_files() -> bool:
    """Whether this request came with files, or after some: a page that comes back asks for them again."""
    return any(file.filename for file in request.files.values()) or request.form.get("chosen", "") not in {"", "0"}


def _copied(files: list[bytes], *, known: set[str], nonce: str) -> CopiedFiles:
    if not files:
        return CopiedFiles([], [])
    if limits.is_passed(request, now()):
        return CopiedFiles([], [_BUSY])
    asked_at, spent = time.monotonic(), 0.0
    with held_alone(settings().instance / "pictures.lock", seconds=_patience()) as is_alone:
        waited = time.monotonic() - asked_at
        copied = CopiedFiles([], [_BUSY])
        if is_alone:
            began = _processor_seconds()
            copied = copy_files(files, known=known, nonce=nonce, keys=keys())
            spent = _processor_seconds() - began
    limits.spend(request, _cost(spent) + _cost(waited), now())
    return copied


def _patience() -> float:
    """How long this request may keep its process waiting for the one that copies."""
    is_script = request.headers.get("Sec-Fetch-Dest") == "empty"
    is_welcome = not is_script and limits.left(request, now()) >= GOOD_STANDING
    return LONG_WAIT_SECONDS if is_welcome else WAIT_SECONDS


def _cost(seconds: float) -> float:
    """In tokens."""
    dear = max(0.0, seconds - CHEAP_SECONDS)
    return TOKENS_A_SECOND * (seconds - dear) + DEAR_TOKENS_A_SECOND * dear


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
