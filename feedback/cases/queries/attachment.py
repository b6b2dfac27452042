"""Pictures as pages need them: their names, and one of them whole."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.cases.models.attachment import Attachment
from feedback.cases.models.text import Text


def pictures_of(session: Session, submission_id: int) -> dict[int, list[str]]:
    """The names of a submission's pictures by the text they came with, in the order they came."""
    rows = session.execute(
        select(Attachment.text_id, Attachment.name)
        .join(Text, Text.id == Attachment.text_id)
        .where(Text.submission_id == submission_id, Attachment.content.is_not(None))
        .order_by(Attachment.id)
    )
    names: dict[int, list[str]] = {}
    for text_id, name in rows:
        names.setdefault(text_id, []).append(name)
    return names


def picture_content(session: Session, submission_id: int, name: str) -> bytes | None:
    """One picture of this very submission."""
    return session.scalar(
        select(Attachment.content)
        .join(Text, Text.id == Attachment.text_id)
        .where(Text.submission_id == submission_id, Attachment.name == name)
    )
