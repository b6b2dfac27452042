"""Posters of one channel or of all, made by a worker."""

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from feedback.base.domain.permission import Permission
from feedback.base.domain.refusal import RefusalError
from feedback.base.extensions import db
from feedback.base.models.job import Job
from feedback.base.runtime import now, settings
from feedback.base.web.change import changing
from feedback.base.web.headers import as_download
from feedback.base.web.marks import actor, requires
from feedback.campaigns.models.channel import Channel
from feedback.campaigns.queries.campaign import current_content
from feedback.editing.web.campaigns import managed
from feedback.intake.web.doors import base_address
from feedback.outreach.adapters.drawing import draw_previews
from feedback.outreach.adapters.poster import characters_not_drawn
from feedback.outreach.domain.poster import DESIGN_LABELS, SIZE_LABELS, PosterDesign, PosterSize, file_name
from feedback.outreach.models.poster import PosterPrint
from feedback.outreach.queries.poster import get_print, printed_channels, prints_of
from feedback.outreach.services.poster import poster_of, posters_of, request_posters
from feedback.outreach.web.channels import managed_channel
from feedback.outreach.web.forms.posters import AllPostersForm, PosterForm

blueprint = Blueprint("posters", __name__, url_prefix="/campaigns/<id:campaign_id>")

PREVIEW_PX = 320
# For those who cannot scan.
NEEDED = {"phone": "联系电话", "address": "通信地址"}


@blueprint.route("/posters/", methods=["GET", "POST"])
@requires(Permission.CAMPAIGN_MANAGE)
def index(campaign_id: int) -> ResponseReturnValue:
    """The three designs, and an order for all channels."""
    form = AllPostersForm()
    if request.method == "GET" or not form.validate():
        return _index(campaign_id, form), 200 if request.method == "GET" else 400
    with changing(lambda refusal: _index(campaign_id, form, refusal)) as session:
        asked = request_posters(
            session,
            managed(campaign_id, to_change=True),
            PosterSize(form.size.data),
            PosterDesign(form.design.data),
            is_zip=form.bundle.data == "zip",
            base=base_address(),
            by=actor(),
            now=now(),
        )
    return redirect(url_for("posters.show", campaign_id=campaign_id, print_id=asked.id))


@blueprint.get("/posters/<id:print_id>")
@requires(Permission.CAMPAIGN_MANAGE)
def show(campaign_id: int, print_id: int) -> str:
    """How far an order is."""
    campaign = managed(campaign_id)
    asked, job = _found(campaign_id, print_id)
    is_there = asked.file_name is not None and (settings().exports / asked.file_name).is_file()
    return render_template(
        "outreach/posters/show.html",
        campaign=campaign,
        asked=asked,
        job=job,
        channel=_channel_of(asked),
        is_there=is_there,
        sizes=SIZE_LABELS,
        designs=DESIGN_LABELS,
    )


@blueprint.get("/posters/<id:print_id>/progress")
@requires(Permission.CAMPAIGN_MANAGE)
def progress(campaign_id: int, print_id: int) -> Response:
    """How far an order is in numbers, for its page to ask again and again."""
    managed(campaign_id)
    _, job = _found(campaign_id, print_id)
    return jsonify(status=job.status, done=job.done_count, total=job.total_count)


@blueprint.get("/posters/<id:print_id>/download")
@requires(Permission.CAMPAIGN_MANAGE)
def download(campaign_id: int, print_id: int) -> Response:
    """The file of an order."""
    campaign = managed(campaign_id)
    asked, _ = _found(campaign_id, print_id)
    whose = _channel_of(asked)
    path = settings().exports / (asked.file_name or "none")
    if not path.is_file():
        abort(404)
    name = f"{file_name(whose.name if whose else campaign.title)}-{SIZE_LABELS[PosterSize(asked.size)]}{path.suffix}"
    return as_download(send_file(path), name)


@blueprint.post("/channels/<id:channel_id>/poster")
@requires(Permission.CAMPAIGN_MANAGE)
def single(campaign_id: int, channel_id: int) -> ResponseReturnValue:
    """An order for the poster of one channel."""
    asked = PosterForm(request.form)
    if not asked.validate():
        abort(404)
    size, design = asked.chosen
    with changing() as session:
        campaign, channel = managed(campaign_id, to_change=True), managed_channel(campaign_id, channel_id)
        made = request_posters(
            session, campaign, size, design, channel=channel, base=base_address(), by=actor(), now=now()
        )
    return redirect(url_for("posters.show", campaign_id=campaign_id, print_id=made.id))


@blueprint.get("/channels/<id:channel_id>/poster")
@requires(Permission.CAMPAIGN_MANAGE)
def preview(campaign_id: int, channel_id: int) -> Response:
    """A small picture of one channel's poster."""
    campaign, channel = managed(campaign_id), managed_channel(campaign_id, channel_id)
    asked = PosterForm(request.args)
    if not asked.validate():
        abort(404)
    poster = poster_of(campaign, channel, current_content(db.session, campaign_id), base=base_address())
    pictures = draw_previews(poster, width_px=PREVIEW_PX, folder=settings().instance)
    return Response(pictures[asked.chosen[1]], mimetype="image/png")


def _index(campaign_id: int, form: AllPostersForm, refusal: RefusalError | None = None) -> str:
    campaign = managed(campaign_id)
    return render_template(
        "outreach/posters/index.html",
        campaign=campaign,
        form=form,
        refusal=refusal,
        channels=printed_channels(db.session, campaign),
        prints=prints_of(db.session, campaign_id),
        missing=[label for name, label in NEEDED.items() if not campaign.imprint.get(name)],
        not_drawn=characters_not_drawn(posters_of(db.session, campaign, base=base_address())),
        address=base_address(),
        sizes=SIZE_LABELS,
        designs=DESIGN_LABELS,
    )


def _channel_of(asked: PosterPrint) -> Channel | None:
    """Whose poster was ordered; None for all."""
    return None if asked.channel_id is None else db.session.get_one(Channel, asked.channel_id)


def _found(campaign_id: int, print_id: int) -> tuple[PosterPrint, Job]:
    found = get_print(db.session, campaign_id, print_id)
    if found is None:
        abort(404)
    return found
