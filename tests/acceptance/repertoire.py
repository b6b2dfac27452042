"""What a moderator can press: how often, what is typed before, and which events an acknowledged press leaves.

A new button of the desk is one more entry here; where it moves a submission, one more in tests/acceptance/replay.py.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from random import Random

from feedback.base.adapters.files import default_campaign
from feedback.campaigns.domain.campaign import CampaignContent
from tests.acceptance.corpus import Case
from tests.web import PageForm

CONTENT = CampaignContent.from_json(default_campaign()["content"])
# Every text that is typed is a text of its own, so that none can stand in for another.
_NEXT = count(1)

Fields = dict[str, str]
Typing = Callable[[Random, Case, PageForm], Fields]


# The one button that shares its form with another.
SIGN = "sign"


def _nothing(_random: Random, _case: Case, _form: PageForm) -> Fields:
    return {}


def _answer(random: Random, case: Case, _form: PageForm) -> Fields:
    outcome = random.choice(list(CONTENT.labels("outcome")))
    typed = {"body": f"{case.reply}\n\n第 {next(_NEXT)} 号答复。", "summary": case.summary, "outcome": outcome}
    return {**typed, SIGN: "1"} if random.random() < 0.3 else typed


def _note(random: Random, _case: Case, _form: PageForm) -> Fields:
    return {"body": f"@moderator-{random.randint(1, 10)} 请看一下（第 {next(_NEXT)} 号备注）。"}


def _reason(random: Random, _case: Case, form: PageForm) -> Fields:
    """A reason where the form has room for one: to take back what is one's own takes none."""
    lines = random.choice(["已由别的渠道受理", "不属于本次征集的范围\n请向主管部门反映", "材料不全"])
    return {"reason": f"{lines}（第 {next(_NEXT)} 号理由）。"} if "reason" in form.fields else {}


def _refusal(random: Random, case: Case, form: PageForm) -> Fields:
    return {**_reason(random, case, form), "kind": random.choice(list(CONTENT.labels("rejection")))}


def _classes(random: Random, _case: Case, _form: PageForm) -> Fields:
    """Terms by chance and a name that was never typed before: something changes every time."""
    terms = {name: random.choice(["", *CONTENT.labels(name)]) for name in ("category", "task", "issue_nature")}
    return {**terms, "responsible_person": f"经办 {next(_NEXT)}"}


def _referral(_random: Random, _case: Case, _form: PageForm) -> Fields:
    """To the body that runs the campaign, the only unit there is, by the day the page proposes."""
    return {"unit": "1", "instruction": f"请核实（第 {next(_NEXT)} 号要求）。"}


@dataclass(frozen=True)
class Move:
    """A button, known by the last word of its form's address.

    Without a version it changes nothing that a colleague may be changing: no page is too old for it.
    """

    weight: int
    records: frozenset[str]
    typing: Typing = _nothing
    has_version: bool = True


REPERTOIRE = {
    "accept": Move(6, frozenset({"accept"})),
    "reply": Move(6, frozenset({"reply"}), _answer),
    SIGN: Move(0, frozenset({"proposed"})),
    "note": Move(2, frozenset({"noted"}), _note, has_version=False),
    "classify": Move(3, frozenset({"classified"}), _classes),
    "reject": Move(3, frozenset({"proposed"}), _refusal),
    "complete": Move(5, frozenset({"proposed"})),
    "reopen": Move(2, frozenset({"reopen"}), _reason),
    "refer": Move(3, frozenset({"refer"}), _referral),
    "recall": Move(2, frozenset({"recall"}), _reason),
    "quarantine": Move(1, frozenset({"proposed"}), _reason),
    "unseal": Move(3, frozenset({"proposed"}), _reason),
    "confirm": Move(6, frozenset({"reject", "complete", "merge", "quarantine", "unseal", "reply"})),
    "decline": Move(2, frozenset({"declined", "withdrawn"}), _reason),
    "undo": Move(3, frozenset({"undone"})),
    "merge": Move(5, frozenset({"proposed"})),
    "apart": Move(2, frozenset({"told_apart"}), has_version=False),
    "unmerge": Move(2, frozenset({"unmerge"})),
}
# The filters under which the next one is taken, the likelier ones more than once.
FILTERS = (
    *["status=received"] * 8,
    *["status=accepted"] * 4,
    *["queue=to_confirm"] * 5,
    *["queue=duplicate"] * 3,
    *["status=replied"] * 3,
    "status=completed",
    "status=rejected",
    "status=referred",
    "status=quarantined",
    "status=merged",
    "queue=mine",
    "kind=problem",
    "query=%E5%B8%8C%E6%9C%9B",
)
