"""How much of a case somebody is shown."""

from dataclasses import MISSING, fields

import pytest

from feedback.cases.domain.disclosure import IN_PLACE_OF_WORDS, SHOWN_OF_SEALED, Disclosure, disclosed
from feedback.cases.domain.submission import Status
from feedback.desk.queries.queue import QueueRow
from feedback.workbooks.queries.export_row import ExportRow

WORDS = "请回电 13800138000，谢谢。"
OPEN = [status for status in Status if status is not Status.QUARANTINED]


@pytest.mark.parametrize("row", [ExportRow, QueueRow])
def test_a_row_has_a_blank_for_all_that_may_not_be_shown_of_a_sealed_case(row: type[ExportRow | QueueRow]) -> None:
    without = {one.name for one in fields(row) if one.default is MISSING and one.default_factory is MISSING}

    # Its place is the workbook's own count.
    assert without - {"place"} <= SHOWN_OF_SEALED


@pytest.mark.parametrize("on_own_page", [True, False])
@pytest.mark.parametrize("status", OPEN)
def test_who_decides_sees_the_whole_who_reads_sees_it_redacted_and_nobody_else_anything(
    status: Status, on_own_page: bool
) -> None:
    assert disclosed(status, reads=True, decides=True, on_own_page=on_own_page) is Disclosure.WHOLE
    assert disclosed(status, reads=False, decides=True, on_own_page=on_own_page) is Disclosure.WHOLE
    assert disclosed(status, reads=True, decides=False, on_own_page=on_own_page) is Disclosure.REDACTED
    assert disclosed(status, reads=False, decides=False, on_own_page=on_own_page) is Disclosure.NOTHING


def test_a_sealed_case_is_read_on_its_own_page_by_who_may_unseal_it() -> None:
    assert disclosed("quarantined", reads=True, decides=True, on_own_page=True) is Disclosure.WHOLE
    assert disclosed("quarantined", reads=True, decides=True) is Disclosure.SEALED
    assert disclosed("quarantined", reads=True, decides=False) is Disclosure.NOTHING
    assert disclosed("quarantined", reads=True, decides=False, on_own_page=True) is Disclosure.NOTHING


def test_words_and_hours_are_shown_as_far_as_the_case_is() -> None:
    assert {one: one.words(WORDS) for one in Disclosure} == {
        Disclosure.WHOLE: WORDS,
        Disclosure.REDACTED: "请回电 〔手机号〕，谢谢。",
        Disclosure.SEALED: IN_PLACE_OF_WORDS,
        Disclosure.NOTHING: IN_PLACE_OF_WORDS,
    }
    assert [one for one in Disclosure if one.tells_hours] == [Disclosure.WHOLE]
    assert [one for one in Disclosure if one.is_sealed] == [Disclosure.SEALED]
