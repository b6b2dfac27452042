"""Campaigns and doors as pages need them."""

from sqlalchemy import select

from feedback.base.adapters.database import writing
from feedback.base.adapters.files import default_campaign
from feedback.base.domain.moment import china_day
from feedback.campaigns.domain.campaign import CampaignStatus
from feedback.campaigns.models.campaign import Campaign
from feedback.campaigns.queries.campaign import (
    all_units,
    channels_of,
    current_content,
    find_door,
    open_doors,
    version_content,
)
from feedback.campaigns.services.channel import ChannelDetails, create_channel
from feedback.editing.services.campaign import revise_campaign
from tests.conftest import NOW
from tests.factories import Factory


def revise(make: Factory, title: str) -> None:
    with writing(make.sessions) as session:
        content = {**default_campaign()["content"], "title": title}
        revise_campaign(session, session.scalars(select(Campaign)).one(), content, now=make.now)


def test_a_door_is_found_by_its_code_capitals_aside(make: Factory, channel_code: str) -> None:
    with make.sessions() as session:
        door = find_door(session, channel_code.upper())

        assert door is not None
        assert door == find_door(session, channel_code)
        assert (door.code, door.status, door.accept_days) == (channel_code, CampaignStatus.OPEN, 3)
        assert find_door(session, channel_code[:-1]) is None
        assert find_door(session, "%") is None


def test_behind_a_door_stands_the_newest_version(make: Factory, channel_code: str) -> None:
    with make.sessions() as session:
        before = find_door(session, channel_code)

    revise(make, "新的标题")

    with make.sessions() as session:
        after = find_door(session, channel_code)
        assert before is not None
        assert after is not None
        assert version_content(session, after.version_id).title == "新的标题"
        assert version_content(session, before.version_id).title != "新的标题"
        assert current_content(session, after.campaign_id).title == "新的标题"


def test_open_campaigns_are_shown_with_their_oldest_door(make: Factory, channel_code: str) -> None:
    with writing(make.sessions) as session:
        create_channel(session, session.scalars(select(Campaign)).one(), ChannelDetails("大厅"), now=make.now)

    with make.sessions() as session:
        ((door, title),) = open_doors(session, china_day(NOW))
        assert (door.code, title) == (channel_code, default_campaign()["content"]["title"])
        assert [channel.name for channel in channels_of(session, door.campaign_id)] == ["默认二维码", "大厅"]


def test_a_campaign_that_is_not_open_is_not_shown(make: Factory) -> None:
    for status in ("draft", "closed", "archived"):
        make.set_campaign(status=status)

        with make.sessions() as session:
            assert open_doors(session, china_day(NOW)) == []


def test_units_come_with_parents_before_children(make: Factory) -> None:
    make.make_unit("court", "城东区法院")

    with make.sessions() as session:
        assert [unit.code for unit in all_units(session)] == ["root", "court"]
