"""The states of a submission."""

from itertools import product

import pytest

from feedback.cases.domain.action import ACTION_LABELS, Action
from feedback.cases.domain.submission import (
    PUBLIC_LABELS,
    PUBLIC_STATES,
    STATUS_LABELS,
    IllegalTransitionError,
    PublicState,
    Status,
    allowed_actions,
    is_answered,
    is_open,
    may_reconsider,
    next_status,
)

WAYS = {
    ("received", "accept"): "accepted",
    ("received", "reject"): "rejected",
    ("received", "reply"): "replied",
    ("accepted", "reject"): "rejected",
    ("accepted", "reply"): "replied",
    ("accepted", "refer"): "referred",
    ("referred", "refer"): "referred",
    ("referred", "recall"): "accepted",
    ("referred", "reply"): "replied",
    ("received", "quarantine"): "quarantined",
    ("accepted", "quarantine"): "quarantined",
    ("referred", "quarantine"): "quarantined",
    ("quarantined", "unseal"): "received",
    ("received", "merge"): "merged",
    ("accepted", "merge"): "merged",
    ("merged", "unmerge"): "received",
    ("replied", "complete"): "completed",
    ("replied", "reopen"): "accepted",
    ("completed", "reopen"): "accepted",
    ("rejected", "reopen"): "received",
    ("replied", "reconsider"): "accepted",
    ("completed", "reconsider"): "accepted",
    ("closed_out", "reconsider"): "accepted",
    ("rejected", "reconsider"): "received",
}


def walked(status: Status, action: Action) -> Status | None:
    try:
        return next_status(status, action)
    except IllegalTransitionError:
        return None


def test_every_pair_of_status_and_action_leads_where_the_table_says_or_is_refused() -> None:
    pairs = list(product(Status, Action))

    ways = {(status, action): walked(status, action) for status, action in pairs}

    assert ways == {pair: WAYS.get(pair) for pair in pairs}


def test_what_leads_somewhere_is_allowed_and_to_classify_always() -> None:
    offered = {(status, action) for status in Status for action in allowed_actions(status)}

    assert offered == {*WAYS, *((status, Action.CLASSIFY) for status in Status)}


def test_a_sender_asks_once_for_another_look_after_an_answer_or_a_refusal() -> None:
    ended = {status for status in Status if may_reconsider(status, is_reconsidered=False)}

    assert ended == {Status.REPLIED, Status.COMPLETED, Status.CLOSED_OUT, Status.REJECTED}
    assert not any(may_reconsider(status, is_reconsidered=True) for status in Status)


def test_a_sender_may_add_to_what_has_no_outcome_yet_and_rate_what_has_an_answer() -> None:
    assert {status for status in Status if not is_open(status)} == {
        Status.REPLIED, Status.COMPLETED, Status.CLOSED_OUT, Status.REJECTED,
    }  # fmt: skip
    assert {status for status in Status if is_answered(status)} == {
        Status.REPLIED, Status.COMPLETED, Status.CLOSED_OUT,
    }  # fmt: skip


def test_completing_needs_a_reply_before_it() -> None:
    before = {status for status, action in WAYS if action == "complete"}

    assert before == {"replied"}


def test_whatever_was_decided_can_be_taken_up_again() -> None:
    ended = {Status.REPLIED, Status.COMPLETED, Status.REJECTED}

    assert all(Action.REOPEN in allowed_actions(status) for status in ended)


def test_every_status_shows_the_sender_one_of_four_states() -> None:
    assert set(PUBLIC_STATES) == set(Status)
    assert set(PUBLIC_STATES.values()) == set(PublicState)
    assert len(PublicState) == 4


def test_only_a_refused_submission_is_called_out_of_scope() -> None:
    out_of_scope = [status for status, state in PUBLIC_STATES.items() if state is PublicState.OUT_OF_SCOPE]

    assert out_of_scope == [Status.REJECTED]


def test_only_a_submission_with_a_reply_is_called_answered() -> None:
    answered = {status for status, state in PUBLIC_STATES.items() if state is PublicState.ANSWERED}

    assert answered == {Status.REPLIED, Status.COMPLETED, Status.CLOSED_OUT}


@pytest.mark.parametrize(
    ("labels", "members"), [(STATUS_LABELS, Status), (ACTION_LABELS, Action), (PUBLIC_LABELS, PublicState)]
)
def test_everything_has_a_chinese_name_of_its_own(labels: dict[str, str], members: type[Status]) -> None:
    assert set(labels) == set(members)
    assert len(set(labels.values())) == len(labels)


def test_a_refusal_names_the_state_and_the_action() -> None:
    with pytest.raises(IllegalTransitionError) as refusal:
        next_status(Status.COMPLETED, Action.ACCEPT)

    assert "已办结" in refusal.value.message
    assert "受理" in refusal.value.message
