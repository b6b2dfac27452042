"""A handful of submissions that show every way a row of a workbook can look."""

from sqlalchemy import select

from feedback.base.adapters.database import writing
from feedback.base.models.audit import AuditEntry
from feedback.campaigns.models.campaign import Campaign
from feedback.cases.services import moderation
from feedback.cases.services.moderation import Classification
from feedback.desk.domain.queue import QueueFilter
from feedback.intake.services.submission import Receipt
from feedback.workbooks.models import Export
from feedback.workbooks.services.export import request_export
from tests.factories import Factory
from tests.stored import submission_of

NAME, PHONE = "王小明", "13812341234"


def make_corpus(make: Factory) -> dict[str, Receipt]:
    """An anonymous one, a formula, an answered one with contact and units, a withdrawn one, and a trial."""
    court = make.make_unit("court", "城东区法院")
    corpus = {
        "anonymous": make.make_submission(text="停车难", category="efficiency"),
        "formula": make.make_submission(text="=1+1", respondent_group=None, kind=None),
        "answered": make.make_replied(
            text="窗口只收纸质材料", category="work_style", name=NAME, phone=PHONE, has_consented=True
        ),
    }
    values = {
        "category": "work_style",
        "task": "loyalty",
        "issue_nature": "blockage",
        "responsible_unit_id": court.id,
        "responsible_person": "李主任",
    }
    with writing(make.sessions) as session:
        found = submission_of(session, corpus["answered"])
        moderation.classify(session, found, Classification(values, [court.id]), make.make_decision(found))
    make.set_campaign(status="draft")
    corpus["trial"] = make.make_submission(text="试填的意见")
    make.set_campaign(status="open")
    return corpus


def ask_for_export(make: Factory, **conditions: object) -> Export:
    """An export of the first campaign that somebody asked for, as a page would."""
    with writing(make.sessions) as session:
        campaign = session.scalars(select(Campaign).order_by(Campaign.id).limit(1)).one()
        wanted = QueueFilter(campaign.id, **conditions)  # type: ignore[arg-type]
        return request_export(session, wanted, purpose="周例会", described="全部意见建议", by=make.actor, now=make.now)


def audit_kinds(make: Factory, subject: str) -> list[str]:
    with make.sessions() as session:
        entries = select(AuditEntry.kind).where(AuditEntry.subject == subject).order_by(AuditEntry.id)
        return list(session.scalars(entries))
