"""What has to be filled in before a sender reads it."""

import pytest

from feedback.cases.domain.placeholder import VARIABLES, UnfilledError, check_filled


@pytest.mark.parametrize("name", VARIABLES)
@pytest.mark.parametrize("written", ["{%s}", "｛ %s ｝", "〔%s〕"])
def test_a_variable_that_was_copied_by_hand_is_not_sent(name: str, written: str) -> None:
    with pytest.raises(UnfilledError, match=name) as refusal:
        check_filled(f"您好，{written % name}", field="reason")

    assert refusal.value.field == "reason"


@pytest.mark.parametrize("text", ["", "好", "江政〔2026〕12号", "〔责任〕", "{}", "责任单位", "{% config %}"])
def test_what_is_no_variable_is_sent(text: str) -> None:
    check_filled(text, field="body")
