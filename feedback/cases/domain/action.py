"""What can be done about one submission: one table says of each action what it is called and what it asks.

Where it leads stands in the table of states, who sees its button and where it is sent in that of the desk.
"""

from dataclasses import dataclass
from enum import StrEnum


class Action(StrEnum):
    """What is done about one submission: by staff, but for the last, which its sender may ask for once."""

    ACCEPT = "accept"
    REJECT = "reject"
    REPLY = "reply"
    COMPLETE = "complete"
    REOPEN = "reopen"
    REFER = "refer"
    RECALL = "recall"
    QUARANTINE = "quarantine"
    UNSEAL = "unseal"
    CLASSIFY = "classify"
    MERGE = "merge"
    UNMERGE = "unmerge"
    RECONSIDER = "reconsider"


class Asks(StrEnum):
    """What somebody fills in."""

    NOTHING = "nothing"
    REASON = "reason"
    CASE = "case"  # a reason in words, and which of the campaign's cases it is
    ANSWER = "answer"
    UNIT = "unit"  # and by which day
    CLASSES = "classes"
    NOTE = "note"  # a few words, for colleagues or for the record
    OTHER = "other"  # a second submission, on a page that shows both


@dataclass(frozen=True)
class Rule:
    """How an action is done: `hint` is what to think of beforehand, in a sentence or two beside the button.

    `needs_second`: a colleague confirms it where the campaign says so. `is_bulk`: it can be done with many at once.
    `is_undoable`: who did it may take it back, until its sender hears of it.
    """

    label: str
    asks: Asks = Asks.NOTHING
    hint: str = ""
    needs_second: bool = False
    is_bulk: bool = False
    is_undoable: bool = True


ACTIONS = {
    Action.ACCEPT: Rule(
        "受理",
        hint="属于政法机关职责、内容看得明白的，都受理；不因为语气激烈、没有留名、没有证据而不受理。",
        is_bulk=True,
    ),
    Action.REJECT: Rule(
        "不予受理",
        Asks.CASE,
        "不归政法机关管、内容无法辨认、应走法定程序的，才用；请告诉提出人可以找谁。批评本单位的，必须受理。",
        needs_second=True,
        is_bulk=True,
    ),
    Action.REPLY: Rule(
        "答复", Asks.ANSWER, "针对提出的问题逐条答，写明做了什么、什么时候做完；不透露提出人是谁，不写空话。"
    ),
    Action.COMPLETE: Rule("办结", hint="问题查清、措施落实、已经答复，才办结。", needs_second=True, is_bulk=True),
    Action.REOPEN: Rule("重新办理", Asks.REASON),
    Action.REFER: Rule("转办", Asks.UNIT, "转给有权处理的单位，不转给被反映的人和单位；转出的内容不含联系方式。"),
    Action.RECALL: Rule("收回转办", Asks.REASON),
    Action.QUARANTINE: Rule(
        "涉密封存",
        Asks.REASON,
        "内容可能涉及国家秘密时用。封存后只有受理员能打开，请立即报告保密工作负责人，不复制、不转发。",
        needs_second=True,
    ),
    Action.UNSEAL: Rule("解除封存", Asks.REASON, needs_second=True),
    Action.CLASSIFY: Rule("归类", Asks.CLASSES, is_bulk=True),
    Action.MERGE: Rule("并单", Asks.OTHER, needs_second=True, is_undoable=False),
    Action.UNMERGE: Rule("拆分", is_undoable=False),
    Action.RECONSIDER: Rule("申请复核", Asks.REASON, is_undoable=False),
}

ACTION_LABELS = {action: rule.label for action, rule in ACTIONS.items()}
BULK_ACTIONS = tuple(action for action, rule in ACTIONS.items() if rule.is_bulk)
