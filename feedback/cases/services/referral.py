"""Referring a submission to the unit that should deal with it, in its simplest form: a unit, a day, and a word."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from feedback.base.domain.moment import china_day
from feedback.base.domain.permission import Actor
from feedback.base.domain.refusal import RefusalError
from feedback.base.models.unit import Unit
from feedback.cases.domain.deadline import check_due
from feedback.cases.domain.opinion import check_text
from feedback.cases.domain.submission import Action
from feedback.cases.models.submission import Submission
from feedback.cases.services.moderation import decide

MAX_INSTRUCTION_LENGTH = 1_000


def refer(
    session: Session,
    submission: Submission,
    *,
    unit_id: int,
    due_on: date,
    instruction: str,
    by: Actor,
    seen: int,
    now: datetime,
) -> None:
    """转办: the unit becomes responsible and answers by a day. It sees nothing yet in this system by that alone."""
    unit = session.get(Unit, unit_id)
    if unit is None:
        raise RefusalError("这个单位已不在单位名录里，请重新选择。", field="unit")
    check_due(due_on, china_day(now))
    if instruction:
        check_text(instruction, most=MAX_INSTRUCTION_LENGTH, field="instruction")
    decide(
        session,
        submission,
        Action.REFER,
        by=by,
        seen=seen,
        now=now,
        reason=instruction or None,
        detail={"unit": unit.name, "due_on": due_on.isoformat()},
        due_on=due_on,
        responsible_unit_id=unit.id,
    )


def recall(session: Session, submission: Submission, *, reason: str, by: Actor, seen: int, now: datetime) -> None:
    """收回转办: it is the moderators' again."""
    check_text(reason, most=MAX_INSTRUCTION_LENGTH, field="reason")
    decide(session, submission, Action.RECALL, by=by, seen=seen, now=now, reason=reason)
