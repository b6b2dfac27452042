"""Suspecting near duplicates: compared before anything is locked, and right however many workers there are."""

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from feedback.base.adapters.database import writing
from feedback.cases.models.duplicate import Likeness, Sketch, SketchRound
from feedback.cases.models.search import SearchPending
from feedback.cases.models.submission import Submission
from feedback.cases.services import comparison, search
from feedback.cases.services.comparison import KEPT_ROUNDS
from feedback.intake.services.submission import Receipt
from tests.actors import index_words
from tests.factories import Factory
from tests.stored import submission_of

TEXT = "城东派出所办居住证要跑三趟，窗口说的材料和网上写的不一样，希望一次说清楚，周末也能办。"
COPY = TEXT.replace("三趟", "四趟") + "谢谢。"
OTHER = "法院导诊台没有人，老人不会用机器取号，请安排志愿者。"


def ids_of(make: Factory, *receipts: Receipt) -> list[int]:
    with make.sessions() as session:
        return [submission_of(session, one).id for one in receipts]


def alike(make: Factory) -> set[tuple[int, int]]:
    with make.sessions() as session:
        return {(own, other) for own, other in session.execute(select(Likeness.submission_id, Likeness.other_id))}


def suspected(session: Session) -> set[int]:
    return set(session.scalars(select(Submission.id).where(Submission.has_lookalike)))


def pending(make: Factory) -> list[int]:
    with make.sessions() as session:
        return list(session.scalars(select(SearchPending.id).order_by(SearchPending.id)))


def test_two_that_two_workers_compare_at_once_still_meet(make: Factory) -> None:
    one, two = ids_of(make, make.make_submission(text=TEXT), make.make_submission(text=COPY))
    with make.sessions() as session:
        first = comparison.compare(session, [one])
    with make.sessions() as session:
        second = comparison.compare(session, [two])

    with writing(make.sessions) as session:
        assert comparison.write(session, first, {one}) == set()
    with writing(make.sessions) as session:
        assert comparison.write(session, second, {two}) == {two}
    with make.sessions() as session:
        again = comparison.compare(session, [two])
    with writing(make.sessions) as session:
        assert comparison.write(session, again, {two}) == set()
        assert suspected(session) == {one, two}

    assert alike(make) == {(one, two), (two, one)}


def test_what_another_worker_writes_of_something_else_keeps_nobody(make: Factory) -> None:
    one, two = ids_of(make, make.make_submission(text=TEXT), make.make_submission(text=OTHER))
    with make.sessions() as session:
        first, second = (comparison.compare(session, [own]) for own in (one, two))

    with writing(make.sessions) as session:
        assert comparison.write(session, first, {one}) == set()
        assert comparison.write(session, second, {two}) == set()

    assert alike(make) == set()


def test_the_same_that_two_workers_compare_is_written_once(make: Factory) -> None:
    one, two = ids_of(make, make.make_submission(text=TEXT), make.make_submission(text=COPY))
    with make.sessions() as session:
        both = [search.prepare(session) for _ in range(2)]

    counts = []
    for prepared in both:
        assert prepared is not None
        with writing(make.sessions) as session:
            counts.append(search.store(session, prepared))

    assert counts == [2, 0]
    assert alike(make) == {(one, two), (two, one)}
    with make.sessions() as session:
        assert len(session.scalars(select(Sketch.value).where(Sketch.submission_id == one)).all()) > 1


def test_what_somebody_changes_while_it_is_compared_waits_for_the_next_time_and_the_others_do_not(
    make: Factory,
) -> None:
    one, two, three = ids_of(make, *(make.make_submission(text=text) for text in (TEXT, COPY, OTHER)))
    with make.sessions() as session:
        prepared = search.prepare(session)
    assert prepared is not None
    with writing(make.sessions) as session:
        session.execute(update(Submission).where(Submission.id == two).values(version=Submission.version + 1))

    with writing(make.sessions) as session:
        count = search.store(session, prepared)

    assert count == 2
    assert pending(make) == [two]
    assert alike(make) == set()
    assert index_words(make.sessions) == 1
    assert alike(make) == {(one, two), (two, one)}
    assert three not in {own for pair in alike(make) for own in pair}


@pytest.mark.parametrize("text", [TEXT, "车位太少"], ids=["long", "of a single value"])
def test_three_equal_ones_in_one_batch_all_meet(make: Factory, text: str) -> None:
    ids = ids_of(make, *(make.make_submission(text=text) for _ in range(3)))

    index_words(make.sessions)

    assert alike(make) == {(own, other) for own in ids for other in ids if own != other}


def test_what_is_noted_for_other_workers_does_not_grow(make: Factory) -> None:
    (own,) = ids_of(make, make.make_submission(text=TEXT))
    with writing(make.sessions) as session:
        rows = [SketchRound(campaign_id=1, round=number, submission_id=own) for number in range(1, KEPT_ROUNDS + 50)]
        session.add_all(rows)

    index_words(make.sessions)

    with make.sessions() as session:
        kept = session.scalars(select(SketchRound.round).order_by(SketchRound.round)).all()
        assert len(kept) == KEPT_ROUNDS
        assert kept[-1] == KEPT_ROUNDS + 50


def test_who_compares_for_longer_than_is_noted_compares_anew(make: Factory) -> None:
    own, other = ids_of(make, make.make_submission(text=TEXT), make.make_submission(text=OTHER))
    with make.sessions() as session:
        found = comparison.compare(session, [own])
    with writing(make.sessions) as session:
        session.add(SketchRound(campaign_id=1, round=KEPT_ROUNDS, submission_id=other))

    with writing(make.sessions) as session:
        assert comparison.write(session, found, {own}) == {own}


def test_an_erased_text_is_compared_with_nobody(make: Factory) -> None:
    one, two = ids_of(make, make.make_submission(text=TEXT), make.make_submission(text=COPY))
    index_words(make.sessions)
    with writing(make.sessions) as session:
        session.execute(delete(Likeness))
        session.execute(delete(Sketch).where(Sketch.submission_id == two))
        found = comparison.compare(session, [two])
        found.erased.append(one)
        assert comparison.write(session, found, {two}) == set()
        assert session.scalars(select(Sketch.submission_id).distinct()).all() == [two]


def test_where_many_are_alike_the_rest_of_a_batch_waits_and_all_are_found(
    make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparison, "AT_ONCE", 2)
    monkeypatch.setattr(comparison, "MOST_LIKENESSES", 3)
    ids = ids_of(make, *(make.make_submission(text=TEXT) for _ in range(7)))
    with make.sessions() as session:
        first = comparison.compare(session, ids)

    assert first.left == set(ids[4:])
    index_words(make.sessions)

    assert pending(make) == []
    assert alike(make) == {(own, other) for own in ids for other in ids if own != other}
