"""Notes among colleagues, whom they call, and who else hears of something."""

from collections.abc import Mapping

from feedback.cases.domain.action import ACTION_LABELS, Action


def mentioned(body: str, names: Mapping[str, int]) -> set[int]:
    """The people whose name stands behind an @; where one name begins like another, the longer one counts."""
    longest_first = sorted(names, key=len, reverse=True)
    found = set()
    for rest in body.replace("＠", "@").split("@")[1:]:
        name = next((one for one in longest_first if rest.casefold().startswith(one.casefold())), None)
        if name is not None:
            found.add(names[name])
    return found


def call_in_words(kind: str, words: str | None) -> str:
    """What somebody is called by: the words of a note, or that a colleague has confirmed what they proposed.

    `kind` is that of the event they are called to, `words` its reason.
    """
    if kind == "noted":
        return words or ""
    if kind == Action.REPLY:
        return "您送签的答复已签发，提出人可以看到了。"
    return f"您提出的“{ACTION_LABELS[Action(kind)]}”已确认，现在生效。"
