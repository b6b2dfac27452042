"""What the events of a submission lead to, worked out from a table written by hand and from no code of the service."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.acceptance.records import Record, Step

# Where each decision leads from where.
LEADS_TO: Mapping[str, Mapping[str, str]] = {
    "accept": {"received": "accepted"},
    "refer": {"accepted": "referred", "referred": "referred"},
    "recall": {"referred": "accepted"},
    "quarantine": {"received": "quarantined", "accepted": "quarantined", "referred": "quarantined"},
    "unseal": {"quarantined": "received"},
    "reject": {"received": "rejected", "accepted": "rejected"},
    "reply": {"received": "replied", "accepted": "replied", "referred": "replied"},
    "complete": {"replied": "completed"},
    "reopen": {"replied": "accepted", "completed": "accepted", "rejected": "received"},
    "merge": {"received": "merged", "accepted": "merged"},
    "unmerge": {"merged": "received"},
}
# What leaves a submission where it is.
STAYS = frozenset({"classified", "proposed", "declined", "withdrawn", "absorbed", "released", "told_apart", "noted"})
NEEDS_ANOTHER = frozenset({"reject", "complete", "merge", "quarantine", "unseal"})
# What a classification may say beside the columns it changed: the units stand in a table, a bulk in another.
_NO_COLUMNS = frozenset({"units", "tags", "bulk"})
CAN_BE_UNDONE = frozenset(
    {"accept", "reject", "reply", "complete", "reopen", "refer", "recall", "quarantine", "unseal", "classified"}
)


@dataclass
class Replay:
    """The state of one submission, step by step; `faults` says in words what cannot have happened.

    Of a column it is only known what it was once a step has named it. A reply is by whoever gave it, or by whoever
    proposed these very words for a colleague to sign.
    """

    number: str
    version: int = 0
    status: str | None = None
    waiting: Step | None = None
    merged_into: str | None = None
    columns: dict[str, Any] = field(default_factory=dict)
    answers: dict[int, bool] = field(default_factory=dict)
    authors: dict[int, set[tuple[str | None, str | None]]] = field(default_factory=dict)
    last: Step | None = None
    faults: list[str] = field(default_factory=list)

    def take(self, step: Step) -> None:
        """Go one step on."""
        self._check(step.position == self.version + 1, step, "stands in the wrong place")
        self._check(step.from_status == self.status, step, f"starts from {step.from_status}, not {self.status}")
        expected = self._follow(step)
        self._check(step.to_status == expected, step, f"leads to {step.to_status}, not {expected}")
        self.version, self.status, self.last = step.position, step.to_status, step

    def _follow(self, step: Step) -> str | None:
        """Do what the step says; where it has to lead."""
        if step.kind == "received":
            self._check(self.version == 0, step, "is not the first")
            return "received"
        if step.kind == "undone":
            return self._undo(step)
        self._check(step.kind in LEADS_TO or step.kind in STAYS, step, "is unknown")
        _DOES.get(step.kind, Replay._nothing)(self, step)
        if "due" in step.detail:
            self._change(step, "due_on", *step.detail["due"])
        if step.kind in LEADS_TO:
            self._confirmed(step)
            return LEADS_TO[step.kind].get(self.status or "", "nowhere")
        return self.status

    def _confirmed(self, step: Step) -> None:
        """A decision ends what waited; one that needs another person is what waited, and was proposed by another."""
        if step.kind in NEEDS_ANOTHER:
            waited = self.waiting
            is_by_another = waited is not None and waited.user != step.user
            self._check(is_by_another, step, "was not proposed by another person")
            self._check(waited is not None and waited.detail["action"] == step.kind, step, "is not what was proposed")
        self.waiting = None

    def _nothing(self, _step: Step) -> None:
        pass

    def _propose(self, step: Step) -> None:
        self._check(self.waiting is None, step, "was proposed while another proposal waited")
        self.waiting = step

    def _drop_proposal(self, step: Step) -> None:
        is_own = self.waiting is not None and self.waiting.user == step.user
        is_right = self.waiting is not None and is_own == (step.kind == "withdrawn")
        self._check(is_right, step, "ends nothing that waited for it")
        self.waiting = None

    def _classify(self, step: Step) -> None:
        for name in step.detail.keys() - _NO_COLUMNS:
            self._change(step, name, *step.detail[name])

    def _reply(self, step: Step) -> None:
        self._set(step, {name: step.detail[name] for name in ("outcome", "summary")})
        self.answers[step.detail["reply"]] = False
        self.authors[step.detail["reply"]] = {(step.user, None)}
        if self.waiting is not None and self.waiting.detail["action"] == "reply" and self.waiting.user != step.user:
            self.authors[step.detail["reply"]].add((self.waiting.user, self.waiting.reason))

    def _reject(self, step: Step) -> None:
        self._check(bool(step.reason), step, "has no reason")
        self._check(self.waiting is not None and self.waiting.reason == step.reason, step, "has another reason")
        self._set(step, {"rejection_reason": step.reason, "rejection_kind": step.detail.get("rejection_kind")})

    def _refer(self, step: Step) -> None:
        unit = self.columns.pop("responsible_unit_id", step.detail["before"]["responsible_unit_id"])
        self._check(step.detail["before"] == {"responsible_unit_id": unit}, step, "does not say what was before")

    def _merge(self, step: Step) -> None:
        self.merged_into = step.detail["into"]

    def _unmerge(self, step: Step) -> None:
        self._check(self.merged_into == step.detail["from"], step, "was merged elsewhere")
        self.merged_into = None

    def _undo(self, step: Step) -> str | None:
        """Back to where the last step started, which must be one's own."""
        last = self.last
        if last is None or last.kind not in CAN_BE_UNDONE:
            self._check(False, step, "takes back what cannot be taken back")
            return self.status
        is_own = (last.user, last.kind) == (step.user, step.detail["of"])
        self._check(is_own, step, f"takes back {last.kind} of {last.user}")
        if last.kind == "classified":
            self.columns |= {name: last.detail[name][0] for name in last.detail.keys() - _NO_COLUMNS}
        self.columns |= last.detail.get("before", {})
        if "due" in last.detail:
            self.columns["due_on"] = last.detail["due"][0]
        if "reply" in last.detail:
            self.answers[last.detail["reply"]] = True
        return last.from_status

    def _set(self, step: Step, values: Mapping[str, Any]) -> None:
        """The step says what the columns were before, and sets all of them."""
        self._check(step.detail["before"].keys() == values.keys(), step, "does not say what was before")
        for name, value in values.items():
            self._change(step, name, step.detail["before"].get(name), value)

    def _change(self, step: Step, name: str, old: Any, new: Any) -> None:
        known = self.columns.get(name, old)
        self._check(old == known, step, f"changed {name} from {old!r}, which was {known!r}")
        self.columns[name] = new

    def _check(self, is_right: bool, step: Step, complaint: str) -> None:
        if not is_right:
            self.faults.append(f"{self.number}: {step.kind} of {step.user} at {step.position} {complaint}")


_DOES: Mapping[str, Callable[[Replay, Step], None]] = {
    "proposed": Replay._propose,
    "refer": Replay._refer,
    "declined": Replay._drop_proposal,
    "withdrawn": Replay._drop_proposal,
    "classified": Replay._classify,
    "reply": Replay._reply,
    "reject": Replay._reject,
    "merge": Replay._merge,
    "unmerge": Replay._unmerge,
}


def replay(record: Record) -> Replay:
    """All steps of a submission, from the first to the last."""
    state = Replay(record.number)
    for step in record.steps:
        state.take(step)
    return state
