"""Channels."""

import re
from typing import Any

from sqlalchemy import event, select

from feedback.base.adapters.database import writing
from feedback.base.models.audit import AuditEntry
from feedback.campaigns.models.campaign import Campaign
from feedback.campaigns.models.channel import Channel
from feedback.campaigns.services.channel import ChannelDetails, create_all, create_channel
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


def test_thousands_are_opened_in_a_few_statements_each_with_its_own_code(make: Factory) -> None:
    asked = ["abcde", "abcde", "ABCDE", None, 7] * 300
    wanted = [(ChannelDetails(f"第 {place} 个"), code) for place, code in enumerate(asked)]
    engine, ran = make.sessions.kw["bind"], list[str]()

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        ran.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    with writing(make.sessions) as session:
        codes = create_all(session, session.scalars(select(Campaign)).one(), wanted, now=make.now)
    event.remove(engine, "before_cursor_execute", note)

    assert len(ran) <= 6
    assert codes[0] == "abcde" and len(set(codes)) == len(codes) == 1_500
    with make.sessions() as session:
        stored = {row.code: row.name for row in session.execute(select(Channel.code, Channel.name))}
        noted = set(session.scalars(select(AuditEntry.subject).where(AuditEntry.kind == "channel_created")))
    assert [stored[code] for code in codes] == [details.name for details, _ in wanted]
    assert set(codes) <= noted
