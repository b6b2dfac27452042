"""Pictures of a text: copied before anything is locked, stored once however often they are sent."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from sqlalchemy import insert
from sqlalchemy.orm import Session

from feedback.base.adapters.database import lock_name
from feedback.base.adapters.keys import Keys
from feedback.base.adapters.pixels import fresh_pages
from feedback.base.domain.attachment import MAX_FILES, AttachmentError
from feedback.base.domain.code import keyed_hash
from feedback.base.domain.moment import hour_of
from feedback.base.models.base import table_of
from feedback.cases.models.arrival import ArrivingPicture
from feedback.cases.queries.attachment import known_files

# Far below what the server gives one request.
SECONDS_IN_ALL = 8
_TOO_LONG = "有的文件处理时间太长，没有保存。请截图后再选，或在“查看进度”里分次补充。"
_INSERT = insert(table_of(ArrivingPicture))
_TOO_MANY = f"最多 {MAX_FILES} 个文件，多出的没有保存。"


@dataclass(frozen=True)
class FileCopy:
    """The pages of one file, and the keyed hashes that recognise it; the first is the one to store."""

    hashes: tuple[str, ...]
    pages: list[bytes]


@dataclass(frozen=True)
class CopiedFiles:
    """What could be copied of a sending, and a sentence for each file that could not."""

    copies: list[FileCopy]
    refusals: list[str]


def copy_files(files: Iterable[bytes], *, known: set[str], nonce: str, keys: Keys) -> CopiedFiles:
    """Copy the pixels of each file that is not known; one that fails takes nothing else with it.

    All together take SECONDS_IN_ALL at most, whoever sends them.
    """
    copied, seen = CopiedFiles([], []), set(known)
    over_at = monotonic() + SECONDS_IN_ALL
    for content in files:
        hashes = _hashes(content, nonce, keys)
        if seen.intersection(hashes):
            continue
        seen.add(hashes[0])
        try:
            if len(known) + len(copied.copies) >= MAX_FILES:
                raise AttachmentError(_TOO_MANY)
            left = int(over_at - monotonic())
            if left < 1:
                raise AttachmentError(_TOO_LONG)
            copied.copies.append(FileCopy(hashes, fresh_pages(content, seconds=left)))
        except AttachmentError as refusal:
            if refusal.message not in copied.refusals:
                copied.refusals.append(refusal.message)
    return copied


def store_files(session: Session, sending_hash: str, copied: CopiedFiles, *, now: datetime) -> list[str]:
    """Store what is not there yet, up to MAX_FILES files a sending; returns the sentences for the sender."""
    lock_name(session, f"attachments of {sending_hash}")
    known = known_files(session, sending_hash)
    refusals = list(copied.refusals)
    for copy in copied.copies:
        if known.intersection(copy.hashes):
            continue
        if len(known) >= MAX_FILES:
            refusals.append(_TOO_MANY)
            break
        known.add(copy.hashes[0])
        _store(session, sending_hash, copy, position=len(known), now=now)
    return refusals


def _store(session: Session, sending_hash: str, copy: FileCopy, *, position: int, now: datetime) -> None:
    for page, content in enumerate(copy.pages, start=1):
        values = {
            "name": secrets.token_hex(16), "sending_hash": sending_hash, "received_at": hour_of(now),
            "position": position, "file_hash": copy.hashes[0], "page": page, "content": content,
        }  # fmt: skip
        session.connection().execute(_INSERT, values)


def _hashes(content: bytes, nonce: str, keys: Keys) -> tuple[str, ...]:
    """Who has the key but not the nonce, which is stored nowhere, cannot try pictures until one fits."""
    known_by = f"{nonce} {hashlib.sha256(content).hexdigest()}"
    return tuple(keyed_hash(known_by, secret) for secret in keys.secrets("nonce"))
