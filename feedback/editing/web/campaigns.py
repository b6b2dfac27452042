"""Campaigns: made, given their days and rules, opened, closed, put away; and taken along as a file."""

import json
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from feedback.base.adapters.files import default_campaign
from feedback.base.domain.colour import STANDARD_ACCENT, checked_accent
from feedback.base.domain.permission import Permission
from feedback.base.domain.refusal import RefusalError
from feedback.base.extensions import db
from feedback.base.models.unit import Unit
from feedback.base.runtime import now
from feedback.base.web.change import Draw, changing, refusing, status_of
from feedback.base.web.headers import framing_policy
from feedback.base.web.marks import actor, requires
from feedback.base.web.requests import takes_files
from feedback.campaigns.domain.campaign import CampaignSettings
from feedback.campaigns.domain.second_person import SecondPerson
from feedback.campaigns.models.campaign import Campaign
from feedback.campaigns.queries.campaign import (
    UnknownCampaignError,
    campaigns_for,
    channels_of,
    get_managed,
    units_run_by,
)
from feedback.cases.services.erasure import erase_later
from feedback.editing.adapters.logo import logo_of
from feedback.editing.domain.campaign_edit import differences, digest, section_rows
from feedback.editing.services import campaign as service
from feedback.editing.services.campaign_edit import edited, published
from feedback.editing.services.campaign_setup import import_campaign, setup_of
from feedback.editing.web.forms import (
    DEADLINE_LABELS,
    AppearanceForm,
    CreateCampaignForm,
    ImportCampaignForm,
    ImprintForm,
    SettingsForm,
)

blueprint = Blueprint("campaigns", __name__, url_prefix="/campaigns")


@blueprint.get("/")
@requires(Permission.CAMPAIGN_MANAGE)
def index() -> str:
    """Every campaign one sets up, the newest first."""
    return render_template("editing/campaigns/index.html", campaigns=campaigns_for(db.session, actor(), _MANAGE))


@blueprint.route("/create", methods=["GET", "POST"])
@requires(Permission.CAMPAIGN_MANAGE)
def create() -> ResponseReturnValue:
    """A draft like the pattern or like another campaign."""
    campaigns = campaigns_for(db.session, actor(), _MANAGE)
    form = CreateCampaignForm().offer(units_run_by(db.session, actor()), campaigns)
    if request.method == "GET" or not form.validate():
        return _made(form), 200 if request.method == "GET" else 400
    copied = next((one for one in campaigns if one.id == form.pattern.data), None)
    data = setup_of(db.session, copied) if copied else default_campaign()
    data["content"] = {**data["content"], "title": (form.title.data or "").strip()}
    return _import({**data, "channels": []}, form.unit.data, lambda refusal: _made(form, refusal))


@blueprint.route("/import", methods=["GET", "POST"])
@requires(Permission.CAMPAIGN_MANAGE)
def import_file() -> ResponseReturnValue:
    """A draft out of a file."""
    form = ImportCampaignForm().offer(units_run_by(db.session, actor()))
    if request.method == "GET" or not form.validate():
        return _imported(form), 200 if request.method == "GET" else 400
    return _import(form.values(), form.unit.data, lambda refusal: _imported(form, refusal))


@blueprint.get("/<id:campaign_id>")
@requires(Permission.CAMPAIGN_MANAGE)
def show(campaign_id: int) -> ResponseReturnValue:
    """One campaign: what it asks, what waits to be published, and what can be done."""
    return _page(campaign_id)


@blueprint.get("/<id:campaign_id>/export")
@requires(Permission.CAMPAIGN_MANAGE)
def export(campaign_id: int) -> Response:
    """The whole set-up as a file."""
    campaign = managed(campaign_id)
    text = json.dumps(setup_of(db.session, campaign), ensure_ascii=False, indent=2)
    name = f"campaign-{campaign.code}.json"
    return Response(
        text, mimetype="application/json", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@blueprint.route("/<id:campaign_id>/settings", methods=["GET", "POST"])
@requires(Permission.CAMPAIGN_MANAGE)
def settings(campaign_id: int) -> ResponseReturnValue:
    """Days, phase, deadlines, retention, second person."""
    campaign = managed(campaign_id)
    form = SettingsForm(data={**_values(campaign), **campaign.deadlines})
    if request.method == "GET" or not form.validate():
        return _settings(campaign, form), 200 if request.method == "GET" else 400
    by, moment, rule = actor(), now(), SecondPerson(form.second_person.data)
    with changing(lambda refusal: _settings(campaign, form, refusal)) as session:
        found = managed(campaign_id, to_change=True)
        days = {**found.deadlines, **form.deadlines()}
        chosen = CampaignSettings(form.phase.data, days, form.retention_months.data or 0, found.imprint)
        service.schedule_campaign(
            session, found, opens_on=form.opens_on.data, closes_on=form.closes_on.data, now=moment, by=by
        )
        service.change_settings(session, found, chosen, now=moment, by=by)
        if rule != found.second_person:
            service.set_second_person(session, found, rule, now=moment, by=by)
    return _done(campaign_id, f"已保存。{form.advice()}")


@blueprint.route("/<id:campaign_id>/imprint", methods=["GET", "POST"])
@requires(Permission.CAMPAIGN_MANAGE)
def imprint(campaign_id: int) -> ResponseReturnValue:
    """Who runs the public pages and how to reach them."""
    campaign = managed(campaign_id)
    form = ImprintForm(data=campaign.imprint)
    if request.method == "GET" or not form.validate():
        page = render_template("editing/campaigns/imprint.html", campaign=campaign, form=form)
        return page, 200 if request.method == "GET" else 400
    with changing(lambda refusal: _page(campaign_id, refusal)) as session:
        found = managed(campaign_id, to_change=True)
        kept = {name: value for name, value in found.imprint.items() if name not in form}
        chosen = CampaignSettings(found.phase, found.deadlines, found.retention_months, {**kept, **form.values()})
        service.change_settings(session, found, chosen, by=actor(), now=now())
    return _done(campaign_id, "已保存。")


@blueprint.route("/<id:campaign_id>/appearance", methods=["GET", "POST"])
@requires(Permission.CAMPAIGN_MANAGE)
@takes_files
def appearance(campaign_id: int) -> ResponseReturnValue:
    """The accent of the public pages and posters, and a small logo in place of the door."""
    campaign = managed(campaign_id)
    form = AppearanceForm(accent=campaign.imprint.get("accent", STANDARD_ACCENT))

    def draw(refusal: RefusalError | None = None) -> str:
        return render_template("editing/campaigns/appearance.html", campaign=campaign, form=form, refusal=refusal)

    if request.method == "GET" or not form.validate():
        return draw(), 200 if request.method == "GET" else 400
    with refusing(draw):
        look = {"accent": checked_accent(form.accent.data or ""), "logo": _logo(campaign, form)}
    with changing(draw) as session:
        found = managed(campaign_id, to_change=True)
        kept = {name: value for name, value in {**found.imprint, **look}.items() if value}
        chosen = CampaignSettings(found.phase, found.deadlines, found.retention_months, kept)
        service.change_settings(session, found, chosen, by=actor(), now=now())
    return _done(campaign_id, "已保存。")


@blueprint.post("/<id:campaign_id>/open")
@requires(Permission.CAMPAIGN_MANAGE)
def open_campaign(campaign_id: int) -> ResponseReturnValue:
    """Begin collecting; every trial entry is erased."""
    with changing(lambda refusal: _page(campaign_id, refusal)) as session:
        if service.open_campaign(session, managed(campaign_id, to_change=True), now=now(), by=actor()):
            erase_later(session, now=now())
    return _done(campaign_id, "已开始征集，试填的内容已清除。")


@blueprint.post("/<id:campaign_id>/close")
@requires(Permission.CAMPAIGN_MANAGE)
def close(campaign_id: int) -> ResponseReturnValue:
    """Stop collecting."""
    with changing(lambda refusal: _page(campaign_id, refusal)) as session:
        service.close_campaign(session, managed(campaign_id, to_change=True), now=now(), by=actor())
    return _done(campaign_id, "已结束征集。查询进度和答复不受影响。")


@blueprint.post("/<id:campaign_id>/archive")
@requires(Permission.CAMPAIGN_MANAGE)
def archive(campaign_id: int) -> ResponseReturnValue:
    """Put away what is closed."""
    with changing(lambda refusal: _page(campaign_id, refusal)) as session:
        service.archive_campaign(session, managed(campaign_id, to_change=True), now=now(), by=actor())
    return _done(campaign_id, "已归档。")


def managed(campaign_id: int, *, to_change: bool = False) -> Campaign:
    """A campaign the actor sets up; 404 for any other."""
    try:
        return get_managed(db.session, campaign_id, actor(), to_change=to_change)
    except UnknownCampaignError:
        abort(404)


_MANAGE = Permission.CAMPAIGN_MANAGE


def _done(campaign_id: int, said: str) -> ResponseReturnValue:
    flash(said)
    return redirect(url_for("campaigns.show", campaign_id=campaign_id))


def _logo(campaign: Campaign, form: AppearanceForm) -> str:
    if form.is_without_logo.data:
        return ""
    upload = form.upload()
    return logo_of(upload) if upload else campaign.imprint.get("logo", "")


def _import(data: Any, unit_id: int, draw: Draw) -> ResponseReturnValue:
    with changing(draw) as session:
        unit = session.get_one(Unit, unit_id)
        campaign = import_campaign(session, data, unit=unit, by=actor(), now=now())
    return _done(campaign.id, "已建立，是草稿：可以试填，开始征集时清除。")


def _page(campaign_id: int, refusal: RefusalError | None = None) -> ResponseReturnValue:
    campaign = managed(campaign_id)
    content = edited(db.session, campaign)
    page = render_template(
        "editing/campaigns/show.html",
        campaign=campaign,
        content=content,
        seen_digest=digest(content),
        waiting=differences(published(db.session, campaign), content) if campaign.draft_content else [],
        channels=channels_of(db.session, campaign_id),
        sections=len(section_rows(content)),
        refusal=refusal,
    )
    return page, status_of(refusal) if refusal else 200, {"Content-Security-Policy": framing_policy()}


def _made(form: CreateCampaignForm, refusal: RefusalError | None = None) -> str:
    return render_template("editing/campaigns/create.html", form=form, refusal=refusal)


def _imported(form: ImportCampaignForm, refusal: RefusalError | None = None) -> str:
    return render_template("editing/campaigns/import_file.html", form=form, refusal=refusal)


def _settings(campaign: Campaign, form: SettingsForm, refusal: RefusalError | None = None) -> str:
    return render_template(
        "editing/campaigns/settings.html",
        campaign=campaign,
        form=form,
        refusal=refusal,
        deadline_labels=DEADLINE_LABELS,
    )


def _values(campaign: Campaign) -> dict[str, Any]:
    names = ("phase", "opens_on", "closes_on", "retention_months", "second_person")
    return {name: getattr(campaign, name) for name in names}
