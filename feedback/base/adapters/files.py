"""Files: the defaults that ship with the project, and finished files moved into place."""

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_POLL_SECONDS = 0.005
_DEFAULTS = Path(__file__).resolve().parents[1] / "defaults"


def default_campaign() -> dict[str, Any]:
    """The campaign a first start is given, and the pattern for a new one."""
    with open(_DEFAULTS / "campaign.json", encoding="utf-8") as file:
        data: dict[str, Any] = json.load(file)
    return data


def default_canned_answers() -> list[dict[str, str]]:
    """The texts a first start keeps ready: kind, title and body of each."""
    with open(_DEFAULTS / "canned_answers.json", encoding="utf-8") as file:
        texts: list[dict[str, str]] = json.load(file)
    return texts


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A draft to write to; when all went well it is synced to disk and takes the name `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        yield draft
        _sync(draft)
        draft.replace(path)
        _sync(path.parent)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def held_alone(path: Path, *, seconds: float) -> Iterator[bool]:
    """Whether this process alone holds a lock, of all on the machine; it waits so long for it. Who dies lets it go."""
    path.parent.mkdir(parents=True, exist_ok=True)
    give_up_at = time.monotonic() + seconds
    with open(path, "ab") as file:
        while not (is_alone := _lock(file.fileno())) and time.monotonic() < give_up_at:
            time.sleep(_POLL_SECONDS)
        yield is_alone


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def sha256_of_file(path: Path) -> str:
    """The hash of a file in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
