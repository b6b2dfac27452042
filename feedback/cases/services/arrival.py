"""Putting into its place what citizens did: all of an hour together, once the hour is over, or when staff act on it.

What is written here lies in the order of ids that were drawn at random, between what staff did before and after the
hour was over: nothing tells at which moment it came (ADR 3).
"""

import logging
import time
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import partial
from secrets import token_hex
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Insert, delete, func, insert, select, true
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker, undefer

from feedback.base.adapters.database import lock_name, writing
from feedback.base.domain.moment import hour_of
from feedback.base.domain.permission import Actor, Permission
from feedback.base.domain.refusal import RefusalError
from feedback.base.models.base import table_of
from feedback.cases.domain.arrival import Act
from feedback.cases.domain.event import Received
from feedback.cases.domain.submission import Status, TextKind
from feedback.cases.models.arrival import MOVED, Arrival, ArrivingAct, ArrivingPicture
from feedback.cases.models.attachment import Attachment
from feedback.cases.models.contact import Contact
from feedback.cases.models.event import Event
from feedback.cases.models.search import SearchPending
from feedback.cases.models.submission import Answer, Submission, SubmissionUnit
from feedback.cases.models.text import Text
from feedback.cases.queries.arrival import act_of, arrived_since
from feedback.cases.queries.submission import get_submission
from feedback.cases.services.act import carry_out

T = TypeVar("T")

# Whoever lets something arrive shares this lock; who has to know all that has arrived holds it alone.
ENTRIES = "arrivals"
# So few at a time, that nobody waits long to write.
BATCH = 10
ACTS = PICTURES = 4
# After each batch, in these parts of what it took; who had to wait so long for the lock has others beside it.
REST, REST_IN_A_RUSH, NOTICED_SECONDS = 2, 20, 0.005
# Built once: a crowd passes here in the first minutes of an hour.
_INSERT_SUBMISSION = insert(table_of(Submission)).returning(table_of(Submission).c.id, sort_by_parameter_order=True)
_INSERT_TEXT, _INSERT_EVENT, _INSERT_PENDING, _INSERT_UNIT, _INSERT_ANSWER, _INSERT_CONTACT, _INSERT_ATTACHMENT = (
    insert(table_of(model)) for model in (Text, Event, SearchPending, SubmissionUnit, Answer, Contact, Attachment)
)
# The words a picture came with, by what their sending is known by.
_ORIGINAL = (
    select(Text.id)
    .join(Submission, Submission.id == Text.submission_id)
    .where(Submission.nonce_hash == ArrivingPicture.sending_hash, Text.kind == TextKind.ORIGINAL)
    .correlate(ArrivingPicture)
    .scalar_subquery()
)
_SUPPLEMENT = (
    select(Text.id)
    .where(Text.sending_hash == ArrivingPicture.sending_hash)
    .correlate(ArrivingPicture)
    .scalar_subquery()
)


def lock_arrivals(session: Session, number: str) -> None:
    """Let one at a time say what waits of an opinion; unlike the lock of its row this leaves no trace in it."""
    lock_name(session, f"arrivals of {number}")


def add_act(session: Session, number: str, act: Act) -> None:
    """Let an act of a sender wait for the end of its hour, or for staff. Needs the lock of `lock_arrivals`."""
    last = session.scalar(select(func.max(ArrivingAct.position)).where(ArrivingAct.number == number)) or 0
    session.add(
        ArrivingAct(
            id=token_hex(16), number=number, position=last + 1, kind=act.kind, at=act.at, words=act.words,
            sending_hash=act.sending_hash, value=act.value,
        )
    )  # fmt: skip
    session.flush()


def take_in(session: Session, numbers: Collection[str]) -> None:
    """Put all that waits of some opinions into its place now: staff are about to act on them.

    That they came before that act is no secret. Pictures wait on: a sender may send hundreds, and others wait to write.
    Needs a write transaction.
    """
    _lock_all(session, numbers)
    _settle_arrivals(session, numbers)
    _settle_acts(session, true(), numbers)


def take_in_pictures(session: Session, numbers: Collection[str]) -> None:
    """Put the pictures of some opinions, which are in their places, beside their words; there may be many."""
    sent_first = select(Submission.nonce_hash).where(Submission.number.in_(numbers))
    sent_later = select(Text.sending_hash).join(Submission, Submission.id == Text.submission_id)
    sendings = sent_first.union_all(sent_later.where(Submission.number.in_(numbers)))
    while settle_pictures(session, ArrivingPicture.sending_hash.in_(sendings)):
        pass


def is_due(session: Session, *, now: datetime) -> bool:
    """Whether something waits of hours that are over."""
    over = hour_of(now)
    waiting = (
        select(Arrival.id).where(Arrival.received_at < over),
        select(ArrivingAct.id).where(ArrivingAct.at < over),
        select(ArrivingPicture.name).where(ArrivingPicture.received_at < over),
    )
    return any(session.scalar(one.limit(1)) is not None for one in waiting)


def settle(sessions: sessionmaker[Session], *, now: datetime, most: int | None = None) -> int:
    """Put what came in hours that are over into its place, batch by batch; returns of how many opinions something was.

    After `most` of them it ends, though there may be more.
    """
    over, count = hour_of(now), 0
    failed = set[str]()
    while numbers := _in_its_own(sessions, over, partial(_settle_some, before=over, failed=failed)):
        count += len(numbers - failed)
        if most is not None and count >= most:
            return count
    while _in_its_own(sessions, over, partial(settle_pictures, which=ArrivingPicture.received_at < over)):
        pass
    return count


def _in_its_own(sessions: sessionmaker[Session], over: datetime, work: Callable[[Session], T]) -> T:
    """Do a batch in a transaction of its own, and then let others write: longer, where some come in just now."""
    with sessions() as session:
        arrived = arrived_since(session, over)
    asked_at = time.monotonic()
    with writing(sessions) as session:
        locked_at = time.monotonic()
        done = work(session)
    held = time.monotonic() - locked_at
    with sessions() as session:
        is_rush = locked_at - asked_at > NOTICED_SECONDS or arrived_since(session, over) > arrived
    time.sleep((REST_IN_A_RUSH if is_rush else REST) * held)
    return done


def _settle_some(session: Session, *, before: datetime, failed: set[str]) -> set[str]:
    """Some of what came before an hour; whose numbers are returned, or noted as `failed`, which stops no others."""
    numbers = _first(session, Arrival.number, Arrival.received_at < before, Arrival.id, failed)
    settle_them = partial(_settle_arrivals, session)
    if not numbers:
        # When all opinions are in their places, what their senders did later.
        numbers = _first(session, ArrivingAct.number, ArrivingAct.at < before, ArrivingAct.id, failed)
        settle_them = partial(_settle_acts, session, ArrivingAct.at < before, most=ACTS)
    _lock_all(session, numbers)
    # Together, or else one by one, so that the one that cannot be moved is found.
    if numbers and not _is_done(session, partial(settle_them, numbers)):
        failed.update(one for one in numbers if not _is_done(session, partial(settle_them, {one}), is_told=True))
    return numbers


def _first(session: Session, number: Any, which: ColumnElement[bool], drawn: Any, failed: Collection[str]) -> set[str]:
    """The numbers of some that wait, whichever ids were drawn for them."""
    return set(session.scalars(select(number).where(which, number.not_in(failed)).order_by(drawn).limit(BATCH)))


def _is_done(session: Session, work: Callable[[], bool], *, is_told: bool = False) -> bool:
    """Whether something could be done; what fails leaves nothing behind."""
    try:
        with session.begin_nested():
            return work()
    except (SQLAlchemyError, RefusalError):
        if is_told:
            logging.getLogger(__name__).exception("an arrival was not put into its place")
        return False


def _lock_all(session: Session, numbers: Collection[str]) -> None:
    """In one order, so that nobody waits in a circle."""
    for number in sorted(numbers):
        lock_arrivals(session, number)


def _settle_arrivals(session: Session, numbers: Collection[str]) -> bool:
    connection, waiting = session.connection(), table_of(Arrival)
    own = waiting.c.number.in_(numbers)
    arrivals = connection.execute(select(waiting).where(own).order_by(waiting.c.id)).all()
    if arrivals:
        _put_into_place(connection, arrivals)
        connection.execute(delete(waiting).where(waiting.c.id.in_([one.id for one in arrivals])))
    return True


def _settle_acts(
    session: Session, which: ColumnElement[bool], numbers: Collection[str], *, most: int | None = None
) -> bool:
    """What senders did, opinion by opinion, the first of them if `most` is given; whether there was any to do.

    Then those are left out of which somebody decides just now: to wait for them could be to wait in a circle.
    """
    own = select(ArrivingAct, Submission).join(Submission, Submission.number == ArrivingAct.number)
    ordered = own.where(which, ArrivingAct.number.in_(numbers)).order_by(ArrivingAct.number, ArrivingAct.position)
    locked = ordered.limit(most).with_for_update(of=Submission, key_share=True, skip_locked=most is not None)
    # As it is now, also where it was read before it was locked.
    rows = session.execute(locked.execution_options(populate_existing=True)).all()
    for act, submission in rows:
        carry_out(session, submission, act_of(act))
        session.flush()
        session.delete(act)
    session.flush()
    return bool(rows)


def _put_into_place(connection: Connection, arrivals: Sequence[Any]) -> None:
    """The rows of opinions, each kind by one statement; nothing of one that stands there, sent again while it moved."""
    hashes = [one.nonce_hash for one in arrivals]
    standing = set(connection.scalars(select(Submission.nonce_hash).where(Submission.nonce_hash.in_(hashes))))
    fresh = [one for one in arrivals if one.nonce_hash not in standing]
    if not fresh:
        return
    identities = [{name: getattr(one, name) for name in MOVED} for one in fresh]
    ids = connection.execute(_INSERT_SUBMISSION, identities).scalars().all()
    placed = list(zip(ids, fresh, strict=True))
    answers = [(own, *answer) for own, one in placed for answer in one.answers]
    rows: list[tuple[Insert, list[dict[str, Any]]]] = [
        (_INSERT_TEXT, [_text(own, one) for own, one in placed]),
        (_INSERT_PENDING, [{"id": own} for own in ids]),
        (_INSERT_EVENT, [_first_event(own, one) for own, one in placed]),
        (_INSERT_UNIT, [{"submission_id": own, "unit_id": one.unit_id} for own, one in placed if one.unit_id]),
        (_INSERT_ANSWER, [dict(zip(_ANSWER, answer, strict=True)) for answer in answers]),
        (_INSERT_CONTACT, [_contact(own, one) for own, one in placed if one.contact_uuid]),
    ]
    for statement, values in rows:
        if values:
            connection.execute(statement, values)


_ANSWER = ("submission_id", "question", "position", "value")


def _text(submission_id: int, arrival: Any) -> dict[str, Any]:
    words = {"kind": TextKind.ORIGINAL, "body": arrival.body, "received_at": arrival.received_at}
    return {"submission_id": submission_id, **words}


def _first_event(submission_id: int, arrival: Any) -> dict[str, Any]:
    return {
        "submission_id": submission_id,
        "position": 1,
        "kind": "received",
        "at": arrival.received_at,
        "to_status": Status.RECEIVED,
        "detail": Received(arrival.unit_id).to_json(),
    }


def _contact(submission_id: int, arrival: Any) -> dict[str, Any]:
    sealed = {"name": arrival.contact_name, "phone": arrival.contact_phone}
    return {"submission_id": submission_id, "uuid": arrival.contact_uuid, **sealed}


def settle_pictures(session: Session, which: ColumnElement[bool]) -> int:
    """Put some pictures beside words that are in their place; how many. Of words that were erased none is left."""
    found = (
        select(ArrivingPicture, Text.id, Text.erased_on)
        .join(Text, Text.id == func.coalesce(_ORIGINAL, _SUPPLEMENT))
        .where(which)
        .order_by(ArrivingPicture.sending_hash, ArrivingPicture.position, ArrivingPicture.page)
        .limit(PICTURES)
        .options(undefer(ArrivingPicture.content))
    )
    rows = session.execute(found).all()
    for picture, text_id, erased_on in rows:
        values = {
            "name": picture.name, "text_id": text_id, "file_hash": picture.file_hash, "page": picture.page,
            "content": None if erased_on else picture.content, "erased_on": erased_on,
        }  # fmt: skip
        same = (
            Attachment.text_id == text_id,
            Attachment.file_hash == picture.file_hash,
            Attachment.page == picture.page,
        )
        if session.scalar(select(Attachment.id).where(*same)) is None:
            session.connection().execute(_INSERT_ATTACHMENT, values)
        session.delete(picture)
    session.flush()
    return len(rows)


def lock_to_decide(session: Session, numbers: set[str], actor: Actor) -> dict[str, Submission]:
    """Submissions to decide on together, by number, with all that waits of them taken in before.

    Always in one order, so that nobody waits in a circle. Raises UnknownSubmissionError.
    """
    decided = Permission.SUBMISSION_DECIDE
    wanted = sorted({number.upper() for number in numbers})
    for number in wanted:
        get_submission(session, number, actor, permission=decided)
    take_in(session, wanted)
    return {one: get_submission(session, one, actor, permission=decided, to_change=True) for one in wanted}
