"""Keeping the filter that is in the address under a name."""

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from feedback.base.domain.permission import Permission
from feedback.base.domain.refusal import RefusalError
from feedback.base.extensions import db
from feedback.base.web.change import changing
from feedback.base.web.marks import actor, requires
from feedback.campaigns.queries.campaign import campaigns_for
from feedback.desk.domain.queue import QueueFilter
from feedback.desk.models.saved_filter import SavedFilter
from feedback.desk.queries.saved_filter import find_own_filter
from feedback.desk.services import saved_filter
from feedback.desk.web.forms.queue import QueueForm
from feedback.desk.web.forms.saved_filters import SavedFilterForm
from feedback.desk.web.queue import desk, query_of, queue_filter

blueprint = Blueprint("saved_filters", __name__, url_prefix="/saved-filters")


@blueprint.post("/create")
@requires(Permission.SUBMISSION_READ)
def create() -> ResponseReturnValue:
    """保存筛选."""
    wanted, form = _wanted(), SavedFilterForm()
    if not form.validate():
        return desk(form)
    with changing(lambda refusal: _refused(form, refusal)) as session:
        saved_filter.save(session, wanted, name=form.name.data or "", is_shared=form.is_shared.data, by=actor())
    return _done(wanted, "已保存筛选。")


@blueprint.post("/<id:filter_id>/rename")
@requires(Permission.SUBMISSION_READ)
def rename(filter_id: int) -> ResponseReturnValue:
    """Call one's own otherwise, share it, or share it no longer."""
    wanted, form = _wanted(), SavedFilterForm()
    if not form.validate():
        return desk(form)
    with changing(lambda refusal: _refused(form, refusal)) as session:
        saved_filter.rename(session, _own(filter_id), name=form.name.data or "", is_shared=form.is_shared.data)
    return _done(wanted, "已保存筛选。")


@blueprint.post("/<id:filter_id>/delete")
@requires(Permission.SUBMISSION_READ)
def delete(filter_id: int) -> ResponseReturnValue:
    """Keep one's own no longer."""
    wanted = _wanted()
    with changing() as session:
        saved_filter.delete(session, _own(filter_id))
    return _done(wanted, "已删除这个筛选。")


def _refused(form: SavedFilterForm, refusal: RefusalError) -> ResponseReturnValue:
    form.name.errors = [refusal.message]
    return desk(form)


def _done(wanted: QueueFilter, said: str) -> ResponseReturnValue:
    flash(said)
    return redirect(f"{url_for('queue.index')}?{query_of(wanted)}")


def _wanted() -> QueueFilter:
    asked = QueueForm(request.args)
    campaign = next((one for one in campaigns_for(db.session, actor()) if one.id == asked.campaign.data), None)
    return queue_filter(asked, campaign or abort(404))


def _own(filter_id: int) -> SavedFilter:
    return find_own_filter(db.session, filter_id, actor()) or abort(404)
