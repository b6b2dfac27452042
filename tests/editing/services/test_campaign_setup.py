"""A campaign's set-up leaves one place as a file and comes back out of another just as it was."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.assembly.first_start import set_up
from feedback.base.adapters.database import make_engine, make_sessions, writing
from feedback.base.adapters.migrations import upgrade
from feedback.base.domain.permission import Actor
from feedback.base.models.unit import Unit
from feedback.campaigns.domain.term import CampaignContentError
from feedback.campaigns.models.campaign import Campaign
from feedback.campaigns.services.channel import ChannelDetails, create_channel
from feedback.editing.adapters.logo import logo_of
from feedback.editing.domain.campaign_edit import QuestionRow, with_asked, with_questions
from feedback.editing.services.campaign_edit import edited
from feedback.editing.services.campaign_setup import import_campaign, setup_of
from feedback.people.services.unit import create_unit, root_unit
from tests.conftest import NOW
from tests.databases import SqliteDatabases
from tests.factories import Factory
from tests.stored import every_row
from tests.uploads import photo

QUESTIONS = [
    QuestionRow("", "short_text", "您从哪里来？"),
    QuestionRow("", "single_choice", "等了多久？", "不到十分钟\n半小时以上", groups=("lawyer",)),
    QuestionRow("", "scale", "方便吗？", lowest="很不方便", highest="很方便"),
    QuestionRow("", "date", "哪一天？"),
]


def set_everything(session: Session) -> Campaign:
    """The first campaign with something of all that can be set up."""
    campaign = session.scalars(select(Campaign).order_by(Campaign.id).limit(1)).one()
    unit = root_unit(session)
    court = create_unit(session, code="east-court", name="城东区法院", parent=unit, level="county", agency="court")
    changed = with_asked(with_questions(edited(session, campaign), QUESTIONS), ["kind", "respondent_group"])
    campaign.draft_content = {**changed, "privacy": [{"title": "为什么收集", "text": "听取意见。\n不作其他用途。"}]}
    campaign.opens_on, campaign.closes_on, campaign.second_person = date(2026, 11, 1), date(2027, 1, 31), "on"
    campaign.phase, campaign.retention_months, campaign.deadlines = "rectify", 24, {**campaign.deadlines, "handle": 20}
    campaign.imprint = {"phone": "000-12345678", "accent": "#1d5c86", "logo": logo_of(photo(size=(90, 60)))}
    hall = ChannelDetails("法院大厅", "一楼", court.id, "lawyer", court.id, date(2026, 12, 1), None, is_kiosk=True)
    create_channel(session, campaign, hall, now=NOW)
    session.flush()
    return campaign


@pytest.mark.only_on("postgresql")
def test_a_set_up_goes_from_sqlite_to_postgresql_and_is_equal(make: Factory, admin: Actor, tmp_path: Path) -> None:
    engine = make_engine(SqliteDatabases(tmp_path).create())
    upgrade(engine)
    set_up(make_sessions(engine), now=NOW)
    with writing(make_sessions(engine)) as session:
        exported = json.dumps(setup_of(session, set_everything(session)), sort_keys=True)
    engine.dispose()

    with writing(make.sessions) as session:
        unit = root_unit(session)
        create_unit(session, code="east-court", name="城东区法院", parent=unit, level="county", agency="court")
        # The code of the campaign that the first start makes on either side is the same: it gives way.
        session.scalars(select(Campaign)).one().code = "another"
        imported = import_campaign(session, json.loads(exported), unit=unit, by=admin, now=NOW)
        again = json.dumps(setup_of(session, imported), sort_keys=True)

    assert again == exported


def test_what_waits_to_be_published_is_the_first_version_elsewhere(make: Factory, admin: Actor) -> None:
    with writing(make.sessions) as session:
        exported = setup_of(session, set_everything(session))
        imported = import_campaign(session, exported, unit=session.get_one(Unit, 1), by=admin, now=NOW)

        assert imported.draft_content is None
        assert setup_of(session, imported)["content"] == exported["content"]
        # Codes of posters that hang stay with the campaign they lead to.
        codes = [{channel["code"] for channel in one["channels"]} for one in (exported, setup_of(session, imported))]
        assert not codes[0] & codes[1]


def put(data: dict[str, Any], path: str, value: Any) -> None:
    *parents, name = path.split(".")
    for parent in parents:
        data = data[parent]
    data[name] = value


TERM = {"key": "a", "label": "甲"}
ABSURD: list[tuple[str, Any]] = [
    ("deadlines", {"accept": 3_000_000}),
    ("deadlines", {"accept": float("nan")}),
    ("deadlines", {"accept": True}),
    ("retention_months", 2**40),
    ("retention_months", 10**300),
    ("opens_on", "0001-01-01"),
    ("closes_on", "9999-12-31"),
    ("opens_on", {}),
    ("phase", []),
    ("second_person", {}),
    ("imprint", {str(place): "甲" for place in range(1_000)}),
    ("imprint", {"甲" * 5_000: ""}),
    ("channels", [{"name": "大厅"}] * 20_000),
    ("channels", [{"name": "大厅", "opens_on": "0001-01-01"}]),
    ("channels", [[]]),
    ("content.asked", [{}]),
    ("content.asked", [[]]),
    ("content.asked", ["kind", "kind"]),
    ("content.questions", [{**TERM, "kind": "short_text", "groups": [{}]}]),
    ("content.questions", [{**TERM, "kind": {}}]),
    ("content.questions", [{**TERM, "kind": "single_choice", "options": [TERM] * 1_000}]),
    ("content.questions", [{**TERM, "kind": "scale", "lowest": "长" * 100_000}]),
    ("content.questions", [{"key": f"a{place}", "label": "甲", "kind": "short_text"} for place in range(5_000)]),
    ("content.sets", []),
    ("content.sets.kind", [{"key": f"a{place}", "label": "甲"} for place in range(5_000)]),
    ("content.sets.kind", [{**TERM, "plain": "长" * 100_000}]),
    ("content.sets.kind", [None]),
    ("content.privacy", [{"title": "甲", "text": "乙"}] * 5_000),
    ("content.privacy", [{}]),
    ("content.title", ["甲"]),
]


# Refused before the database is asked to keep anything.
@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize(("path", "value"), ABSURD, ids=[f"{path}-{place}" for place, (path, _) in enumerate(ABSURD)])
def test_an_absurd_file_is_refused_whole_in_words_that_name_the_place(
    make: Factory, admin: Actor, path: str, value: Any
) -> None:
    with make.sessions() as session:
        data = setup_of(session, session.scalars(select(Campaign)).one())
        before = every_row(session)
    put(data, path, value)

    with pytest.raises(CampaignContentError) as refusal, writing(make.sessions) as session:
        import_campaign(session, data, unit=session.get_one(Unit, 1), by=admin, now=NOW)

    assert 5 < len(refusal.value.message) < 200
    with make.sessions() as session:
        assert every_row(session) == before
