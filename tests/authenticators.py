"""Authenticators of made-up members of staff."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

import pyotp
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.database import writing
from feedback.base.adapters.keys import Keys
from feedback.people.models import SecondFactor, User
from feedback.people.services import second_factor

# Everybody's, unless a test is about it.
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@dataclass
class Authenticator:
    """A phone that never shows a code a second time: it waits for the next half minute instead."""

    secret: str
    last_step: int = 0

    def code(self) -> str:
        generator = pyotp.TOTP(self.secret)
        while True:
            present = generator.timecode(datetime.now(UTC))
            step = max(self.last_step + 1, present)
            if step <= present + 1:
                self.last_step = step
                return generator.generate_otp(step)
            time.sleep(0.5)


def give_second_factor(session: Session, user: User, *, keys: Keys, now: datetime) -> list[str]:
    """Set up what the user would at his first sign-in; returns the recovery codes."""
    code = pyotp.TOTP(SECRET).at(now)
    return second_factor.set_up(session, user, secret=SECRET, code=code, keys=keys, now=now)


def fresh_code(sessions: sessionmaker[Session], name: str, *, now: datetime | None = None) -> str:
    """The code an account's phone shows, as if no other had been used."""
    own = select(User.id).where(User.name == name.strip().casefold()).scalar_subquery()
    with writing(sessions) as session:
        session.execute(update(SecondFactor).where(SecondFactor.user_id == own).values(last_step=0))
    return pyotp.TOTP(SECRET).at(now or datetime.now(UTC))
