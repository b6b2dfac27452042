"""Sending the daily digests, which the worker looks after."""

import logging
from datetime import date, datetime

from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.database import writing
from feedback.base.adapters.mail import Letter, post, server_at
from feedback.base.config import Settings
from feedback.base.domain.moment import china_day
from feedback.digests.domain import is_time
from feedback.digests.queries import is_anybody_due
from feedback.digests.services import letter_to, take_turns


def send_digests(sessions: sessionmaker[Session], chosen: Settings, *, now: datetime) -> None:
    """Send everybody whose turn it is a letter, if anything waits; nothing where no mail is sent at all."""
    today = china_day(now)
    if not chosen.sends_mail or not is_time(now):
        return
    with sessions() as session:
        if not is_anybody_due(session, today):
            return
    with writing(sessions) as session:
        turns = take_turns(session, today=today)
    desk = f"{chosen.public_url}/home/"
    letters = [letter for one in turns if (letter := _letter(sessions, one, desk, today)) is not None]
    post(server_at(chosen.smtp_url, sender=chosen.mail_from), letters)


def _letter(sessions: sessionmaker[Session], user_id: int, desk: str, today: date) -> Letter | None:
    """The letter to one person; what fails for one person fails for nobody else."""
    try:
        with sessions() as session:
            return letter_to(session, user_id, desk=desk, today=today)
    except Exception:
        logging.getLogger(__name__).exception("a digest could not be written")
        return None
