"""Importing this module registers every table with the metadata."""

from feedback.models import (
    attachment,
    audit,
    campaign,
    channel,
    contact,
    duplicate,
    event,
    export,
    job,
    proposal,
    reply,
    search,
    submission,
    text,
    unit,
    user,
)
from feedback.models.base import Base

__all__ = [
    "Base", "attachment", "audit", "campaign", "channel", "contact", "duplicate", "event", "export", "job", "proposal",
    "reply",     "search", "submission", "text", "unit", "user",
]  # fmt: skip
