"""What every view and command needs of the running application: settings, keys, and the time."""

from datetime import UTC, datetime
from typing import cast

from flask import current_app

from feedback.adapters.keys import Keys
from feedback.config import Settings


def now() -> datetime:
    """The present moment, read once by a view and handed down."""
    return datetime.now(UTC)


def keys() -> Keys:
    """The secrets of the key file."""
    return cast(Keys, current_app.extensions["keys"])


def settings() -> Settings:
    """The settings the application was made with."""
    return cast(Settings, current_app.extensions["settings"])
