"""Token buckets by network address, in this process's memory alone: above the limit a task is set, nobody is refused.

An address is never kept: the buckets are found by its keyed hash, under a key that is drawn anew each day and stored
nowhere. What is on the machine itself, like a gateway that no setting names, is not counted: it stands for all.
"""

import hmac
import ipaddress
import secrets
from dataclasses import dataclass, field
from datetime import date, datetime

from flask import Request, current_app

from feedback.domain.moment import china_day
from feedback.domain.throttle import Bucket
from feedback.runtime import settings

BURST = 200
PER_SECOND = 0.5
MOST_BUCKETS = 20_000


@dataclass
class Limits:
    """The buckets of one day."""

    day: date
    key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    buckets: dict[bytes, Bucket] = field(default_factory=dict)

    def take(self, address: str, now: datetime) -> float:
        """Take a token for an address; returns what part of the bucket is left, or -1 where it was empty."""
        name = hmac.digest(self.key, address.encode(), "sha256")
        # The one that was asked longest ago goes first; it is full again, or nearly.
        bucket = self.buckets.pop(name, None) or Bucket(BURST, PER_SECOND, BURST, now)
        if len(self.buckets) >= MOST_BUCKETS:
            del self.buckets[next(iter(self.buckets))]
        self.buckets[name], is_allowed = bucket.take(now)
        return self.buckets[name].tokens / BURST if is_allowed else -1.0


def take(incoming: Request, now: datetime) -> float:
    """What is left to the address of a request, from 1 (all) to 0, or -1 where the limit is passed."""
    address = _network_of(incoming)
    if address is None:
        return 1.0
    limits: Limits | None = current_app.extensions.get("limits")
    if limits is None or limits.day != china_day(now):
        limits = current_app.extensions["limits"] = Limits(china_day(now))
    return limits.take(address, now)


def _network_of(incoming: Request) -> str | None:
    """The IPv4 address or the IPv6 /64 network a request comes from; a gateway's word counts from the gateway alone."""
    peer = incoming.remote_addr or ""
    if settings().gateway and peer == settings().gateway:
        peer = incoming.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return None
    if address.is_loopback:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        return str(address.ipv4_mapped or ipaddress.ip_network((address, 64), strict=False))
    return str(address)
