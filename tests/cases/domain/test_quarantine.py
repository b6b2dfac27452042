"""What a sealed case shows."""

from dataclasses import MISSING, fields

import pytest

from feedback.cases.domain.quarantine import SHOWN_OF_SEALED
from feedback.desk.queries.queue import QueueRow
from feedback.workbooks.queries.export_row import ExportRow


@pytest.mark.parametrize("row", [ExportRow, QueueRow])
def test_a_row_has_a_blank_for_all_that_may_not_be_shown_of_a_sealed_case(row: type[ExportRow | QueueRow]) -> None:
    without = {one.name for one in fields(row) if one.default is MISSING and one.default_factory is MISSING}

    # Its place is the workbook's own count.
    assert without - {"place"} <= SHOWN_OF_SEALED
