"""The posters of a campaign's channels: what stands on them, and an order for all of them."""

from datetime import datetime

from sqlalchemy.orm import Session

from feedback.base.adapters.jobs import enqueue
from feedback.base.domain.colour import STANDARD_ACCENT
from feedback.base.domain.permission import Actor
from feedback.base.domain.refusal import RefusalError
from feedback.base.models.audit import AuditEntry
from feedback.campaigns.domain.campaign import CampaignContent
from feedback.campaigns.models.campaign import Campaign
from feedback.campaigns.models.channel import Channel
from feedback.campaigns.queries.campaign import current_content
from feedback.outreach.domain.poster import ON_PAPER, Poster, PosterDesign, PosterSize, days_in_words
from feedback.outreach.models.poster import PosterPrint
from feedback.outreach.queries.poster import printed_channels

JOB_KIND = "posters"


def poster_of(campaign: Campaign, channel: Channel, content: CampaignContent, *, base: str) -> Poster:
    """What stands on a channel's poster; `base` is the public address without a path."""
    opens_on = max((day for day in (campaign.opens_on, channel.opens_on) if day), default=None)
    closes_on = min((day for day in (campaign.closes_on, channel.closes_on) if day), default=None)
    known = campaign.imprint
    return Poster(
        title=content.title,
        organiser=content.organiser,
        channel=channel.name,
        address=f"{base}/f/{channel.code}",
        accent=known.get("accent", STANDARD_ACCENT),
        undertaker=known.get("undertaker", ""),
        days=days_in_words(opens_on, closes_on),
        phone=known.get("phone", ""),
        hours=known.get("hours", ""),
        postal=known.get("address", ""),
    )


def posters_of(session: Session, campaign: Campaign, *, base: str) -> list[Poster]:
    """The posters of every door that is not closed, with the texts citizens see now."""
    content = current_content(session, campaign.id)
    channels = printed_channels(session, campaign)
    return [poster_of(campaign, channel, content, base=base) for channel in channels]


def posters_for(session: Session, asked: PosterPrint, *, base: str) -> list[Poster]:
    """What an order is about."""
    campaign = session.get_one(Campaign, asked.campaign_id)
    if asked.channel_id is None:
        return posters_of(session, campaign, base=base)
    channel = session.get_one(Channel, asked.channel_id)
    return [poster_of(campaign, channel, current_content(session, campaign.id), base=base)]


def request_posters(
    session: Session,
    campaign: Campaign,
    size: PosterSize,
    design: PosterDesign,
    *,
    base: str,
    by: Actor,
    now: datetime,
    is_zip: bool = False,
    channel: Channel | None = None,
) -> PosterPrint:
    """Have a worker make the poster of one channel, or of all of them as one PDF or as a file each in a ZIP."""
    if channel is None and size not in ON_PAPER and not is_zip:
        raise RefusalError("图片不能合成一个文件，请选“每个渠道一个文件”。")
    count = 1 if channel else len(printed_channels(session, campaign))
    if not count:
        raise RefusalError("还没有可以印的渠道。请先新建渠道。")
    job = enqueue(session, JOB_KIND, {"base": base}, now=now)
    job.total_count = count
    asked = PosterPrint(
        job_id=job.id,
        campaign_id=campaign.id,
        channel_id=channel and channel.id,
        user_id=by.id,
        size=size,
        design=design,
        is_zip=is_zip,
    )
    session.add(asked)
    session.flush()
    session.add(AuditEntry(kind="posters_requested", at=now, user_id=by.id, subject=campaign.code))
    return asked
