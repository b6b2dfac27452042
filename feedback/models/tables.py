"""Importing this module registers every table with the metadata."""

from feedback.models import (
    attachment,
    audit,
    bulk,
    campaign,
    canned_answer,
    channel,
    contact,
    duplicate,
    event,
    export,
    group_code,
    job,
    note,
    poster,
    proposal,
    reply,
    saved_filter,
    search,
    submission,
    text,
    unit,
    user,
)
from feedback.models.base import Base

__all__ = [
    "Base", "attachment", "audit", "bulk", "campaign", "canned_answer", "channel", "contact", "duplicate", "event",
    "export", "group_code", "job", "note", "poster", "proposal", "reply", "saved_filter", "search", "submission",
    "text", "unit", "user",
]  # fmt: skip
