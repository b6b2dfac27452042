"""A filter in words."""

from datetime import date

from sqlalchemy import select

from feedback.base.adapters.database import writing
from feedback.base.adapters.files import default_campaign
from feedback.campaigns.models.channel import Channel
from feedback.campaigns.services.channel import ChannelDetails, create_channel
from feedback.cases.domain.submission import Status
from feedback.desk.domain.queue import QueueFilter
from feedback.desk.queries.filter_in_words import filter_in_words
from feedback.editing.services.campaign import create_campaign
from feedback.people.services.unit import root_unit
from tests.actors import first_campaign_id
from tests.factories import Factory


def test_a_filter_says_each_of_its_conditions(make: Factory) -> None:
    court = make.make_unit("court", "城东区法院")
    campaign_id = first_campaign_id(make)
    whole = QueueFilter(
        campaign_id,
        status=Status.REPLIED,
        group="lawyer",
        kind="praise",
        category="heroes",
        unit_id=court.id,
        channel_id=1,
        from_day=date(2026, 11, 1),
        to_day=date(2026, 11, 20),
    )

    with make.sessions() as session:
        assert filter_in_words(session, QueueFilter(campaign_id)) == "全部意见建议"
        assert filter_in_words(session, whole) == (
            "已答复、律师代表、表扬、表扬英模、责任单位为城东区法院、渠道为默认二维码、2026年11月01日起、至2026年11月20日"
        )


def test_what_does_not_exist_is_said_not_to_exist(make: Factory) -> None:
    with make.sessions() as session:
        wanted = QueueFilter(first_campaign_id(make), unit_id=99, channel_id=99, kind="gone")

        assert filter_in_words(session, wanted) == "gone、责任单位为（不存在）、渠道为（不存在）"


def test_a_workbook_of_trials_says_so(make: Factory) -> None:
    with make.sessions() as session:
        assert "试填" in filter_in_words(session, QueueFilter(first_campaign_id(make), is_trial=True))


def test_a_channel_of_another_campaign_is_not_named(make: Factory) -> None:
    with writing(make.sessions) as session:
        other = create_campaign(session, default_campaign(), code="second", unit=root_unit(session), now=make.now)
        create_channel(session, other, ChannelDetails("别处的门"), now=make.now)
    with make.sessions() as session:
        channel_id = session.scalars(select(Channel.id).where(Channel.name == "别处的门")).one()

        assert filter_in_words(session, QueueFilter(1, channel_id=channel_id)) == "渠道为（不存在）"
