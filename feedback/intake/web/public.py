"""The citizen's way in: the form and its receipt. No cookie, no log line, nothing about the visitor."""

from dataclasses import dataclass, field
from datetime import datetime

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from feedback.base.adapters.qr import png
from feedback.base.domain.code import in_groups
from feedback.base.domain.moment import china_day
from feedback.base.domain.refusal import RefusalError
from feedback.base.extensions import db
from feedback.base.runtime import keys, memory, now, settings
from feedback.base.web.change import changing
from feedback.base.web.look import look
from feedback.base.web.marks import public
from feedback.base.web.requests import takes_files
from feedback.campaigns.domain.campaign import CampaignContent
from feedback.campaigns.domain.group_code import GroupCodeError
from feedback.campaigns.queries.campaign import Door, labels_of, open_doors, version_content
from feedback.cases.domain.receipt import is_nonce, new_nonce, next_nonce
from feedback.intake.domain.form_seal import FormSeal, is_within_grace, open_seal, seal
from feedback.intake.domain.proof import PROOF_BITS
from feedback.intake.services import group_code
from feedback.intake.services import submission as submissions
from feedback.intake.web import limits, proofs
from feedback.intake.web.doors import base_address, closed_door, door_lately, imprint, is_taking, unknown_door
from feedback.intake.web.drawn_form import NONCE_MARK, TOKEN_MARK, DrawnForm, cut
from feedback.intake.web.forms import OpinionFormBase, make_opinion_form
from feedback.intake.web.pictures import had_files, save_sent
from feedback.intake.web.visits import note_visit

blueprint = Blueprint("public", __name__)


@dataclass
class Kept:
    """Forms by the version that asks them, which never changes, and empty pages by their door and look."""

    classes: dict[int, type[OpinionFormBase]] = field(default_factory=dict)
    drawn: dict[tuple[Door, str], DrawnForm] = field(default_factory=dict)


WRONG_CODES_PER_SECOND = 30
_SLOWED = "现在核对邀请码的人很多，请过一分钟再提交；也可以清空这一栏，按自己选的身份提交，一样受理。"


@blueprint.get("/")
@public
def home() -> str:
    """The way in for somebody who typed the bare address: open campaigns and tracking."""
    return render_template("intake/public/home.html", doors=open_doors(db.session, china_day(now())))


@blueprint.get("/f/<code>")
@public
def form(code: str) -> ResponseReturnValue:
    """A fresh form, or what stands in its place."""
    door = door_lately(code)
    if door is None:
        return unknown_door()
    if not is_taking(door):
        return closed_door(door)
    nonce, moment = new_nonce(), now()
    page = FormSeal(door.version_id, door.channel_id, moment)
    response = _drawn(door).respond(nonce, _sealed(page, nonce))
    note_visit(response, door.channel_id, moment)
    return response


@blueprint.get("/f/<code>/qr")
@public
def qr(code: str) -> ResponseReturnValue:
    """The code of a door as a picture to press and hold, for articles and chats."""
    door = door_lately(code)
    if door is None:
        return unknown_door()
    return render_template("intake/public/qr.html", **imprint(door))


@blueprint.get("/f/<code>/qr.png")
@public
def qr_picture(code: str) -> Response:
    """The picture of a door's code, which changes as little as the address it leads to."""
    door = door_lately(code)
    if door is None:
        abort(404)
    return Response(png(f"{base_address()}{url_for('public.form', code=door.code, look=None)}"), mimetype="image/png")


@blueprint.post("/f/<code>")
@public
@takes_files
def submit(code: str) -> ResponseReturnValue:
    """Take an opinion and answer with its receipt; a repeated sending gets the same one."""
    door, moment = door_lately(code), now()
    if door is None:
        return unknown_door()
    page = _page_of(door)
    if page is None:
        return _ask_again(door, "页面已更新，请核对后再按一次提交。您写的内容都还在。")
    content, nonce = version_content(db.session, page.version_id), request.form["nonce"]
    filled = _form_class(page.version_id, content)(request.form)
    if not _is_taken(door, page, moment):
        # What was stored in time has its receipt for ever, also when a phone sends the page again days later.
        return _known(door, filled, nonce) or _ask_again(door, "题目有更新，请看一下再提交。您写的内容都还在。")
    if not filled.validate():
        return _draw(door, page, content, filled, nonce=nonce), 400
    left = limits.take(request, moment)
    if proofs.is_proof_due(page, nonce, left=left, now=moment):
        return _known(door, filled, nonce) or _ask_for_proof(door, filled, nonce, moment)
    return _store(door, page, filled, nonce=nonce, suspicion=proofs.suspicion(), moment=moment)


def _store(
    door: Door, page: FormSeal, filled: OpinionFormBase, *, nonce: str, suspicion: str | None, moment: datetime
) -> ResponseReturnValue:
    """First the words, then the pictures: what becomes of those leaves the words alone."""
    opinion = filled.to_opinion()
    if opinion.group_code and not group_code.is_good(db.session, door.campaign_id, opinion.group_code, keys()):
        return _known(door, filled, nonce) or _refuse_code(door, page, filled, nonce, GroupCodeError())

    def draw(refusal: RefusalError) -> ResponseReturnValue:
        if isinstance(refusal, GroupCodeError):
            return _refuse_code(door, page, filled, nonce, refusal)
        if isinstance(refusal, submissions.OtherContentError):
            return _offer_another(door, page, filled)
        raise refusal

    with changing(draw) as session:
        receipt = submissions.receive(
            session, opinion, page=page, nonce=nonce, keys=keys(), now=moment, suspicion=suspicion
        )
    if not receipt.is_new:
        limits.spend(request, -1, moment)  # only what is stored anew counts
    return _receipt_page(door, receipt, nonce)


def _refuse_code(
    door: Door, page: FormSeal, filled: OpinionFormBase, nonce: str, refusal: GroupCodeError
) -> ResponseReturnValue:
    """Everything typed, with a word beside the code; only so many a second hear that theirs is wrong."""
    # Of each process its share: a third at once, and the rest as a second goes by.
    share = WRONG_CODES_PER_SECOND / settings().web_workers
    is_told = limits.may_answer_guess("group codes", now(), most=max(1.0, share / 3), per_second=share * 2 / 3)
    filled.group_code.errors = [refusal.message if is_told else _SLOWED]
    content = version_content(db.session, page.version_id)
    html = _draw(door, page, content, filled, nonce=nonce)
    return (html, 400) if is_told else (html, 429, {"Retry-After": "60"})


def _known(door: Door, filled: OpinionFormBase, nonce: str) -> ResponseReturnValue | None:
    """The receipt of what was stored before."""
    receipt = submissions.find_receipt(db.session, filled.to_opinion(), nonce=nonce, keys=keys())
    return _receipt_page(door, receipt, nonce) if receipt else None


def _page_of(door: Door) -> FormSeal | None:
    """The page of this door that a form was sent from, or None where its seal does not say so."""
    nonce, token = request.form.get("nonce", ""), request.form.get("token", "")
    page = open_seal(token, nonce, keys().secrets("page")) if is_nonce(nonce) else None
    return page if page is not None and page.channel_id == door.channel_id else None


def _is_taken(door: Door, page: FormSeal, moment: datetime) -> bool:
    """Whether something new may still come from a page: its questions are asked now, or were within the last day."""
    return (page.version_id == door.version_id and is_taking(door)) or is_within_grace(page, moment)


def _receipt_page(door: Door, receipt: submissions.Receipt, nonce: str) -> Response:
    saved = save_sent(receipt.sending_hash, nonce=nonce)
    page = render_template(
        "intake/public/receipt.html",
        receipt=receipt,
        code=in_groups(receipt.code),
        saved=saved,
        proven=_group_label(door, receipt.proven_group),
        **imprint(door),
    )
    return saved.answer(page)


def _group_label(door: Door, group: str | None) -> str:
    return labels_of(db.session, door.campaign_id)["respondent_group"].get(group, group) if group else ""


def _ask_again(door: Door, advice: str) -> ResponseReturnValue:
    """The form with everything typed, on a fresh page; where the campaign has closed, the words to copy."""
    if not is_taking(door):
        return closed_door(door, typed=request.form.get("text", ""), status=403)
    nonce = _next_nonce()
    content = version_content(db.session, door.version_id)
    filled = _form_class(door.version_id, content)(request.form)
    page = FormSeal(door.version_id, door.channel_id, now())
    return _draw(door, page, content, filled, nonce=nonce, advice=advice), 400


def _offer_another(door: Door, page: FormSeal, filled: OpinionFormBase) -> ResponseReturnValue:
    """Only what was just typed, under a fresh nonce, with one button; nothing of the earlier submission."""
    nonce = _next_nonce()
    fields = _carried(filled, nonce=nonce, token=_sealed(page, nonce))
    text = filled.text.data or ""
    html = render_template(
        "intake/public/another.html", fields=fields, text=text, had_files=had_files(), **imprint(door)
    )
    return html, 409


def _ask_for_proof(door: Door, filled: OpinionFormBase, nonce: str, moment: datetime) -> ResponseReturnValue:
    """Everything typed, to be sent on by a script that computes for a second, or by hand after a short wait."""
    ticket, seconds = proofs.ticket(nonce, moment)
    fields = _carried(filled, nonce=nonce, token=request.form["token"], ticket=ticket)
    page = render_template(
        "intake/public/proof.html",
        fields=fields,
        text=filled.text.data or "",
        seconds=seconds,
        had_files=had_files(),
        **imprint(door),
    )
    return page, 429, {"Retry-After": str(seconds), "Proof-Bits": str(PROOF_BITS)}


def _carried(filled: OpinionFormBase, **fresh: str) -> list[tuple[str, str]]:
    """The fields of this sending for a page that sends them on, with some of them fresh."""
    kept = [(name, value) for name, value in request.form.items(multi=True) if name in filled and name not in fresh]
    return [*kept, *fresh.items()]


def _next_nonce() -> str:
    """The nonce for a page that gives back what was just sent; a sending without one shares none with others."""
    nonce = request.form.get("nonce", "")
    fields = request.form.items(multi=True)
    return next_nonce(nonce, fields, keys().current("nonce").secret) if is_nonce(nonce) else new_nonce()


def _form_class(version_id: int, content: CampaignContent) -> type[OpinionFormBase]:
    """The form of a version, made once: a version never changes."""
    made = memory(Kept).classes
    if version_id not in made:
        made[version_id] = make_opinion_form(content)
    return made[version_id]


def _drawn(door: Door) -> DrawnForm:
    """The empty page of a door in a look, drawn at its first visit; a new version or status has a new key."""
    drawn = memory(Kept).drawn
    key = (door, look())
    if key not in drawn:
        content = version_content(db.session, door.version_id)
        preset = {"respondent_group": door.respondent_group, "agency": door.agency}
        empty = _form_class(door.version_id, content)(formdata=None, data=preset)
        drawn[key] = cut(_render(door, content, empty, nonce=NONCE_MARK, token=TOKEN_MARK))
    return drawn[key]


def _sealed(page: FormSeal, nonce: str) -> str:
    return seal(page, nonce, keys().current("page").secret)


def _draw(
    door: Door, page: FormSeal, content: CampaignContent, filled: OpinionFormBase, *, nonce: str, advice: str = ""
) -> str:
    """The form with what was typed and what is wrong with it, under the seal of the page it came from."""
    return _render(door, content, filled, nonce=nonce, token=_sealed(page, nonce), advice=advice)


def _render(
    door: Door, content: CampaignContent, shown: OpinionFormBase, *, nonce: str, token: str, advice: str = ""
) -> str:
    return render_template(
        "intake/public/form.html",
        form=shown,
        content=content,
        nonce=nonce,
        token=token,
        advice=advice,
        had_files=had_files(),
        **imprint(door),
    )
