"""Texts kept ready for answers and refusals, as pages need them."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.base.domain.permission import Actor, Permission
from feedback.campaigns.models.campaign import Campaign
from feedback.campaigns.queries.reach import run_by
from feedback.desk.models.canned_answer import CannedAnswer
from feedback.people.models import User


def canned_answers_of(session: Session, campaign_id: int, actor: Actor) -> list[tuple[CannedAnswer, str | None]]:
    """A campaign's texts in the order they were made, with who changed each last.

    None where the actor may not decide.
    """
    statement = (
        select(CannedAnswer, User.display_name)
        .outerjoin(User, User.id == CannedAnswer.changed_by_id)
        .join(Campaign, Campaign.id == CannedAnswer.campaign_id)
        .where(CannedAnswer.campaign_id == campaign_id, run_by(actor.paths_with(Permission.SUBMISSION_DECIDE)))
        .order_by(CannedAnswer.id)
    )
    return [(answer, name) for answer, name in session.execute(statement)]


def find_canned_answer(
    session: Session, answer_id: int, actor: Actor, *, to_change: bool = False
) -> CannedAnswer | None:
    """One text of a campaign on which the actor may decide, locked if it is `to_change`."""
    statement = (
        select(CannedAnswer)
        .join(Campaign, Campaign.id == CannedAnswer.campaign_id)
        .where(CannedAnswer.id == answer_id, run_by(actor.paths_with(Permission.SUBMISSION_DECIDE)))
    )
    if to_change:
        statement = statement.with_for_update(of=CannedAnswer).execution_options(populate_existing=True)
    return session.scalar(statement)
