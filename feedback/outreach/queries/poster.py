"""Posters somebody asked for, and what stands on them."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.base.models.job import Job
from feedback.campaigns.models.campaign import Campaign
from feedback.campaigns.models.channel import Channel
from feedback.campaigns.queries.campaign import channels_of
from feedback.outreach.models.poster import PosterPrint

SHOWN = 10


def prints_of(session: Session, campaign_id: int) -> list[tuple[PosterPrint, Job, str | None]]:
    """The last orders of a campaign, the newest first, each with the name of its channel if it is about one."""
    rows = session.execute(
        select(PosterPrint, Job, Channel.name)
        .join(Job, Job.id == PosterPrint.job_id)
        .outerjoin(Channel, Channel.id == PosterPrint.channel_id)
        .where(PosterPrint.campaign_id == campaign_id)
        .order_by(PosterPrint.id.desc())
        .limit(SHOWN)
    )
    return [(asked, job, channel) for asked, job, channel in rows]


def get_print(session: Session, campaign_id: int, print_id: int) -> tuple[PosterPrint, Job] | None:
    """One order of a campaign with its job."""
    row = session.execute(
        select(PosterPrint, Job)
        .join(Job, Job.id == PosterPrint.job_id)
        .where(PosterPrint.id == print_id, PosterPrint.campaign_id == campaign_id)
    ).first()
    return None if row is None else (row[0], row[1])


def printed_channels(session: Session, campaign: Campaign) -> list[Channel]:
    """Every door that is not closed."""
    return [channel for channel in channels_of(session, campaign.id) if not channel.is_closed]
