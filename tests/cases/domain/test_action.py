"""What can be done about one submission, and what of it waits for a second person or can be done with many."""

from feedback.cases.domain.action import ACTIONS, BULK_ACTIONS, Action, Asks
from feedback.cases.domain.undo import UNDOABLE


def named(names: str) -> set[str]:
    return set(names.split())


def test_every_action_has_a_rule_and_a_name_of_its_own() -> None:
    assert set(ACTIONS) == set(Action)
    assert len({rule.label for rule in ACTIONS.values()}) == len(Action)


def test_what_ends_a_matter_or_seals_it_needs_a_second_person() -> None:
    needed = {str(action) for action, rule in ACTIONS.items() if rule.needs_second}

    assert needed == named("reject complete merge quarantine unseal")


def test_an_answer_is_written_for_one_alone() -> None:
    assert set(BULK_ACTIONS) == named("accept reject complete classify")


def test_every_decision_of_staff_can_be_taken_back_but_for_merging() -> None:
    assert named("accept reject reply complete reopen refer recall quarantine unseal classified") == UNDOABLE


def test_what_closes_or_reverses_says_why() -> None:
    reasoned = {str(action) for action, rule in ACTIONS.items() if rule.asks in {Asks.REASON, Asks.CASE}}

    assert reasoned == named("reject reopen recall quarantine unseal reconsider")


def test_a_hint_is_whole_sentences() -> None:
    assert all(rule.hint == "" or rule.hint.endswith("。") for rule in ACTIONS.values())
