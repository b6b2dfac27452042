"""Time-based one-time passwords (RFC 6238)."""

from datetime import datetime

import pyotp
from pyotp.utils import strings_equal

ISSUER = "意见建议征集"


def new_secret() -> str:
    """160 random bits in base 32."""
    return pyotp.random_base32()


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """The half minute, counted from 1970, that a code of six digits is of, if it is this one or a neighbour."""
    generator = pyotp.TOTP(secret)
    present = generator.timecode(now)
    steps = [step for step in (present - 1, present, present + 1) if strings_equal(generator.generate_otp(step), code)]
    return steps[-1] if steps else None


def address_of(secret: str, name: str) -> str:
    """What an authenticator reads from the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)
