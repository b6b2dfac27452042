"""Leaving no byte of what was erased, without keeping anybody from writing for long."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from feedback.base.adapters.database import writing
from feedback.base.domain.moment import next_night
from feedback.base.models.job import Job
from feedback.cases.adapters import search_index
from feedback.cases.services import erasure
from tests.actors import index_words
from tests.factories import Factory

CANARY = "梧桐巷藕荷塘"


@pytest.mark.parametrize(("most", "waits"), [(10**9, False), (1_000, True)], ids=["little", "much"])
def test_what_takes_long_waits_for_the_night(
    make: Factory, monkeypatch: pytest.MonkeyPatch, most: int, waits: bool
) -> None:
    monkeypatch.setattr(erasure, "MOST_BY_DAY", most)

    with writing(make.sessions) as session:
        erasure.erase_later(session, now=make.now)

    with make.sessions() as session:
        job = session.query(Job).one()
        assert job.not_before == (next_night(make.now) if waits else None)
        assert next_night(make.now) - make.now < timedelta(days=1)


@pytest.mark.only_on("sqlite")
def test_a_merged_index_holds_nothing_of_what_was_taken_out(make: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_index, "_PAGES", 2)
    for place in range(40):
        make.make_submission(text=f"第 {place} 件：{CANARY if place == 7 else '法院'}的窗口")
        index_words(make.sessions)
    with writing(make.sessions) as session:
        one = session.scalar(text("SELECT id FROM search_entry WHERE words LIKE :words"), {"words": f"%{CANARY}%"})
        (words,) = session.scalars(text("SELECT words FROM search_entry WHERE id = :id"), {"id": one})
        search_index.write(session.connection(), [search_index.entry(one, words, "")])

    search_index.merge(make.sessions)

    # What was taken out of one part of an index stays in it until the part is merged with the one that says so.
    with make.sessions() as session:
        assert session.scalar(text("SELECT count(DISTINCT segid) FROM search_gram_idx")) == 1
