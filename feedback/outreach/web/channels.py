"""The channels of a campaign: made one by one or from a list, changed, closed, and watched for dead doors."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from feedback.base.adapters.qr import picture
from feedback.base.domain.moment import china_day
from feedback.base.domain.permission import Permission
from feedback.base.domain.refusal import RefusalError
from feedback.base.extensions import db
from feedback.base.runtime import now
from feedback.base.web.change import changing, refusing
from feedback.base.web.marks import actor, requires
from feedback.base.web.requests import takes_files
from feedback.campaigns.domain.channel import told
from feedback.campaigns.models.channel import Channel
from feedback.campaigns.queries.campaign import all_units
from feedback.campaigns.services import channel as service
from feedback.editing.domain.campaign_edit import term_rows
from feedback.editing.services.campaign_edit import published
from feedback.editing.web.campaigns import managed
from feedback.intake.web.doors import base_address
from feedback.outreach.queries.channel import UnknownChannelError, channels_in_use, get_channel
from feedback.outreach.web.forms.channels import ChannelForm, ChannelListForm
from feedback.outreach.web.forms.posters import PosterForm

blueprint = Blueprint("channels", __name__, url_prefix="/campaigns/<id:campaign_id>/channels")


@blueprint.get("/")
@requires(Permission.CAMPAIGN_MANAGE)
def index(campaign_id: int) -> str:
    """Every channel with its address and what happened there lately."""
    campaign = managed(campaign_id)
    rows = channels_in_use(db.session, campaign_id, actor(), today=china_day(now()))
    return render_template("outreach/channels/index.html", campaign=campaign, rows=rows, told=told, base=base_address())


@blueprint.route("/create", methods=["GET", "POST"])
@requires(Permission.CAMPAIGN_MANAGE)
def create(campaign_id: int) -> ResponseReturnValue:
    """One channel."""
    campaign = managed(campaign_id)
    form = _offered(campaign_id, ChannelForm())

    def draw(refusal: RefusalError | None = None) -> str:
        return render_template(
            "outreach/channels/edit.html", campaign=campaign, form=form, channel=None, refusal=refusal
        )

    if request.method == "GET" or not form.validate():
        return draw(), 200 if request.method == "GET" else 400
    with changing(draw) as session:
        found = managed(campaign_id, to_change=True)
        service.create_channel(session, found, form.details(), now=now(), by=actor())
    return _done(campaign_id, "渠道已建立。")


@blueprint.route("/list", methods=["GET", "POST"])
@requires(Permission.CAMPAIGN_MANAGE)
@takes_files
def create_many(campaign_id: int) -> ResponseReturnValue:
    """Many channels from a list that is pasted, or from a workbook."""
    campaign, form = managed(campaign_id), ChannelListForm()

    def draw(refusal: RefusalError | None = None) -> str:
        return render_template("outreach/channels/create_many.html", campaign=campaign, form=form, refusal=refusal)

    if request.method == "GET" or not form.validate():
        return draw(), 200 if request.method == "GET" else 400
    with refusing(draw):
        rows = form.channels()
    with changing(draw) as session:
        found = managed(campaign_id, to_change=True)
        service.create_channels(session, found, rows, now=now(), by=actor())
    return _done(campaign_id, "渠道已建立。")


@blueprint.route("/<id:channel_id>", methods=["GET", "POST"])
@requires(Permission.CAMPAIGN_MANAGE)
def edit(campaign_id: int, channel_id: int) -> ResponseReturnValue:
    """What is known of one channel; its code stays."""
    campaign, channel = managed(campaign_id), managed_channel(campaign_id, channel_id)
    form = _offered(campaign_id, ChannelForm(obj=channel))

    address = f"{base_address()}{url_for('public.form', code=channel.code)}"

    def draw(refusal: RefusalError | None = None) -> str:
        given = {"channel": channel, "address": address, "picture": picture(address), "poster": PosterForm()}
        return render_template("outreach/channels/edit.html", campaign=campaign, form=form, refusal=refusal, **given)

    if request.method == "GET" or not form.validate():
        return draw(), 200 if request.method == "GET" else 400
    with changing(draw) as session:
        managed(campaign_id, to_change=True)
        found = managed_channel(campaign_id, channel_id)
        service.change_channel(session, found, form.details(), now=now(), by=actor())
    return _done(campaign_id, "已保存。")


@blueprint.post("/<id:channel_id>/close")
@requires(Permission.CAMPAIGN_MANAGE)
def close(campaign_id: int, channel_id: int) -> ResponseReturnValue:
    """Take nothing more by this door."""
    return _set_closed(campaign_id, channel_id, is_closed=True)


@blueprint.post("/<id:channel_id>/open")
@requires(Permission.CAMPAIGN_MANAGE)
def reopen(campaign_id: int, channel_id: int) -> ResponseReturnValue:
    """Take opinions by this door again."""
    return _set_closed(campaign_id, channel_id, is_closed=False)


def _set_closed(campaign_id: int, channel_id: int, *, is_closed: bool) -> ResponseReturnValue:
    with changing() as session:
        managed(campaign_id, to_change=True)
        found = managed_channel(campaign_id, channel_id)
        service.set_closed(session, found, is_closed=is_closed, now=now(), by=actor())
    return _done(campaign_id, "渠道已停用，已有的意见不受影响。" if is_closed else "渠道已恢复。")


def _done(campaign_id: int, said: str) -> ResponseReturnValue:
    flash(said)
    return redirect(url_for("channels.index", campaign_id=campaign_id))


def _offered(campaign_id: int, form: ChannelForm) -> ChannelForm:
    groups = term_rows(published(db.session, managed(campaign_id)), "respondent_group")
    return form.offer(all_units(db.session), {row.key: row.label for row in groups})


def managed_channel(campaign_id: int, channel_id: int) -> Channel:
    """A channel of a campaign the actor sets up; 404 for any other."""
    managed(campaign_id)
    try:
        return get_channel(db.session, campaign_id, channel_id)
    except UnknownChannelError:
        abort(404)
