"""Decisions that end a matter need a second person: one proposes, another confirms."""

from enum import StrEnum

from feedback.domain.submission import Action

NEED_SECOND = frozenset({Action.REJECT, Action.COMPLETE, Action.MERGE, Action.QUARANTINE, Action.UNSEAL})


class SecondPerson(StrEnum):
    """A campaign's rule; AUTO begins to ask for a second person as soon as there is one."""

    AUTO = "auto"
    ON = "on"
    OFF = "off"


SECOND_PERSON_LABELS = {
    SecondPerson.AUTO: "有两位受理员时就要",
    SecondPerson.ON: "总是要",
    SecondPerson.OFF: "不要",
}


def is_second_needed(action: Action, rule: SecondPerson, *, moderators: int) -> bool:
    """Whether a decision waits for a second person."""
    return action in NEED_SECOND and (rule is SecondPerson.ON or (rule is SecondPerson.AUTO and moderators > 1))
