"""Pages for everybody: the form, its receipt, and tracking. No cookie, no log line, nothing about the visitor."""

from datetime import datetime
from time import monotonic
from typing import Any

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue

from feedback.adapters.database import start_writing
from feedback.domain.campaign import CampaignContent, CampaignStatus
from feedback.domain.page import PageSeal, is_within_grace, open_seal, seal
from feedback.domain.receipt import in_groups, is_nonce, new_nonce, next_nonce, normal_code
from feedback.domain.throttle import Bucket
from feedback.extensions import db
from feedback.queries.campaign import Door, find_door, open_doors, version_content
from feedback.queries.export import labels_of
from feedback.queries.tracking import progress_of
from feedback.runtime import keys, now
from feedback.services import submission as submissions
from feedback.services import tracking
from feedback.web.access import public
from feedback.web.drawn_form import NONCE_MARK, TOKEN_MARK, DrawnForm, cut
from feedback.web.forms.public import OpinionFormBase, TrackForm, make_opinion_form

blueprint = Blueprint("public", __name__)

WRONG_CODES_BURST = 60
WRONG_CODES_PER_SECOND = 1.0


@blueprint.get("/")
@public
def home() -> str:
    """The way in for somebody who typed the bare address: open campaigns and tracking."""
    return render_template("public/home.html", doors=open_doors(db.session))


@blueprint.get("/f/<code>")
@public
def form(code: str) -> ResponseReturnValue:
    """A fresh form, or what stands in its place."""
    door = _door_lately(code.lower())
    if door is None:
        return render_template("public/unknown_channel.html", doors=open_doors(db.session)), 404
    if not is_taking(door):
        return render_template("public/closed.html", **_furniture(door))
    nonce = new_nonce()
    return _drawn(door).respond(nonce, _sealed(door, nonce, now()))


@blueprint.post("/f/<code>")
@public
def submit(code: str) -> ResponseReturnValue:
    """Take an opinion and answer with its receipt; a repeated sending gets the same one."""
    door, moment = _door_lately(code.lower()), now()
    if door is None:
        return render_template("public/unknown_channel.html", doors=open_doors(db.session)), 404
    page = _page_of(door)
    if page is None:
        return _ask_again(door, "页面已更新，请核对后再按一次提交。您写的内容都还在。")
    content, nonce = version_content(db.session, page.version_id), request.form["nonce"]
    filled = _form_class(page.version_id, content)(request.form)
    if not _is_taken(door, page, moment):
        # What was stored in time has its receipt for ever, also when a phone sends the page again days later.
        receipt = submissions.find_receipt(db.session, filled.to_opinion(), nonce=nonce, keys=keys())
        return (
            _receipt_page(door, receipt)
            if receipt
            else _ask_again(door, "题目有更新，请看一下再提交。您写的内容都还在。")
        )
    if not filled.validate():
        return _draw(door, page, content, filled, nonce=nonce), 400
    start_writing(db.session)
    try:
        receipt = submissions.receive(db.session, filled.to_opinion(), page=page, nonce=nonce, keys=keys(), now=moment)
    except submissions.OtherContentError:
        db.session.rollback()
        return _offer_another(door, page, filled)
    db.session.commit()
    return _receipt_page(door, receipt)


@blueprint.route("/track", methods=["GET", "POST"])
@public
def track() -> ResponseReturnValue:
    """Ask for a code, and show what it stands for."""
    asked = TrackForm()
    return _shown(asked) if request.method == "POST" else render_template("public/track.html", form=asked)


@blueprint.post("/track/withdraw-contact")
@public
def withdraw_contact() -> ResponseReturnValue:
    """Delete the contact details for good, with the code alone."""
    asked = TrackForm()
    if not tracking.find_by_code(db.session, asked.code.data or "", keys()):
        return _wrong_code(asked)
    start_writing(db.session)
    found = tracking.find_by_code(db.session, asked.code.data or "", keys(), to_change=True)
    if found is not None:
        tracking.withdraw_contact(db.session, found, now=now())
        db.session.commit()
    return _shown(asked, is_withdrawn=found is not None)


def _door_lately(code: str) -> Door | None:
    """The door with a code, asked of the database once in DOOR_SECONDS: half of a page's cost was this question.

    A moment's delay does no harm: a page is taken for a day after a change, and whether an entry is a trial is
    decided in the transaction that stores it.
    """
    kept: dict[str, tuple[Door, float]] = current_app.extensions.setdefault("doors", {})
    door, asked_at = kept.get(code, (None, 0.0))
    if door is not None and monotonic() - asked_at < current_app.config["DOOR_SECONDS"]:
        return door
    door = find_door(db.session, code)
    if door is not None:
        kept[code] = (door, monotonic())
    return door


def is_taking(door: Door) -> bool:
    """Whether a fresh form may be given out."""
    return door.status in {CampaignStatus.OPEN, CampaignStatus.DRAFT}


def _page_of(door: Door) -> PageSeal | None:
    """The page of this door that a form was sent from, or None where its seal does not say so."""
    nonce, token = request.form.get("nonce", ""), request.form.get("token", "")
    page = open_seal(token, nonce, keys().secrets("page")) if is_nonce(nonce) else None
    return page if page is not None and page.channel_id == door.channel_id else None


def _is_taken(door: Door, page: PageSeal, moment: datetime) -> bool:
    """Whether something new may still come from a page: its questions are asked now, or were within the last day."""
    return (page.version_id == door.version_id and is_taking(door)) or is_within_grace(page, moment)


def _receipt_page(door: Door, receipt: submissions.Receipt) -> str:
    return render_template("public/receipt.html", receipt=receipt, code=in_groups(receipt.code), **_furniture(door))


def _ask_again(door: Door, advice: str) -> ResponseReturnValue:
    """The form with everything typed, on a fresh page; where the campaign has closed, the words to copy."""
    if not is_taking(door):
        typed = request.form.get("text", "")
        return render_template("public/closed.html", typed=typed, **_furniture(door)), 403
    nonce = _next_nonce()
    content = version_content(db.session, door.version_id)
    filled = _form_class(door.version_id, content)(request.form)
    page = PageSeal(door.version_id, door.channel_id, now())
    return _draw(door, page, content, filled, nonce=nonce, advice=advice), 400


def _offer_another(door: Door, page: PageSeal, filled: OpinionFormBase) -> ResponseReturnValue:
    """Only what was just typed, under a fresh nonce, with one button; nothing of the earlier submission."""
    nonce = _next_nonce()
    fresh = {"nonce": nonce, "token": seal(page, nonce, keys().current("page").secret)}
    fields = [(name, value) for name, value in request.form.items(multi=True) if name in filled and name not in fresh]
    return render_template(
        "public/another.html", fields=[*fields, *fresh.items()], text=filled.text.data or "", **_furniture(door)
    ), 409


def _next_nonce() -> str:
    """The nonce for a page that gives back what was just sent; whoever sent none shares none with others."""
    nonce = request.form.get("nonce", "")
    fields = request.form.items(multi=True)
    return next_nonce(nonce, fields, keys().current("nonce").secret) if is_nonce(nonce) else new_nonce()


def _shown(asked: TrackForm, *, is_withdrawn: bool = False) -> ResponseReturnValue:
    typed = asked.code.data or ""
    found = tracking.find_by_code(db.session, typed, keys())
    if found is None:
        return _wrong_code(asked)
    progress = progress_of(db.session, found)
    content = version_content(db.session, progress.version_id)
    outcomes = labels_of(db.session, found.campaign_id)["outcome"]
    return render_template(
        "public/progress.html",
        progress=progress,
        code=in_groups(normal_code(typed) or ""),
        outcome=outcomes.get(progress.outcome or ""),
        organiser=content.organiser,
        is_withdrawn=is_withdrawn,
    )


def _wrong_code(asked: TrackForm) -> ResponseReturnValue:
    """A gentle sentence. All wrong codes of a worker share one bucket, so right ones are never slowed."""
    bucket: Bucket = current_app.extensions.get("wrong_codes") or Bucket(
        WRONG_CODES_BURST, WRONG_CODES_PER_SECOND, WRONG_CODES_BURST, now()
    )
    current_app.extensions["wrong_codes"], is_allowed = bucket.take(now())
    if not is_allowed:
        return render_template("public/track.html", form=asked, is_slowed=True), 429, {"Retry-After": "60"}
    return render_template("public/track.html", form=asked, is_wrong=True), 404


def _form_class(version_id: int, content: CampaignContent) -> type[OpinionFormBase]:
    """The form of a version, made once: a version never changes."""
    made: dict[int, type[OpinionFormBase]] = current_app.extensions.setdefault("opinion_forms", {})
    if version_id not in made:
        made[version_id] = make_opinion_form(content)
    return made[version_id]


def _drawn(door: Door) -> DrawnForm:
    """The empty page of a door, drawn at its first visit; a new version or status has a new key."""
    drawn: dict[Door, DrawnForm] = current_app.extensions.setdefault("drawn_forms", {})
    if door not in drawn:
        content = version_content(db.session, door.version_id)
        empty = _form_class(door.version_id, content)(formdata=None)
        drawn[door] = cut(_render(door, content, empty, nonce=NONCE_MARK, token=TOKEN_MARK))
    return drawn[door]


def _sealed(door: Door, nonce: str, moment: datetime) -> str:
    return seal(PageSeal(door.version_id, door.channel_id, moment), nonce, keys().current("page").secret)


def _draw(
    door: Door, page: PageSeal, content: CampaignContent, filled: OpinionFormBase, *, nonce: str, advice: str = ""
) -> str:
    """The form with what was typed and what is wrong with it, under the seal of the page it came from."""
    token = seal(page, nonce, keys().current("page").secret)
    return _render(door, content, filled, nonce=nonce, token=token, advice=advice)


def _render(
    door: Door, content: CampaignContent, shown: OpinionFormBase, *, nonce: str, token: str, advice: str = ""
) -> str:
    return render_template(
        "public/form.html",
        form=shown,
        content=content,
        nonce=nonce,
        token=token,
        advice=advice,
        **_furniture(door),
    )


def _furniture(door: Door) -> dict[str, Any]:
    """Who runs the page, for its head and foot."""
    content = version_content(db.session, door.version_id)
    return {
        "door": door,
        "is_trial": door.status == CampaignStatus.DRAFT,
        "title": content.title,
        "organiser": content.organiser,
        "furniture": dict(door.furniture),
        "accept_days": door.accept_days,
    }
