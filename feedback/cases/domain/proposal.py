"""Decisions that end a matter need a second person: one proposes, another confirms."""

from feedback.campaigns.domain.second_person import SecondPerson
from feedback.cases.domain.action import ACTIONS, Action


def is_second_needed(action: Action, rule: SecondPerson, *, moderators: int) -> bool:
    """Whether a decision waits for a second person."""
    return ACTIONS[action].needs_second and (rule is SecondPerson.ON or (rule is SecondPerson.AUTO and moderators > 1))
