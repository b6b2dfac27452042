"""The buttons on the page of one submission: one table says where each is sent, with which form and by which key."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from flask import current_app

from feedback.base.domain.permission import Permission
from feedback.base.web.forms import PageForm
from feedback.base.web.marks import access_of
from feedback.cases.domain.action import ACTIONS, Action, Asks
from feedback.desk.web.forms.moderation import (
    ClassifyForm,
    ContactForm,
    DecisionForm,
    DeclineForm,
    NoteForm,
    QuarantineForm,
    RecallForm,
    ReferForm,
    RejectForm,
    ReopenForm,
    ReplyForm,
    UnsealForm,
)


class Place(StrEnum):
    """Where on the page a button stands."""

    ASIDE = "aside"
    PROPOSED = "proposed"
    MERGED = "merged"
    FACTS = "facts"
    TOP = "top"


@dataclass(frozen=True)
class Button:
    """Something that can be done about the submission a page shows.

    `endpoint` is the view it is sent to, whose rights are those of the button; `key` presses it, and `meaning` is what
    the list of keys says of that. Without an `action` it is no decision, and its place says when it is shown.
    """

    endpoint: str
    form: type[PageForm]
    label: str
    key: str = ""
    meaning: str = ""
    place: Place = Place.ASIDE
    asks: Asks = Asks.NOTHING
    hint: str = ""
    action: Action | None = None

    @property
    def name(self) -> str:
        """The last part of its address."""
        return self.endpoint.partition(".")[2]

    @property
    def permission(self) -> Permission:
        """What the view it is sent to requires."""
        access = access_of(current_app, self.endpoint)
        if not isinstance(access, Permission):
            raise TypeError(f"{self.endpoint} is open to everybody")
        return access


def _decides(
    action: Action, endpoint: str, form: type[PageForm], key: str = "", *, meaning: str = "", place: Place = Place.ASIDE
) -> Button:
    """The button of an action, with the words of its rule."""
    rule = ACTIONS[action]
    return Button(endpoint, form, rule.label, key, meaning or rule.label, place, rule.asks, rule.hint, action)


BUTTONS = (
    _decides(Action.ACCEPT, "moderation.accept", DecisionForm, "a"),
    _decides(Action.COMPLETE, "moderation.complete", DecisionForm, "c"),
    _decides(Action.REPLY, "moderation.reply", ReplyForm, "r", meaning="写答复"),
    _decides(Action.REFER, "referrals.refer", ReferForm, "t"),
    _decides(Action.RECALL, "referrals.recall", RecallForm),
    _decides(Action.REJECT, "moderation.reject", RejectForm, "x"),
    _decides(Action.REOPEN, "moderation.reopen", ReopenForm, "o"),
    _decides(Action.UNSEAL, "quarantines.unseal", UnsealForm),
    _decides(Action.QUARANTINE, "quarantines.quarantine", QuarantineForm),
    _decides(Action.CLASSIFY, "moderation.classify", ClassifyForm, "g"),
    Button("notes.note", NoteForm, "内部备注", "e", "内部备注", asks=Asks.NOTE),
    Button("moderation.confirm", DecisionForm, "确认", "y", "确认同事提出的处理", Place.PROPOSED),
    Button("moderation.decline", DeclineForm, "不同意", "u", "不同意同事提出的处理", Place.PROPOSED, Asks.REASON),
    _decides(Action.UNMERGE, "duplicates.unmerge", DecisionForm, place=Place.MERGED),
    Button("moderation.contact", ContactForm, "查看", place=Place.FACTS, asks=Asks.NOTE),
    Button("moderation.undo", DecisionForm, "撤销", "z", "撤销刚才的处理", Place.TOP),
)
BY_NAME = {button.name: button for button in BUTTONS}
KEYS = tuple((button.key, button.meaning) for button in BUTTONS if button.key)


def permitted(may: Callable[[Permission], bool]) -> dict[str, Button]:
    """The buttons somebody may press somewhere on the page, by their names."""
    return {name: button for name, button in BY_NAME.items() if may(button.permission)}


def offered(buttons: Iterable[Button], allowed: list[Action], sent: PageForm | None) -> list[Button]:
    """The buttons that stand aside: what the state allows, what is always possible, and what was just sent.

    What was typed is given back even where a colleague was faster and the state does not allow it any more.
    """
    return [
        one
        for one in buttons
        if (one.place is Place.ASIDE and (one.action is None or one.action in allowed))
        or (one.asks is not Asks.NOTHING and one.place is Place.ASIDE and type(sent) is one.form)
    ]
