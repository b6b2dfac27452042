"""What every view and command needs of the running application: settings, keys, the time, and its memory."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar, cast

from flask import Flask, current_app

from feedback.base.adapters.keys import KeyFileError, Keys, load_keys
from feedback.base.config import Settings

Memory = TypeVar("Memory")


@dataclass
class Runtime:
    """All that one application keeps for itself between requests; `memories` holds one object for each area's class."""

    settings: Settings
    keys: Keys
    keys_changed_at_ns: int
    memories: dict[type, object] = field(default_factory=dict)


def start(app: Flask, settings: Settings, keys: Keys) -> None:
    """Give an application what it keeps."""
    app.extensions["feedback"] = Runtime(settings, keys, settings.keys_file.stat().st_mtime_ns)


def runtime() -> Runtime:
    """What the current application keeps."""
    return cast(Runtime, current_app.extensions["feedback"])


def now() -> datetime:
    """The present moment, read once by a view and handed down."""
    return datetime.now(UTC)


def keys() -> Keys:
    """The secrets of the key file, read anew after a rotation: all processes must know the same ones."""
    held, path = runtime(), settings().keys_file
    with suppress(OSError, KeyFileError):
        changed_at_ns = path.stat().st_mtime_ns
        if changed_at_ns != held.keys_changed_at_ns:
            held.keys, held.keys_changed_at_ns = load_keys(path), changed_at_ns
    return held.keys


def settings() -> Settings:
    """The settings the application was made with."""
    return runtime().settings


def memory(kind: type[Memory]) -> Memory:
    """What this process keeps of a kind, begun empty; it is lost with the process, and may be."""
    return cast(Memory, runtime().memories.setdefault(kind, kind()))
