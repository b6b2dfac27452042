"""Referring a submission to the unit that should deal with it, in its simplest form: a unit, a day, and a word."""

from datetime import date

from sqlalchemy.orm import Session

from feedback.base.domain.moment import china_day
from feedback.base.domain.refusal import RefusalError
from feedback.base.domain.text import MAX_REASON_LENGTH
from feedback.base.models.unit import Unit
from feedback.cases.domain.action import Action
from feedback.cases.domain.deadline import check_due
from feedback.cases.domain.decision import Decision
from feedback.cases.domain.event import Referred
from feedback.cases.domain.opinion import check_text
from feedback.cases.models.submission import Submission
from feedback.cases.services.moderation import decide


def refer(session: Session, submission: Submission, decision: Decision, *, unit_id: int, due_on: date) -> None:
    """转办: the unit becomes responsible and answers by a day; the reason is what is asked of it.

    It sees nothing yet in this system by that alone.
    """
    unit = session.get(Unit, unit_id)
    if unit is None:
        raise RefusalError("这个单位已不在单位名录里，请重新选择。", field="unit")
    check_due(due_on, china_day(decision.at))
    if decision.words:
        check_text(decision.words, most=MAX_REASON_LENGTH, field="instruction")
    kept, columns = Referred(unit=unit.name, due_on=due_on), {"responsible_unit_id": unit.id}
    decide(session, submission, Action.REFER, decision, kept=kept, columns=columns, due_on=due_on)


def recall(session: Session, submission: Submission, decision: Decision) -> None:
    """收回转办: it is the moderators' again."""
    check_text(decision.words, most=MAX_REASON_LENGTH, field="reason")
    decide(session, submission, Action.RECALL, decision)
