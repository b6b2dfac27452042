"""Need to know, in one place: every read of submissions by staff passes `visible_to`."""

from sqlalchemy import ColumnElement, ScalarSelect, select, true

from feedback.base.domain.permission import Actor, Permission
from feedback.campaigns.models.campaign import Campaign
from feedback.campaigns.queries.reach import run_by
from feedback.cases.domain.submission import Lane, Status
from feedback.cases.models.submission import Submission


def visible_to(actor: Actor, permission: Permission = Permission.SUBMISSION_READ) -> ColumnElement[bool]:
    """The submissions a member of staff may know of; nothing, not even a count, of any other (promise P2).

    Opinions of campaigns run by the units on which the actor holds the permission. A unit that is only concerned
    sees none: that takes a referral. The clue lane is closed to this select altogether. What is sealed is known to
    those alone who decide: what is left out here is what `cases/domain/disclosure.py` calls nothing.
    """
    visible = (Submission.lane == Lane.OPINION) & _run_where(actor, permission)
    if actor.paths_with(permission) == actor.paths_with(Permission.SUBMISSION_DECIDE):
        return visible
    return visible & ((Submission.status != Status.QUARANTINED) | _run_where(actor, Permission.SUBMISSION_DECIDE))


def among_visible(
    actor: Actor, asked: Permission, *, seen_with: Permission = Permission.SUBMISSION_READ
) -> ColumnElement[bool]:
    """On which of those visible by a permission the actor holds another one: most do on all, which asks nothing."""
    if actor.paths_with(seen_with) == actor.paths_with(asked):
        return true()
    return visible_to(actor, asked)


def decided_by(actor: Actor, seen_with: Permission = Permission.SUBMISSION_READ) -> ColumnElement[bool]:
    """Which of those visible by a permission the actor decides about, and so is shown whole."""
    return among_visible(actor, Permission.SUBMISSION_DECIDE, seen_with=seen_with)


def visible_in(campaign_id: int, actor: Actor) -> ColumnElement[bool]:
    """What `visible_to` says of the submissions of one campaign, for a statement of many selects.

    The campaign is looked at once for all of them: where it is a part of each, PostgreSQL plans longer than it reads.
    """
    read, decided = actor.paths_with(Permission.SUBMISSION_READ), actor.paths_with(Permission.SUBMISSION_DECIDE)
    visible = (Submission.lane == Lane.OPINION) & (Submission.campaign_id == _reached(campaign_id, read, "seen"))
    if read == decided:
        return visible
    is_decided = Submission.campaign_id == _reached(campaign_id, decided, "decided")
    return visible & ((Submission.status != Status.QUARANTINED) | is_decided)


def _reached(campaign_id: int, paths: list[str], name: str) -> ScalarSelect[int]:
    """The campaign's id where its unit lies at or below one of the paths, otherwise nothing."""
    reached = select(Campaign.id).where(Campaign.id == campaign_id, run_by(paths)).cte(f"{name}_in_{campaign_id}")
    return select(reached.c.id).scalar_subquery()


def _run_where(actor: Actor, permission: Permission) -> ColumnElement[bool]:
    return Submission.campaign_id.in_(select(Campaign.id).where(run_by(actor.paths_with(permission))))
