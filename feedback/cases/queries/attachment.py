"""Pictures as pages need them: their names, one of them whole, and what a sending has of them already."""

from sqlalchemy import CompoundSelect, func, select
from sqlalchemy.orm import Session

from feedback.cases.domain.submission import TextKind
from feedback.cases.models.arrival import ArrivingPicture
from feedback.cases.models.attachment import Attachment
from feedback.cases.models.submission import Submission
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


def known_files(session: Session, sending_hash: str) -> set[str]:
    """The hashes of the files that came with a sending already, whether they wait or are in their place."""
    waiting = select(ArrivingPicture.file_hash).where(ArrivingPicture.sending_hash == sending_hash)
    placed = select(Attachment.file_hash).where(Attachment.text_id.in_(_words_of(sending_hash)))
    return set(session.scalars(waiting.union(placed)))


def count_pictures(session: Session, sending_hash: str) -> int:
    """How many pictures of a sending are really stored."""
    waiting = select(ArrivingPicture.name).where(ArrivingPicture.sending_hash == sending_hash)
    placed = select(Attachment.name).where(Attachment.text_id.in_(_words_of(sending_hash)))
    return session.scalar(select(func.count()).select_from(waiting.union(placed).subquery())) or 0


def _words_of(sending_hash: str) -> CompoundSelect[int]:
    """The text of a sending, as soon as it is in its place: an original or a supplement."""
    first = select(Text.id).join(Submission, Submission.id == Text.submission_id)
    first = first.where(Submission.nonce_hash == sending_hash, Text.kind == TextKind.ORIGINAL)
    return first.union_all(select(Text.id).where(Text.sending_hash == sending_hash))
