"""What the search finds, the same on both databases: words of any length, in whatever belongs to a submission."""

import random

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from feedback.base.adapters.database import writing
from feedback.base.domain.moment import china_day
from feedback.base.domain.permission import Role
from feedback.cases.adapters import search_index
from feedback.cases.domain.opinion import Opinion
from feedback.cases.domain.reply import Draft
from feedback.cases.domain.search import searched, words_of
from feedback.cases.models.search import SearchEntry, SearchPending
from feedback.cases.models.submission import Submission
from feedback.cases.models.text import Text
from feedback.cases.queries.search import first_found
from feedback.cases.services import moderation
from feedback.desk.domain.queue import PAGE_SIZE, QueueFilter
from feedback.desk.queries.queue import count_exportable, queue_page
from feedback.tracking import services as tracking
from tests.actors import first_campaign_id, index_words, make_actor
from tests.factories import Factory
from tests.stored import followed


def index_all(make: Factory) -> None:
    """What a worker does."""
    index_words(make.sessions)


def found(make: Factory, query: str, **conditions: object) -> list[str]:
    """The numbers of everything a query finds, page by page."""
    wanted = QueueFilter(first_campaign_id(make), query=query, **conditions)  # type: ignore[arg-type]
    numbers: list[str] = []
    after = None
    with make.sessions() as session:
        while True:
            page = queue_page(session, wanted, make.actor, after=after)
            numbers += [row.number for row in page.rows]
            after = page.next_after
            if after is None:
                assert count_exportable(session, wanted, make.actor) == len(numbers)
                return numbers


def test_words_of_any_length_are_found_whatever_stands_between_their_letters(make: Factory) -> None:
    parking = make.make_submission(text="门口停 车，收费太高（Ａ区）。").number
    other = make.make_submission(text="车停在门口没人管，费用公示不清。").number
    make.make_submission(text="希望增加窗口。")
    index_all(make)

    assert found(make, "停") == [parking, other]
    assert found(make, "停车") == [parking]
    assert found(make, "停车收费") == [parking]
    assert found(make, "a区") == [parking]
    assert found(make, "门口 费") == [parking, other]
    assert found(make, "门口 窗口") == []
    # It has each pair of this word, in other places.
    assert found(make, "口停车收费太高停") == []
    assert found(make, "不存在") == []


def test_numbers_answers_summaries_replies_and_supplements_are_found(make: Factory) -> None:
    receipt = make.make_replied(text="窗口排队久。", body="已加开两个柜台。", summary="加快叫号")
    waiting = make.make_submission(text="电梯坏了。")
    with writing(make.sessions) as session:
        own = followed(session, waiting, make.keys)
        tracking.supplement(session, own, "昨天又坏了一次。", nonce="n" * 22, keys=make.keys, now=make.now)
    make.settle()
    index_all(make)

    for query in ("柜台", "叫号", "排队", receipt.number, receipt.number.lower().replace("-", ""), receipt.number[3:]):
        assert receipt.number in found(make, query), query
    assert found(make, "又坏") == [waiting.number]


def test_what_is_new_is_found_after_a_worker_has_run_and_what_changes_changes(make: Factory) -> None:
    number = make.make_submission(text="路灯不亮。").number
    assert found(make, "路灯") == []
    index_all(make)
    assert found(make, "路灯") == [number]

    with writing(make.sessions) as session:
        submission = session.scalars(select(Submission).where(Submission.number == number)).one()
        moderation.reply(session, submission, Draft("已修好。", "adopted", "修灯"), make.make_decision(submission))
    index_all(make)

    assert found(make, "修好") == found(make, "修灯") == found(make, "路灯") == [number]
    with make.sessions() as session:
        assert session.scalars(select(SearchPending)).all() == []


def test_filters_and_rights_hold_for_what_is_searched(make: Factory) -> None:
    praise = make.make_submission(text="导诊台的人很耐心。", kind="praise").number
    make.make_submission(text="导诊台没有人。", kind="problem")
    index_all(make)

    assert found(make, "导诊台", kind="praise") == [praise]
    stranger = make_actor(make, "stranger", Role.UNIT_HANDLER)
    with make.sessions() as session:
        wanted = QueueFilter(first_campaign_id(make), query="导诊台")
        assert queue_page(session, wanted, stranger, after=None).rows == []


@pytest.mark.parametrize(
    "query", ["'", '"', "*", "a OR b", "NEAR(停 车)", "停*", "-停", "%", "_", "\\", "停\0车", "{}", "' '"]
)
def test_no_query_means_anything_to_the_database(make: Factory, query: str) -> None:
    make.make_submission(text="停车难。")
    index_all(make)

    found(make, query)


def test_the_index_agrees_with_looking_at_every_text(make: Factory) -> None:
    drawn = random.Random(7)
    letters = "停车收费难a1 ，\n"
    for _ in range(PAGE_SIZE + 10):
        text = "停" + "".join(drawn.choices(letters, k=drawn.randrange(1, 12)))
        make.make_submission(Opinion(text=text))
    index_all(make)
    with make.sessions() as session:
        entries = _entries(session)

    for _ in range(60):
        query = "".join(drawn.choices(letters, k=drawn.randrange(1, 5)))
        words = words_of(query)
        expected = [number for number, entry in entries if all(word in entry for word in words)]
        assert found(make, query) == expected, query


@pytest.mark.parametrize("looked_through", [0, 1, 7, 1_000])
@pytest.mark.parametrize("query", ["停", "停车", "停车难", "难 车"])
def test_looking_and_the_index_find_the_same_wherever_one_hands_over_to_the_other(
    make: Factory, looked_through: int, query: str
) -> None:
    drawn = random.Random(8)
    for _ in range(20):
        make.make_submission(
            text="停" + "".join(drawn.choices("停车难", k=3)), kind=drawn.choice(["praise", "problem"])
        )
    index_all(make)
    listed, narrowed = [Submission.status == "received"], [Submission.kind == "praise"]

    with make.sessions() as session:
        found_ids = first_found(session, words_of(query), listed, narrowed, most=5, looked_through=looked_through)
        praise = select(Submission.id).where(*narrowed).order_by(Submission.id)
        entries = {entry.id: entry.words for entry in session.scalars(select(SearchEntry))}
        expected = [one for one in session.scalars(praise) if all(word in entries[one] for word in words_of(query))]

    assert found_ids == expected[:5]


def test_erased_texts_leave_the_index(make: Factory) -> None:
    number = make.make_submission(text="要清除的话。").number
    index_all(make)
    with writing(make.sessions) as session:
        submission = session.scalars(select(Submission).where(Submission.number == number)).one()
        session.execute(
            update(Text).where(Text.submission_id == submission.id).values(body=None, erased_on=china_day(make.now))
        )
        search_index.mark(session.connection(), submission.id)

    index_all(make)

    assert found(make, "清除") == []
    assert found(make, number) == [number]


def _entries(session: Session) -> list[tuple[str, str]]:
    rows = select(Submission.number, Text.body).join(Text, Text.submission_id == Submission.id).order_by(Submission.id)
    return [(number, searched([number, body or ""])) for number, body in session.execute(rows)]
