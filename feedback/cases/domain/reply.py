"""An answer to a sender, before it is given."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Draft:
    """What somebody means to answer: the words, 采纳情况 as a key of the campaign's set `outcome`, and 归纳要点."""

    body: str
    outcome: str
    summary: str
