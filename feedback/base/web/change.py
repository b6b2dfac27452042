"""What every view that changes something does: one transaction, and a refusal answered with a page."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import abort, make_response
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from feedback.base.adapters.database import start_writing
from feedback.base.domain.refusal import ConflictError, RefusalError
from feedback.base.extensions import db

# A page alone is sent with the status of the refusal; whatever says its own keeps it.
Draw = Callable[[RefusalError], ResponseReturnValue]


@contextmanager
def changing(draw: Draw | None = None) -> Iterator[Session]:
    """A transaction that may write, committed at the end: what follows the block is true, and stored.

    What fails leaves nothing changed. A refusal ends the request, with the page that `draw` makes of it, or with the
    one of all errors, which gives back what was typed.
    """
    with refusing(draw):
        start_writing(db.session)
        try:
            yield db.session
            db.session.commit()
        except BaseException:
            db.session.rollback()
            raise


@contextmanager
def refusing(draw: Draw | None) -> Iterator[None]:
    """End the request with the page of a refusal, for what is read and computed before anything is changed."""
    try:
        yield
    except RefusalError as refusal:
        if draw is None:
            raise
        page = draw(refusal)
        abort(make_response((page, status_of(refusal)) if isinstance(page, str) else page))


def status_of(refusal: RefusalError) -> int:
    """A page that is no longer true is a conflict; everything else can be put right where it was typed."""
    return 409 if isinstance(refusal, ConflictError) else 400
