"""The filter of a queue as plain values."""

import json
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from feedback.cases.domain.submission import Status
from feedback.desk.domain.queue import QueueFilter
from tests.examples import FEW

ids = st.integers(1, 2**31 - 1)
keys = st.none() | st.text(max_size=40)
filters = st.builds(
    QueueFilter,
    campaign_id=ids,
    status=st.none() | st.sampled_from(Status),
    group=keys,
    kind=keys,
    category=keys,
    unit_id=st.none() | ids,
    channel_id=st.none() | ids,
    from_day=st.none() | st.dates(),
    to_day=st.none() | st.dates(),
    is_trial=st.booleans(),
)


@FEW
@given(filters)
def test_a_filter_comes_back_from_json_as_it_was(wanted: QueueFilter) -> None:
    assert QueueFilter.from_json(json.loads(json.dumps(wanted.to_json()))) == wanted


def test_a_filter_shows_everything_but_trials_unless_told_otherwise() -> None:
    assert QueueFilter(1).to_json() == {"campaign_id": 1, "is_trial": False}


def test_a_filter_of_another_version_of_the_program_is_read_as_far_as_it_is_known() -> None:
    data = {"campaign_id": 1, "status": "replied", "to_day": "2026-11-20", "colour": "red"}

    assert QueueFilter.from_json(data) == QueueFilter(1, status=Status.REPLIED, to_day=date(2026, 11, 20))
