"""Channels."""

import re

from sqlalchemy import select

from feedback.base.adapters.database import writing
from feedback.base.models.audit import AuditEntry
from feedback.campaigns.models.campaign import Campaign
from feedback.campaigns.models.channel import Channel
from feedback.campaigns.services.channel import ChannelDetails, create_channel
from tests.factories import Factory


def test_each_channel_gets_a_code_of_five_symbols_that_no_other_has(make: Factory) -> None:
    with writing(make.sessions) as session:
        campaign = session.scalars(select(Campaign)).one()
        codes = [
            create_channel(session, campaign, ChannelDetails(f"大厅 {place}", "一楼"), now=make.now)
            for place in range(50)
        ]

    assert len(set(codes)) == 50
    assert all(re.fullmatch("[2-9a-hj-km-np-z]{5}", code) for code in codes)


def test_a_channel_belongs_to_its_campaign_and_is_recorded(make: Factory) -> None:
    with writing(make.sessions) as session:
        campaign = session.scalars(select(Campaign)).one()
        code = create_channel(session, campaign, ChannelDetails("城东派出所大厅"), now=make.now)

    with make.sessions() as session:
        channel = session.scalars(select(Channel).where(Channel.code == code)).one()
        assert (channel.name, channel.campaign_id, channel.place) == ("城东派出所大厅", campaign.id, None)
        entry = session.scalars(select(AuditEntry).where(AuditEntry.subject == code)).one()
        assert (entry.kind, entry.detail) == ("channel_created", {"campaign": "default"})
