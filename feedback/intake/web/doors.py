"""The door somebody came in by: looked up, and described for the head and foot of its pages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from flask import current_app, g, render_template, request
from flask.typing import ResponseReturnValue

from feedback.base.domain.moment import china_day
from feedback.base.extensions import db
from feedback.base.runtime import memory, now, settings
from feedback.campaigns.domain.campaign import CampaignStatus, Doorway
from feedback.campaigns.queries.campaign import Door, find_door, open_doors, version_content


@dataclass
class Kept:
    """Doors by their codes, and when each was asked for."""

    doors: dict[str, tuple[Door, float]] = field(default_factory=dict)


def door_lately(code: str) -> Door | None:
    """The door with a code, asked of the database once in DOOR_SECONDS: half of a page's cost was this question.

    A moment's delay does no harm: a page is taken for a day after a change, and whether an entry is a trial is
    decided in the transaction that stores it.
    """
    kept = memory(Kept).doors
    door, asked_at = kept.get(code.lower(), (None, 0.0))
    if door is None or monotonic() - asked_at >= current_app.config["DOOR_SECONDS"]:
        door = find_door(db.session, code)
        if door is not None:
            kept[code.lower()] = (door, monotonic())
    if door is not None:
        use_accent(dict(door.imprint))
    return door


def use_accent(imprint: Mapping[str, str]) -> None:
    """Give the page that is asked for the accent of its campaign."""
    g.accent = imprint.get("accent", "")


def is_taking(door: Door) -> bool:
    """Whether a fresh form may be given out."""
    return door.way(china_day(now())) in {Doorway.TAKING, Doorway.TRIAL}


def unknown_door() -> ResponseReturnValue:
    """A page with a way on for a code that leads nowhere."""
    return render_template("intake/public/unknown_channel.html", doors=open_doors(db.session, china_day(now()))), 404


def closed_door(door: Door, *, typed: str = "", status: int = 200) -> ResponseReturnValue:
    """What stands where the form was, or will be, with the words of somebody who came too late."""
    is_early = door.way(china_day(now())) is Doorway.NOT_YET
    template = "intake/public/not_yet.html" if is_early else "intake/public/closed.html"
    return render_template(template, typed=typed, **imprint(door)), status


def imprint(door: Door) -> dict[str, Any]:
    """Who runs the page, for its head and foot."""
    content = version_content(db.session, door.version_id)
    return {
        "door": door,
        "is_trial": door.status == CampaignStatus.DRAFT,
        "title": content.title,
        "organiser": content.organiser,
        "imprint": dict(door.imprint),
        "accept_days": door.accept_days,
    }


def base_address() -> str:
    """The address of the public pages, without a path."""
    return settings().public_url or request.host_url.rstrip("/")
