"""Names of filters."""

import pytest

from feedback.base.domain.refusal import RefusalError
from feedback.desk.domain.saved_filter import MAX_NAME_LENGTH, MAX_PER_PERSON, SavedFilterError, check_name, check_room


def test_a_name_is_short_can_be_read_and_is_used_once() -> None:
    check_name("律师的建议", others=["律师的建议二"])
    check_name("𠮷" * MAX_NAME_LENGTH)

    for wrong in ("", "\u3000", "长" * (MAX_NAME_LENGTH + 1), "a\x00b"):
        with pytest.raises(RefusalError):
            check_name(wrong)
    with pytest.raises(SavedFilterError, match="换一个名称"):
        check_name("律师的建议", others=["律师的建议"])


def test_somebody_keeps_so_many() -> None:
    check_room(MAX_PER_PERSON - 1)

    with pytest.raises(SavedFilterError, match=str(MAX_PER_PERSON)):
        check_room(MAX_PER_PERSON)
