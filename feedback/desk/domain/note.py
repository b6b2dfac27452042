"""Notes among colleagues, and whom they call."""

from collections.abc import Mapping

MAX_NOTE_LENGTH = 1_000


def mentioned(body: str, names: Mapping[str, int]) -> set[int]:
    """The people whose name stands behind an @; where one name begins like another, the longer one counts."""
    longest_first = sorted(names, key=len, reverse=True)
    found = set()
    for rest in body.replace("＠", "@").split("@")[1:]:
        name = next((one for one in longest_first if rest.casefold().startswith(one.casefold())), None)
        if name is not None:
            found.add(names[name])
    return found
