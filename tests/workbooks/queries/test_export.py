"""The rows of a workbook, and who may fetch one."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from feedback.base.adapters.database import writing
from feedback.base.adapters.files import default_campaign
from feedback.base.domain.moment import china_day
from feedback.base.domain.permission import Role
from feedback.campaigns.models.campaign import Campaign, CampaignVersion
from feedback.campaigns.queries.campaign import labels_of, questions_of
from feedback.cases.models.submission import Answer
from feedback.cases.services.quarantine import quarantine
from feedback.desk.domain.queue import QueueFilter
from feedback.desk.queries.queue import count_exportable
from feedback.editing.domain.campaign_edit import QuestionRow, question_rows, with_questions
from feedback.editing.services.campaign import revise_campaign
from feedback.workbooks.queries.export import exports_of, own_export
from feedback.workbooks.queries.export_row import CHUNK, export_rows
from tests.actors import first_campaign_id, make_actor, make_many
from tests.factories import Factory
from tests.stored import submission_of
from tests.web import statements_of
from tests.workbooks.corpus import ask_for_export


def revise(make: Factory, kinds: list[dict[str, str]]) -> None:
    content: dict[str, Any] = default_campaign()["content"]
    content["sets"]["kind"] = kinds
    with writing(make.sessions) as session:
        revise_campaign(session, session.scalars(select(Campaign)).one(), content, now=make.now)


def test_every_key_any_version_used_has_a_label_and_the_newest_words_win(make: Factory) -> None:
    revise(make, [{"key": "suggestion", "label": "意见"}, {"key": "idea", "label": "点子"}])
    revise(make, [{"key": "suggestion", "label": "建言"}])

    with make.sessions() as session:
        labels = labels_of(session, first_campaign_id(make))

    assert labels["kind"] == {
        "suggestion": "建言",
        "idea": "点子",
        "problem": "反映问题",
        "inquiry": "咨询",
        "praise": "表扬",
    }


def test_an_opinion_of_an_older_version_keeps_a_word_for_what_was_chosen(make: Factory) -> None:
    make.make_submission(kind="praise")
    revise(make, [{"key": "suggestion", "label": "建言"}])

    with make.sessions() as session:
        (chunk,) = export_rows(session, QueueFilter(first_campaign_id(make)), make.actor, make.keys)

    assert [row.kind for row in chunk] == ["表扬"]


def ask(make: Factory, *rows: QuestionRow) -> dict[str, QuestionRow]:
    """Publish these questions; what became of them, by label."""
    with writing(make.sessions) as session:
        newest = select(CampaignVersion.content).order_by(CampaignVersion.number.desc()).limit(1)
        content = with_questions(session.scalars(newest).one(), rows)
        revise_campaign(session, session.scalars(select(Campaign)).one(), content, now=make.now)
    return {row.label: row for row in question_rows(content)}


DOOR = QuestionRow("", "multiple_choice", "从哪个门进来？", "东门\n西门")
WINDOW = QuestionRow("", "short_text", "哪个窗口？")


def answers_in(make: Factory) -> list[dict[str, str]]:
    """What each row answers, by the label of the question."""
    wanted = QueueFilter(first_campaign_id(make))
    with make.sessions() as session:
        labels = {question.key: question.label for question in questions_of(session, wanted.campaign_id)}
        rows = [row for chunk in export_rows(session, wanted, make.actor, make.keys) for row in chunk]
    return [{labels[key]: said for key, said in row.answers.items()} for row in rows]


def test_answers_to_extra_questions_stand_in_words_whatever_version_asked(make: Factory) -> None:
    door = ask(make, DOOR)[DOOR.label]
    with make.sessions() as session:
        east, west = questions_of(session, first_campaign_id(make))[0].options
    make.make_submission(answers={door.key: (west, east)})
    renamed = ask(make, WINDOW, replace(door, label="哪个门？"))
    make.make_submission(answers={renamed["哪个窗口？"].key: ("=1+1",), door.key: (east,)})
    make.make_submission()

    assert answers_in(make) == [{"哪个门？": "西门、东门"}, {"哪个窗口？": "=1+1", "哪个门？": "东门"}, {}]


@pytest.mark.parametrize("way", ["sealed", "erased"])
def test_answers_that_nobody_may_know_stand_in_no_row(make: Factory, way: str) -> None:
    window = ask(make, WINDOW)[WINDOW.label]
    receipt = make.make_submission(answers={window.key: ("三号",)})
    with writing(make.sessions) as session:
        if way == "erased":
            session.execute(update(Answer).values(value=None, erased_on=china_day(make.now)))
        else:
            found = submission_of(session, receipt)
            quarantine(session, found, make.make_decision(found, "可能涉密"))

    assert answers_in(make) == [{}]


def test_a_chunk_asks_the_same_few_questions_however_much_was_answered(make: Factory, app: Flask) -> None:
    asked = ask(make, DOOR, WINDOW)
    counts = []
    for _ in range(2):
        for _ in range(3):
            make.make_submission(answers={row.key: ("三号",) for row in asked.values()})
        answers_in(make)
        with statements_of(app) as statements:
            answers_in(make)
        counts.append(len(statements))

    assert counts[0] == counts[1]


def test_rows_come_in_chunks_oldest_first_and_none_is_lost(make: Factory) -> None:
    made = make_many(make, CHUNK + 3)

    with make.sessions() as session:
        chunks = list(export_rows(session, QueueFilter(first_campaign_id(make)), make.actor, make.keys))

    assert [len(chunk) for chunk in chunks] == [CHUNK, 3]
    assert [row.number for chunk in chunks for row in chunk] == [receipt.number for receipt in made]


def test_whoever_may_not_read_contacts_gets_none(make: Factory) -> None:
    make.make_submission(name="王小明", phone="13812341234", has_consented=True)

    with make.sessions() as session:
        (chunk,) = export_rows(session, QueueFilter(first_campaign_id(make)), make.actor, make.keys)

    assert [(row.submitter, row.contact) for row in chunk] == [("已留联系方式", "王** 138****1234")]


def test_a_name_alone_or_a_phone_alone_is_masked_too(make: Factory) -> None:
    make.make_submission(name="王小明", has_consented=True)
    make.make_submission(phone="13812341234", has_consented=True)

    with make.sessions() as session:
        (chunk,) = export_rows(session, QueueFilter(first_campaign_id(make)), make.actor, make.keys)

    assert [row.contact for row in chunk] == ["王**", "138****1234"]


def test_a_workbook_is_found_by_nobody_but_whoever_asked_for_it(make: Factory) -> None:
    other = make_actor(make, "wang", Role.MODERATOR)
    own, foreign = ask_for_export(make), ask_for_export(replace(make, actor=other))

    with make.sessions() as session:
        assert [export.id for export, _job in exports_of(session, make.actor)] == [own.id]
        assert own_export(session, own.id, make.actor) is not None
        assert own_export(session, foreign.id, make.actor) is None
        assert own_export(session, 99, make.actor) is None


def test_what_arrived_within_the_hour_is_in_no_workbook_whose_moment_is_known(make: Factory) -> None:
    placed = make.make_submission().number
    make.make_arrival()
    wanted = QueueFilter(first_campaign_id(make))

    with make.sessions() as session:
        rows = [row for chunk in export_rows(session, wanted, make.actor, make.keys) for row in chunk]

        assert [row.number for row in rows] == [placed]
        assert count_exportable(session, wanted, make.actor) == 1
