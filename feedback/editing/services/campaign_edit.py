"""Editing what a campaign asks: changes wait beside the newest version until somebody publishes them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.base.domain.permission import Actor
from feedback.base.domain.refusal import ConflictError, RefusalError
from feedback.base.domain.text import holds_unkeepable
from feedback.campaigns.domain.campaign import CampaignContent
from feedback.campaigns.models.campaign import Campaign, CampaignVersion
from feedback.editing.domain.campaign_edit import differences, digest
from feedback.editing.services.campaign import revise_campaign


class EditConflictError(ConflictError):
    """Somebody else has changed the campaign since the page was opened."""

    def __init__(self) -> None:
        super().__init__("同事刚才也改了这个活动。下面是您填写的内容，核对以后请再保存一次。")


def published(session: Session, campaign: Campaign) -> dict[str, Any]:
    """The plain values of the newest version."""
    versions = select(CampaignVersion.content).where(CampaignVersion.campaign_id == campaign.id)
    content: dict[str, Any] = session.scalars(versions.order_by(CampaignVersion.number.desc()).limit(1)).one()
    return content


def edited(session: Session, campaign: Campaign) -> dict[str, Any]:
    """What the campaign will ask once it is published: the newest version where nothing waits."""
    return campaign.draft_content or published(session, campaign)


def edit(session: Session, campaign: Campaign, content: Mapping[str, Any], *, seen_digest: str) -> None:
    """Keep changed content until it is published.

    `seen_digest` is that of what the page was drawn from: EditConflictError where it has changed since.
    RefusalError says what is wrong with the content.
    """
    if digest(edited(session, campaign)) != seen_digest:
        raise EditConflictError
    if holds_unkeepable(content):
        raise RefusalError("有无法识别的字符，请删去后再保存。")
    CampaignContent.from_json(content)
    campaign.draft_content = dict(content) if differences(published(session, campaign), content) else None


def publish(session: Session, campaign: Campaign, *, seen_digest: str, by: Actor, now: datetime) -> int | None:
    """Make a version of what waits and return its number, or None where nothing does."""
    content = edited(session, campaign)
    if digest(content) != seen_digest:
        raise EditConflictError
    if campaign.draft_content is None:
        return None
    campaign.draft_content = None
    return revise_campaign(session, campaign, content, now=now, by=by)


def discard(campaign: Campaign) -> None:
    """Forget what waits."""
    campaign.draft_content = None
