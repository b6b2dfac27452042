"""The rows of a workbook, and who may fetch one."""

from dataclasses import replace
from typing import Any

from sqlalchemy import select

from feedback.adapters.database import writing
from feedback.adapters.files import default_campaign
from feedback.domain.permission import Role
from feedback.domain.queue import QueueFilter
from feedback.models.campaign import Campaign
from feedback.queries.campaign import labels_of
from feedback.queries.export import CHUNK, export_rows, exports_of, own_export
from feedback.services.campaign import revise_campaign
from tests.factories import Factory
from tests.queries.people import first_campaign_id, make_actor, make_many
from tests.services.corpus import ask_for_export


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
