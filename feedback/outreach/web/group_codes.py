"""Codes that prove a group: printed as cards the moment they are made, counted, and taken back."""

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from feedback.base.domain.permission import Permission
from feedback.base.domain.refusal import RefusalError
from feedback.base.extensions import db
from feedback.base.runtime import keys, now, settings
from feedback.base.web.change import changing, refusing
from feedback.base.web.headers import as_download
from feedback.base.web.marks import actor, requires
from feedback.campaigns.domain.group_code import new_code, told
from feedback.campaigns.models.campaign import Campaign
from feedback.campaigns.queries.campaign import current_content, labels_of
from feedback.editing.web.campaigns import managed
from feedback.intake.services.group_code import revoke, store_codes
from feedback.intake.web.doors import base_address
from feedback.outreach.adapters.drawing import draw_cards
from feedback.outreach.queries.group_code import batches_of, get_batch
from feedback.outreach.queries.poster import printed_channels
from feedback.outreach.services.poster import poster_of
from feedback.outreach.web.channels import managed_channel
from feedback.outreach.web.forms.group_codes import GroupCodesForm

blueprint = Blueprint("group_codes", __name__, url_prefix="/campaigns/<id:campaign_id>/group-codes")


@blueprint.get("/")
@requires(Permission.CAMPAIGN_MANAGE)
def index(campaign_id: int) -> str:
    """The batches there are, and a form for another one."""
    return _index(managed(campaign_id), _offered(campaign_id))


@blueprint.post("/create")
@requires(Permission.CAMPAIGN_MANAGE)
def create(campaign_id: int) -> ResponseReturnValue:
    """Make codes and answer with the cards: the codes themselves are kept nowhere and cannot be had again."""
    form = _offered(campaign_id)
    if not form.validate():
        return _index(managed(campaign_id), form), 400
    content, codes = current_content(db.session, campaign_id), [new_code() for _ in range(form.count.data or 0)]
    channel = managed_channel(campaign_id, form.channel.data)
    poster = poster_of(managed(campaign_id), channel, content, base=base_address())
    group = content.labels("respondent_group")[form.group.data]
    # Drawn first: nobody waits for that with a transaction, and what cannot be drawn proves nothing.
    with refusing(lambda refusal: _index(managed(campaign_id), form, refusal)):
        pdf = draw_cards(codes, poster, group=group, folder=settings().instance)
    with changing() as session:
        campaign = managed(campaign_id, to_change=True)
        store_codes(session, campaign, form.group.data, codes, keys=keys(), now=now(), by=actor())
    return as_download(Response(pdf, mimetype="application/pdf"), f"{group}-{len(codes)} 张邀请码.pdf")


@blueprint.post("/<id:batch_id>/revoke")
@requires(Permission.CAMPAIGN_MANAGE)
def revoke_batch(campaign_id: int, batch_id: int) -> ResponseReturnValue:
    """Let a batch prove nothing any more."""
    with changing() as session:
        campaign = managed(campaign_id, to_change=True)
        batch = get_batch(session, campaign_id, batch_id) or abort(404)
        revoke(session, campaign, batch, now=now(), by=actor())
    flash("这一批已作废，没有用过的邀请码不能再用。已收到的意见不受影响。")
    return redirect(url_for("group_codes.index", campaign_id=campaign_id))


def _offered(campaign_id: int) -> GroupCodesForm:
    campaign = managed(campaign_id)
    groups = current_content(db.session, campaign_id).labels("respondent_group")
    return GroupCodesForm(request.form).offer(groups, printed_channels(db.session, campaign))


def _index(campaign: Campaign, form: GroupCodesForm, refusal: RefusalError | None = None) -> str:
    return render_template(
        "outreach/group_codes/index.html",
        campaign=campaign,
        form=form,
        refusal=refusal,
        batches=batches_of(db.session, campaign.id),
        labels=labels_of(db.session, campaign.id)["respondent_group"],
        told=told,
        address=base_address(),
    )
