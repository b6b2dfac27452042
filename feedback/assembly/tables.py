"""Importing this module registers every table with the metadata."""

from feedback.base.models import audit, job, routine, unit
from feedback.base.models.base import Base
from feedback.campaigns.models import campaign, channel, group_code
from feedback.cases.models import (
    arrival,
    attachment,
    bulk,
    contact,
    duplicate,
    event,
    proposal,
    reply,
    search,
    settlement,
    submission,
    text,
)
from feedback.desk.models import canned_answer, note, saved_filter
from feedback.intake import models as crowd
from feedback.outreach.models import poster
from feedback.people import models as user
from feedback.workbooks import models as export

__all__ = [
    "Base", "arrival", "attachment", "audit", "bulk", "campaign", "canned_answer", "channel", "contact", "crowd",
    "duplicate", "event", "export", "group_code", "job", "note", "poster", "proposal", "reply", "routine",
    "saved_filter", "search", "settlement", "submission", "text", "unit", "user",
]  # fmt: skip
