"""The channels of a campaign: made one by one or from a list, changed, closed, and watched for dead doors."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from feedback.base.adapters.database import start_writing
from feedback.base.adapters.qr import picture
from feedback.base.domain.moment import china_day
from feedback.base.domain.permission import Permission
from feedback.base.domain.refusal import RefusalError
from feedback.base.extensions import db
from feedback.base.runtime import now
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
from feedback.people.web.forms.users import EmptyForm

blueprint = Blueprint("channels", __name__, url_prefix="/campaigns/<int(max=2147483647):campaign_id>/channels")

Act = Callable[[], Any]
Draw = Callable[[RefusalError | None], str]


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

    def act() -> None:
        found = managed(campaign_id, to_change=True)
        service.create_channel(db.session, found, form.details(), now=now(), by=actor())

    if request.method == "GET" or not form.validate():
        return draw(), 200 if request.method == "GET" else 400
    return _change(campaign_id, act, "渠道已建立。", draw)


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
    try:
        rows = form.channels()
    except RefusalError as refusal:
        return draw(refusal), 400

    def act() -> None:
        found = managed(campaign_id, to_change=True)
        service.create_channels(db.session, found, rows, now=now(), by=actor())

    return _change(campaign_id, act, "渠道已建立。", draw)


@blueprint.route("/<int(max=2147483647):channel_id>", methods=["GET", "POST"])
@requires(Permission.CAMPAIGN_MANAGE)
def edit(campaign_id: int, channel_id: int) -> ResponseReturnValue:
    """What is known of one channel; its code stays."""
    campaign, channel = managed(campaign_id), managed_channel(campaign_id, channel_id)
    form = _offered(campaign_id, ChannelForm(obj=channel))

    address = f"{base_address()}{url_for('public.form', code=channel.code)}"

    def draw(refusal: RefusalError | None = None) -> str:
        given = {"channel": channel, "address": address, "picture": picture(address), "poster": PosterForm()}
        return render_template("outreach/channels/edit.html", campaign=campaign, form=form, refusal=refusal, **given)

    def act() -> None:
        managed(campaign_id, to_change=True)
        found = managed_channel(campaign_id, channel_id)
        service.change_channel(db.session, found, form.details(), now=now(), by=actor())

    if request.method == "GET" or not form.validate():
        return draw(), 200 if request.method == "GET" else 400
    return _change(campaign_id, act, "已保存。", draw)


@blueprint.post("/<int(max=2147483647):channel_id>/close")
@requires(Permission.CAMPAIGN_MANAGE)
def close(campaign_id: int, channel_id: int) -> ResponseReturnValue:
    """Take nothing more by this door."""
    return _set_closed(campaign_id, channel_id, is_closed=True)


@blueprint.post("/<int(max=2147483647):channel_id>/open")
@requires(Permission.CAMPAIGN_MANAGE)
def reopen(campaign_id: int, channel_id: int) -> ResponseReturnValue:
    """Take opinions by this door again."""
    return _set_closed(campaign_id, channel_id, is_closed=False)


def _set_closed(campaign_id: int, channel_id: int, *, is_closed: bool) -> ResponseReturnValue:
    if not EmptyForm().validate():
        abort(400)

    def act() -> None:
        managed(campaign_id, to_change=True)
        found = managed_channel(campaign_id, channel_id)
        service.set_closed(db.session, found, is_closed=is_closed, now=now(), by=actor())

    return _change(campaign_id, act, "渠道已停用，已有的意见不受影响。" if is_closed else "渠道已恢复。")


def _change(campaign_id: int, act: Act, done: str, again: Draw | None = None) -> ResponseReturnValue:
    """Act in one write transaction and go back to the list; a refusal gives everything typed back."""
    start_writing(db.session)
    try:
        act()
    except RefusalError as refusal:
        db.session.rollback()
        if again is None:
            raise
        return again(refusal), 400
    db.session.commit()
    flash(done)
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
