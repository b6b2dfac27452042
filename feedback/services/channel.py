"""Channels: one short code and one QR code each."""

import secrets
from datetime import datetime

from sqlalchemy.orm import Session

from feedback.adapters.database import insert_if_new
from feedback.domain.campaign import CHANNEL_CODE_ALPHABET, CHANNEL_CODE_LENGTH
from feedback.models.audit import AuditEntry
from feedback.models.campaign import Campaign
from feedback.models.channel import Channel


def create_channel(
    session: Session, campaign: Campaign, *, name: str, place: str | None, now: datetime, is_kiosk: bool = False
) -> str:
    """Open a door to a campaign and return its code of five symbols without look-alikes."""
    for _ in range(100):
        code = "".join(secrets.choice(CHANNEL_CODE_ALPHABET) for _ in range(CHANNEL_CODE_LENGTH))
        values = {"campaign_id": campaign.id, "code": code, "name": name, "place": place, "is_kiosk": is_kiosk}
        if insert_if_new(session.connection(), Channel, values) is not None:
            session.add(AuditEntry(kind="channel_created", at=now, subject=code, detail={"campaign": campaign.code}))
            return code
    raise RuntimeError("no free channel code was drawn in many tries")
