"""Token buckets by network address, in this process's memory alone: above the limit a task is set, nobody is refused.

An address is never kept: the buckets are found by its keyed hash, under a key that is drawn anew each day and stored
nowhere. What is on the machine itself, like a gateway that no setting names, is not counted: it stands for all.
"""

import hmac
import ipaddress
import secrets
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial

from flask import Request

from feedback.base.domain.moment import china_day, hour_of
from feedback.base.runtime import memory, settings
from feedback.intake.domain.throttle import Bucket

# A hall of two hundred people who all send a picture at once, and all meet the same process.
BURST = 300
PER_SECOND = 0.5
MOST_BUCKETS = 20_000

_FULL = partial(Bucket, BURST, PER_SECOND, BURST)


@dataclass
class Limits:
    """The buckets of one day."""

    day: date
    key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    buckets: dict[bytes, Bucket] = field(default_factory=dict)

    def bucket(self, address: str, now: datetime) -> Bucket:
        """The bucket of an address as it stands now; a full one where it was not seen before."""
        return self.buckets.get(self._name(address), _FULL(now)).refilled(now)

    def keep(self, address: str, bucket: Bucket) -> None:
        """The one that was asked longest ago goes first where there are too many; it is full again, or nearly."""
        name = self._name(address)
        self.buckets.pop(name, None)
        if len(self.buckets) >= MOST_BUCKETS:
            del self.buckets[next(iter(self.buckets))]
        self.buckets[name] = bucket

    def _name(self, address: str) -> bytes:
        return hmac.digest(self.key, address.encode(), "sha256")


@dataclass
class Kept:
    """What is kept of networks today, and of all who guess codes, by what they guess."""

    limits: Limits | None = None
    guesses: dict[str, Bucket] = field(default_factory=dict)
    # How many sendings of an hour were above a limit, and are not written down yet.
    crowded: Counter[datetime] = field(default_factory=Counter)


def take(incoming: Request, now: datetime) -> float:
    """Take a token; what is left to the network of a request, from 1 (all) to 0, or -1 where the limit is passed."""
    address = _network_of(incoming)
    if address is None:
        return 1.0
    bucket, is_allowed = _limits(now).bucket(address, now).take(now)
    _limits(now).keep(address, bucket)
    if not is_allowed:
        memory(Kept).crowded[hour_of(now)] += 1
    return bucket.tokens / BURST if is_allowed else -1.0


def crowded_hours() -> dict[datetime, int]:
    """How many sendings were above a limit since this was last asked, by the hour."""
    kept = memory(Kept)
    seen, kept.crowded = dict(kept.crowded), Counter()
    return seen


def spend(incoming: Request, cost: float, now: datetime) -> None:
    """Charge a network for what was done for it, or give back what cost nothing."""
    address = _network_of(incoming)
    if address is not None:
        _limits(now).keep(address, _limits(now).bucket(address, now).spend(cost, now))


def may_answer_guess(name: str, now: datetime, *, most: float, per_second: float) -> bool:
    """Take one of the answers that may be given to wrong guesses; they are shared by all who guess in this process."""
    buckets = memory(Kept).guesses
    buckets[name], is_allowed = buckets.get(name, Bucket(most, per_second, most, now)).take(now)
    return is_allowed


def left(incoming: Request, now: datetime) -> float:
    """What is left to the network of a request, from 1 (all) down to -1 (deep in debt); this takes nothing."""
    address = _network_of(incoming)
    return 1.0 if address is None else _limits(now).bucket(address, now).tokens / BURST


def is_passed(incoming: Request, now: datetime) -> bool:
    """Whether the limit of a network is passed; this takes nothing."""
    return left(incoming, now) * BURST < 1


def _limits(now: datetime) -> Limits:
    kept = memory(Kept)
    if kept.limits is None or kept.limits.day != china_day(now):
        kept.limits = Limits(china_day(now))
    return kept.limits


def _network_of(incoming: Request) -> str | None:
    """The IPv4 address or the IPv6 /64 network a request comes from; a gateway's word counts from the gateway alone."""
    peer = incoming.remote_addr or ""
    is_forwarded = bool(settings().gateway) and peer == settings().gateway
    if is_forwarded:
        peer = incoming.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return None
    if address.is_loopback and not is_forwarded:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        return str(address.ipv4_mapped or ipaddress.ip_network((address, 64), strict=False))
    return str(address)
