"""Workbooks: asked for, watched while they are made, downloaded."""

from dataclasses import replace

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from feedback.base.domain.permission import Permission
from feedback.base.extensions import db
from feedback.base.models.job import Job
from feedback.base.runtime import now, settings
from feedback.base.web.change import changing
from feedback.base.web.headers import as_download
from feedback.base.web.marks import actor, requires
from feedback.campaigns.models.campaign import Campaign
from feedback.campaigns.queries.campaign import campaigns_for
from feedback.desk.domain.queue import QueueFilter
from feedback.desk.queries.filter_in_words import filter_in_words
from feedback.desk.queries.queue import count_exportable
from feedback.desk.web.forms.queue import QueueForm
from feedback.desk.web.queue import query_of, queue_filter
from feedback.workbooks.models import Export
from feedback.workbooks.queries.export import exports_of, own_export
from feedback.workbooks.services.export import request_export
from feedback.workbooks.web.forms import CreateForm

blueprint = Blueprint("exports", __name__, url_prefix="/exports")

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/")
@requires(Permission.EXPORT_CREATE)
def index() -> str:
    """The workbooks one asked for."""
    return render_template("workbooks/exports/index.html", exports=exports_of(db.session, actor()))


@blueprint.route("/create", methods=["GET", "POST"])
@requires(Permission.EXPORT_CREATE)
def create() -> ResponseReturnValue:
    """Say what the workbook will contain, then have it made."""
    form, wanted = CreateForm(), _filter_asked_for()
    described = filter_in_words(db.session, wanted)
    if request.method == "GET" or not form.validate():
        page = render_template(
            "workbooks/exports/create.html",
            form=form,
            described=described,
            count=count_exportable(db.session, wanted, actor()),
            campaign=db.session.get_one(Campaign, wanted.campaign_id),
            query=query_of(wanted),
        )
        return page, 200 if request.method == "GET" else 400
    with changing() as session:
        export = request_export(
            session, wanted, purpose=form.purpose.data or "", described=described, by=actor(), now=now()
        )
    return redirect(url_for("exports.show", export_id=export.id))


@blueprint.get("/<id:export_id>")
@requires(Permission.EXPORT_CREATE)
def show(export_id: int) -> str:
    """How far a workbook is."""
    export, job = _own(export_id)
    return render_template("workbooks/exports/show.html", export=export, job=job)


@blueprint.get("/<id:export_id>/progress")
@requires(Permission.EXPORT_CREATE)
def progress(export_id: int) -> Response:
    """How far a workbook is in numbers, for its page to ask again and again."""
    _, job = _own(export_id)
    return jsonify(status=job.status, done=job.done_count, total=job.total_count)


@blueprint.get("/<id:export_id>/download")
@requires(Permission.EXPORT_CREATE)
def download(export_id: int) -> Response:
    """The file, as an attachment that runs nothing."""
    export, _ = _own(export_id)
    path = settings().exports / (export.file_name or "none")
    if export.file_name is None or not path.is_file():
        abort(404)
    return as_download(send_file(path, mimetype=_XLSX), f"意见建议征集汇总表-{export.id}.xlsx")


def _filter_asked_for() -> QueueFilter:
    asked = QueueForm(request.args)
    campaigns = campaigns_for(db.session, actor())
    campaign = next((one for one in campaigns if one.id == asked.campaign.data), None)
    if campaign is None:
        abort(404)
    return replace(queue_filter(asked, campaign), is_trial=False)


def _own(export_id: int) -> tuple[Export, Job]:
    found = own_export(db.session, export_id, actor())
    if found is None:
        abort(404)
    return found
