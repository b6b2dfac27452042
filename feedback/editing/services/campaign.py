"""Campaigns: made from a file, opened, closed; what they ask is kept in immutable versions."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import case, delete, func, select, update
from sqlalchemy.orm import Session

from feedback.base.adapters.database import lock_name
from feedback.base.domain.moment import china_day
from feedback.base.domain.permission import Actor
from feedback.base.domain.refusal import RefusalError
from feedback.base.models.audit import AuditEntry
from feedback.base.models.base import Base, table_of
from feedback.base.models.unit import Unit
from feedback.campaigns.domain.campaign import CampaignContent, CampaignSettings, CampaignStatus
from feedback.campaigns.domain.second_person import SecondPerson
from feedback.campaigns.models.campaign import Campaign, CampaignVersion
from feedback.cases.models.attachment import Attachment
from feedback.cases.models.bulk import Bulk, BulkItem
from feedback.cases.models.contact import Contact
from feedback.cases.models.event import Event
from feedback.cases.models.proposal import Proposal
from feedback.cases.models.reply import Reply
from feedback.cases.models.submission import Answer, Submission
from feedback.cases.models.text import Text
from feedback.cases.queries.arrival import waiting_trials
from feedback.cases.services import search
from feedback.cases.services.arrival import ENTRIES, take_in, take_in_pictures
from feedback.editing.domain.campaign_file import check_file
from feedback.intake.services.group_code import restore_tried


class CampaignStatusError(RefusalError):
    """The campaign cannot go from its status to the one asked for."""


class UnknownCampaignCodeError(RefusalError):
    """No campaign has that code."""


def create_campaign(
    session: Session, data: Mapping[str, Any], *, code: str, unit: Unit, now: datetime, by: Actor | None = None
) -> Campaign:
    """Make a draft from the values of a campaign file; CampaignContentError names what is wrong in it."""
    check_file(data)
    content = CampaignContent.from_json(data.get("content", {}))
    settings = CampaignSettings.from_json(data)
    if session.scalar(select(Campaign).where(Campaign.code == code)) is not None:
        raise CampaignStatusError(f"代号 {code} 已经有征集活动使用。")
    campaign = Campaign(
        code=code,
        title=content.title,
        unit_id=unit.id,
        **vars(settings),
    )
    session.add(campaign)
    session.flush()
    session.add(CampaignVersion(campaign_id=campaign.id, number=1, content=data["content"]))
    session.add(_note("campaign_created", campaign, now, by))
    session.flush()
    return campaign


def revise_campaign(
    session: Session, campaign: Campaign, content: Mapping[str, Any], *, now: datetime, by: Actor | None = None
) -> int:
    """Add a version with new texts, sets and questions and return its number; earlier ones stay as they were."""
    campaign.title = CampaignContent.from_json(content).title
    newest = session.scalar(select(func.max(CampaignVersion.number)).where(CampaignVersion.campaign_id == campaign.id))
    number = (newest or 0) + 1
    session.add(CampaignVersion(campaign_id=campaign.id, number=number, content=dict(content)))
    session.add(_note("campaign_revised", campaign, now, by, detail={"number": number}))
    return number


def get_campaign(session: Session, code: str) -> Campaign:
    """The campaign with a code, locked until the transaction ends; UnknownCampaignCodeError where there is none."""
    campaign = session.scalar(select(Campaign).where(Campaign.code == code).with_for_update(key_share=True))
    if campaign is None:
        raise UnknownCampaignCodeError(f"没有代号为 {code} 的征集活动。")
    return campaign


def open_campaign(session: Session, campaign: Campaign, *, now: datetime, by: Actor | None = None) -> int:
    """Begin collecting, erase every trial entry, and return how many there were.

    The caller then runs `erase_for_good`, which leaves no byte of them in the files.
    """
    if campaign.status not in {CampaignStatus.DRAFT, CampaignStatus.CLOSED}:
        raise CampaignStatusError("只有草稿或已结束的征集活动可以开始征集。")
    # Nothing arrives meanwhile that would not know whether it is a trial.
    lock_name(session, ENTRIES)
    trials = waiting_trials(session, campaign.id)
    take_in(session, trials)
    take_in_pictures(session, trials)
    if campaign.status == CampaignStatus.DRAFT:
        restore_tried(session, campaign)
    campaign.status = CampaignStatus.OPEN
    erased = _erase_trials(session, campaign, now=now)
    session.add(_note("campaign_opened", campaign, now, by, detail={"trials_erased": erased}))
    return erased


def close_campaign(session: Session, campaign: Campaign, *, now: datetime, by: Actor | None = None) -> None:
    """Stop collecting; tracking and answers stay."""
    if campaign.status != CampaignStatus.OPEN:
        raise CampaignStatusError("只有征集中的活动可以结束。")
    campaign.status = CampaignStatus.CLOSED
    session.add(_note("campaign_closed", campaign, now, by))


def archive_campaign(session: Session, campaign: Campaign, *, now: datetime, by: Actor | None = None) -> None:
    """Put a closed campaign away: it opens no more."""
    if campaign.status != CampaignStatus.CLOSED:
        raise CampaignStatusError("只有已结束的活动可以归档。")
    campaign.status = CampaignStatus.ARCHIVED
    session.add(_note("campaign_archived", campaign, now, by))


def change_settings(
    session: Session, campaign: Campaign, settings: CampaignSettings, *, now: datetime, by: Actor | None = None
) -> None:
    """Replace what may change about a campaign without a new version."""
    changed = [name for name, value in vars(settings).items() if getattr(campaign, name) != value]
    for name in changed:
        setattr(campaign, name, getattr(settings, name))
    if changed:
        session.add(_note("campaign_settings_changed", campaign, now, by, detail={"changed": changed}))


def schedule_campaign(
    session: Session,
    campaign: Campaign,
    *,
    opens_on: date | None,
    closes_on: date | None,
    now: datetime,
    by: Actor | None = None,
) -> None:
    """Set the first and the last day of collecting; CampaignStatusError where the last comes first."""
    if opens_on and closes_on and closes_on < opens_on:
        raise CampaignStatusError("结束的日子不能早于开始的日子。")
    campaign.opens_on, campaign.closes_on = opens_on, closes_on
    detail = {"opens_on": str(opens_on), "closes_on": str(closes_on)}
    session.add(_note("campaign_scheduled", campaign, now, by, detail=detail))


def set_second_person(
    session: Session, campaign: Campaign, rule: SecondPerson, *, now: datetime, by: Actor | None = None
) -> None:
    """Say whether decisions that end a matter wait for a second person."""
    campaign.second_person = rule
    session.add(_note("second_person_set", campaign, now, by, detail={"rule": rule}))


def _note(
    kind: str, campaign: Campaign, now: datetime, by: Actor | None, *, detail: dict[str, Any] | None = None
) -> AuditEntry:
    return AuditEntry(kind=kind, at=now, user_id=by and by.id, subject=campaign.code, detail=detail)


def _erase_trials(session: Session, campaign: Campaign, *, now: datetime) -> int:
    trials = select(Submission.id).where(Submission.campaign_id == campaign.id, Submission.is_trial)
    today = china_day(now)
    texts = select(Text.id).where(Text.submission_id.in_(trials))
    session.execute(
        update(Attachment)
        .where(Attachment.text_id.in_(texts), Attachment.erased_on.is_(None))
        .values(content=None, erased_on=today)
    )
    erased: dict[type[Base], tuple[str, ...]] = {
        Text: ("body",),
        Reply: ("body",),
        Answer: ("value",),
        Event: ("reason", "detail"),
    }
    count = session.scalar(select(func.count()).where(Text.submission_id.in_(trials), Text.erased_on.is_(None))) or 0
    for table, columns in ((table_of(model), columns) for model, columns in erased.items()):
        session.execute(
            update(table)
            .where(table.c.submission_id.in_(trials), table.c.erased_on.is_(None))
            .values({**dict.fromkeys(columns), "erased_on": today})
        )
    session.execute(
        update(Contact).where(Contact.submission_id.in_(trials)).values(name=None, phone=None, withdrawn_on=today)
    )
    session.execute(
        update(Submission)
        .where(Submission.id.in_(trials))
        .values(
            responsible_person=None,
            # What was answered has a summary and what was rejected a reason, also when nobody may know them any more.
            summary=case((Submission.summary.is_not(None), "（已清除）")),
            rejection_reason=case((Submission.rejection_reason.is_not(None), "（已清除）")),
        )
    )
    session.execute(delete(Proposal).where(Proposal.submission_id.in_(trials)))
    bulks = select(BulkItem.bulk_id).where(BulkItem.submission_id.in_(trials))
    session.execute(update(Bulk).where(Bulk.id.in_(bulks), Bulk.reason.is_not(None)).values(reason="（已清除）"))
    search.index(session, list(session.scalars(trials)))
    return count
