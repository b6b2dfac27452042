"""The states of a submission: one table says which action leads where, one what the sender sees of it."""

from enum import StrEnum

from feedback.base.domain.refusal import RefusalError
from feedback.cases.domain.action import ACTION_LABELS, Action


class Status(StrEnum):
    """Where a submission stands, in the words of staff."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    REFERRED = "referred"
    HANDLING = "handling"
    REPLIED = "replied"
    COMPLETED = "completed"
    CLOSED_OUT = "closed_out"
    REJECTED = "rejected"
    RETURNED = "returned"
    MERGED = "merged"
    TRANSFERRED = "transferred"
    QUARANTINED = "quarantined"


class PublicState(StrEnum):
    """The four states a sender sees."""

    UNDER_REVIEW = "under_review"
    IN_PROGRESS = "in_progress"
    ANSWERED = "answered"
    OUT_OF_SCOPE = "out_of_scope"


SATISFACTION_LABELS = {5: "非常满意", 4: "满意", 3: "基本满意", 2: "不满意", 1: "非常不满意"}


class Priority(StrEnum):
    """How urgent staff find a submission."""

    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


PRIORITY_LABELS = {Priority.NORMAL: "普通", Priority.HIGH: "优先", Priority.URGENT: "紧急"}


# What may be wrong with a sending; it is shown to staff and decides nothing.
SUSPICION_LABELS = {"trap": "可疑：可能由程序填写"}


class TextKind(StrEnum):
    """What somebody sent first, and what they added."""

    ORIGINAL = "original"
    SUPPLEMENT = "supplement"


class Lane(StrEnum):
    """Opinions and clues travel apart; the clue lane never opens to units."""

    OPINION = "opinion"
    CLUE = "clue"


STATUS_LABELS = {
    Status.RECEIVED: "待受理",
    Status.ACCEPTED: "已受理",
    Status.REFERRED: "已转办",
    Status.HANDLING: "办理中",
    Status.REPLIED: "已答复",
    Status.COMPLETED: "已办结",
    Status.CLOSED_OUT: "已销号",
    Status.REJECTED: "不予受理",
    Status.RETURNED: "退回",
    Status.MERGED: "已并单",
    Status.TRANSFERRED: "已移交",
    Status.QUARANTINED: "涉密封存",
}

PUBLIC_LABELS = {
    PublicState.UNDER_REVIEW: "待审查",
    PublicState.IN_PROGRESS: "办理中",
    PublicState.ANSWERED: "已答复",
    PublicState.OUT_OF_SCOPE: "不属于受理范围",
}

PUBLIC_STATES = {
    Status.RECEIVED: PublicState.UNDER_REVIEW,
    Status.ACCEPTED: PublicState.IN_PROGRESS,
    Status.REFERRED: PublicState.IN_PROGRESS,
    Status.HANDLING: PublicState.IN_PROGRESS,
    Status.RETURNED: PublicState.IN_PROGRESS,
    Status.MERGED: PublicState.IN_PROGRESS,
    Status.TRANSFERRED: PublicState.IN_PROGRESS,
    Status.QUARANTINED: PublicState.UNDER_REVIEW,
    Status.REPLIED: PublicState.ANSWERED,
    Status.COMPLETED: PublicState.ANSWERED,
    Status.CLOSED_OUT: PublicState.ANSWERED,
    Status.REJECTED: PublicState.OUT_OF_SCOPE,
}

TRANSITIONS = {
    (Status.RECEIVED, Action.ACCEPT): Status.ACCEPTED,
    (Status.RECEIVED, Action.REJECT): Status.REJECTED,
    (Status.RECEIVED, Action.REPLY): Status.REPLIED,
    (Status.ACCEPTED, Action.REJECT): Status.REJECTED,
    (Status.ACCEPTED, Action.REPLY): Status.REPLIED,
    (Status.ACCEPTED, Action.REFER): Status.REFERRED,
    (Status.REFERRED, Action.REFER): Status.REFERRED,
    (Status.REFERRED, Action.RECALL): Status.ACCEPTED,
    (Status.REFERRED, Action.REPLY): Status.REPLIED,
    (Status.RECEIVED, Action.QUARANTINE): Status.QUARANTINED,
    (Status.ACCEPTED, Action.QUARANTINE): Status.QUARANTINED,
    (Status.REFERRED, Action.QUARANTINE): Status.QUARANTINED,
    (Status.QUARANTINED, Action.UNSEAL): Status.RECEIVED,
    (Status.RECEIVED, Action.MERGE): Status.MERGED,
    (Status.ACCEPTED, Action.MERGE): Status.MERGED,
    (Status.MERGED, Action.UNMERGE): Status.RECEIVED,
    (Status.REPLIED, Action.COMPLETE): Status.COMPLETED,
    (Status.REPLIED, Action.REOPEN): Status.ACCEPTED,
    (Status.COMPLETED, Action.REOPEN): Status.ACCEPTED,
    (Status.REJECTED, Action.REOPEN): Status.RECEIVED,
    (Status.REPLIED, Action.RECONSIDER): Status.ACCEPTED,
    (Status.COMPLETED, Action.RECONSIDER): Status.ACCEPTED,
    (Status.CLOSED_OUT, Action.RECONSIDER): Status.ACCEPTED,
    (Status.REJECTED, Action.RECONSIDER): Status.RECEIVED,
}


class IllegalTransitionError(RefusalError):
    """The action does not exist in the state the submission is in."""

    def __init__(self, status: Status, action: Action) -> None:
        super().__init__(f"这件意见{STATUS_LABELS[status]}，不能再做“{ACTION_LABELS[action]}”。")


def next_status(status: Status, action: Action) -> Status:
    """Where an action leads; IllegalTransitionError for every pair not in the table."""
    try:
        return TRANSITIONS[status, action]
    except KeyError:
        raise IllegalTransitionError(status, action) from None


def allowed_actions(status: Status) -> list[Action]:
    """What may be done about a submission as it stands; what is known of it may always be put right."""
    return [action for action in Action if action is Action.CLASSIFY or (status, action) in TRANSITIONS]


def is_open(status: Status) -> bool:
    """Whether its sender may still add to it."""
    return PUBLIC_STATES[status] in {PublicState.UNDER_REVIEW, PublicState.IN_PROGRESS}


def is_answered(status: Status) -> bool:
    """Whether there is an answer to be rated."""
    return PUBLIC_STATES[status] is PublicState.ANSWERED


def may_reconsider(status: Status, *, is_reconsidered: bool) -> bool:
    """Whether its sender may ask for it to be looked at again: once, after an answer or a refusal."""
    return not is_reconsidered and (status, Action.RECONSIDER) in TRANSITIONS
