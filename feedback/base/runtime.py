"""What every view and command needs of the running application: settings, keys, and the time."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import cast

from flask import current_app

from feedback.base.adapters.keys import KeyFileError, Keys, load_keys
from feedback.base.config import Settings


def now() -> datetime:
    """The present moment, read once by a view and handed down."""
    return datetime.now(UTC)


def keys() -> Keys:
    """The secrets of the key file, read anew after a rotation: all processes must know the same ones."""
    path = settings().keys_file
    held: tuple[int, Keys] = current_app.extensions["keys"]
    with suppress(OSError, KeyFileError):
        changed_at = path.stat().st_mtime_ns
        if changed_at != held[0]:
            held = current_app.extensions["keys"] = (changed_at, load_keys(path))
    return held[1]


def settings() -> Settings:
    """The settings the application was made with."""
    return cast(Settings, current_app.extensions["settings"])
