"""Whether a campaign's decisions that end a matter wait for a second person."""

from enum import StrEnum


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
