"""What every command that changes something does: one transaction, and refusals as messages."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click
from sqlalchemy.orm import Session

from feedback.base.adapters.database import writing
from feedback.base.domain.refusal import RefusalError
from feedback.base.extensions import db


@contextmanager
def changing() -> Iterator[Session]:
    """A write transaction; a refusal leaves nothing changed and becomes the command's error."""
    try:
        with writing(db.sessions) as session:
            yield session
    except RefusalError as refusal:
        raise click.ClickException(refusal.message) from refusal


def now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)
