"""What a campaign asks, part by part: kept beside the newest version until it is published."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from feedback.base.domain.permission import Permission
from feedback.base.domain.refusal import RefusalError
from feedback.base.extensions import db
from feedback.base.runtime import now
from feedback.base.web.change import Draw, changing
from feedback.base.web.headers import framed_policy
from feedback.base.web.marks import actor, requires
from feedback.campaigns.domain.campaign import CITIZEN_SETS, CampaignContent
from feedback.campaigns.domain.question import QUESTION_KIND_LABELS, QuestionKind
from feedback.editing.domain.campaign_edit import (
    SET_LABELS,
    STANDARD_ROWS,
    Content,
    QuestionRow,
    SectionRow,
    TermRow,
    asked_in,
    digest,
    question_rows,
    rearranged,
    section_rows,
    term_rows,
    with_asked,
    with_privacy,
    with_questions,
    with_set,
    with_texts,
)
from feedback.editing.services.campaign_edit import EditConflictError, discard, edit, edited, publish
from feedback.editing.web.campaigns import managed
from feedback.editing.web.forms import TextsForm, sent_asked, sent_questions, sent_sections, sent_terms
from feedback.intake.web.doors import use_accent
from feedback.intake.web.forms import make_opinion_form

blueprint = Blueprint("campaign_edit", __name__, url_prefix="/campaigns/<id:campaign_id>/edit")

Change = Callable[[Content], Content]


@blueprint.route("/texts", methods=["GET", "POST"])
@requires(Permission.CAMPAIGN_MANAGE)
def texts(campaign_id: int) -> ResponseReturnValue:
    """Title, who asks, and what is said on the form."""
    form = TextsForm(data=_content(campaign_id))

    def draw(refusal: RefusalError | None = None) -> str:
        return _draw(campaign_id, "editing/campaign_edit/texts.html", form=form, refusal=refusal)

    if request.method == "GET" or not form.validate():
        return draw(), 200 if request.method == "GET" else 400
    return _keep(campaign_id, lambda content: with_texts(content, form.texts()), draw)


@blueprint.route("/sets/<name>", methods=["GET", "POST"])
@requires(Permission.CAMPAIGN_MANAGE)
def terms(campaign_id: int, name: str) -> ResponseReturnValue:
    """The terms of one set, in their order."""
    if name not in SET_LABELS:
        abort(404)
    rows = sent_terms(request.form) if request.method == "POST" else term_rows(_content(campaign_id), name)

    def draw(refusal: RefusalError | None = None, shown: Sequence[TermRow] = rows) -> str:
        return _draw(
            campaign_id,
            "editing/campaign_edit/terms.html",
            name=name,
            rows=shown,
            refusal=refusal,
            is_asked=name in CITIZEN_SETS,
        )

    order = request.form.get("order")
    if request.method == "GET" or order:
        return draw(None, rearranged(rows, order or "", fresh=TermRow("", "")))
    return _keep(campaign_id, lambda content: with_set(content, name, rows), draw)


@blueprint.route("/asked", methods=["GET", "POST"])
@requires(Permission.CAMPAIGN_MANAGE)
def asked(campaign_id: int) -> ResponseReturnValue:
    """Which sets the form asks about, in which order."""
    content = _content(campaign_id)
    chosen = sent_asked(request.form) if request.method == "POST" else asked_in(content)
    # Each set once, whatever was sent: what is none is on no page.
    sent = [*request.form.getlist("name"), *chosen, *CITIZEN_SETS]
    listed = [name for name in dict.fromkeys(sent) if name in CITIZEN_SETS]

    def draw(refusal: RefusalError | None = None, names: Sequence[str] = listed) -> str:
        return _draw(campaign_id, "editing/campaign_edit/asked.html", names=names, chosen=chosen, refusal=refusal)

    order = request.form.get("order")
    if request.method == "GET" or order:
        return draw(None, rearranged(listed, order or ""))
    return _keep(campaign_id, lambda content: with_asked(content, chosen), draw)


@blueprint.route("/questions", methods=["GET", "POST"])
@requires(Permission.CAMPAIGN_MANAGE)
def questions(campaign_id: int) -> ResponseReturnValue:
    """The extra questions, in their order."""
    rows = sent_questions(request.form) if request.method == "POST" else question_rows(_content(campaign_id))

    def draw(refusal: RefusalError | None = None, shown: Sequence[QuestionRow] = rows) -> str:
        groups = {row.key: row.label for row in term_rows(_content(campaign_id), "respondent_group")}
        page, kinds = "editing/campaign_edit/questions.html", QUESTION_KIND_LABELS
        return _draw(campaign_id, page, rows=shown, refusal=refusal, groups=groups, kinds=kinds)

    order = request.form.get("order")
    if request.method == "GET" or order:
        return draw(None, rearranged(rows, order or "", fresh=QuestionRow("", QuestionKind.SINGLE_CHOICE, "")))
    return _keep(campaign_id, lambda content: with_questions(content, rows), draw)


@blueprint.route("/privacy", methods=["GET", "POST"])
@requires(Permission.CAMPAIGN_MANAGE)
def privacy(campaign_id: int) -> ResponseReturnValue:
    """The sections of the privacy notice, in their order."""
    rows = sent_sections(request.form) if request.method == "POST" else section_rows(_content(campaign_id))

    def draw(refusal: RefusalError | None = None, shown: Sequence[SectionRow] = rows) -> str:
        return _draw(campaign_id, "editing/campaign_edit/privacy.html", rows=shown, refusal=refusal)

    order = request.form.get("order")
    if order == "standard":
        return draw(None, STANDARD_ROWS)
    if request.method == "GET" or order:
        return draw(None, rearranged(rows, order or "", fresh=SectionRow("", "")))
    return _keep(campaign_id, lambda content: with_privacy(content, rows), draw)


@blueprint.get("/preview")
@requires(Permission.CAMPAIGN_MANAGE)
def preview(campaign_id: int) -> ResponseReturnValue:
    """The form as citizens will see it; it sends nothing."""
    campaign = managed(campaign_id)
    content = CampaignContent.from_json(edited(db.session, campaign))
    use_accent(campaign.imprint)
    page = render_template(
        "intake/public/form.html",
        form=make_opinion_form(content)(formdata=None),
        content=content,
        title=content.title,
        organiser=content.organiser,
        imprint=campaign.imprint,
        door={"code": "preview", "is_kiosk": True, "has_group_codes": False},
        is_trial=False,
        nonce="",
        token="",
        advice="",
        had_files=False,
        is_preview=True,
    )
    return page, {"Content-Security-Policy": framed_policy()}


@blueprint.post("/publish")
@requires(Permission.CAMPAIGN_MANAGE)
def publish_changes(campaign_id: int) -> ResponseReturnValue:
    """Let citizens see what was changed; what was answered before keeps its questions."""

    def draw(refusal: RefusalError) -> ResponseReturnValue:
        overtaken = "同事刚才又改了内容，没有发布。请看过下面的改动再发布。"
        flash(overtaken if isinstance(refusal, EditConflictError) else f"没有发布。{refusal.message}")
        return redirect(url_for("campaigns.show", campaign_id=campaign_id))

    with changing(draw) as session:
        campaign = managed(campaign_id, to_change=True)
        number = publish(session, campaign, seen_digest=request.form.get("seen", ""), by=actor(), now=now())
    flash(f"已发布第 {number} 版。以前收到的意见仍按原来的题目保存。" if number else "没有要发布的改动。")
    return redirect(url_for("campaigns.show", campaign_id=campaign_id))


@blueprint.post("/discard")
@requires(Permission.CAMPAIGN_MANAGE)
def discard_changes(campaign_id: int) -> ResponseReturnValue:
    """Forget what was changed and not published."""
    with changing():
        discard(managed(campaign_id, to_change=True))
    flash("没有发布的改动已放弃。")
    return redirect(url_for("campaigns.show", campaign_id=campaign_id))


def _content(campaign_id: int) -> dict[str, Any]:
    return edited(db.session, managed(campaign_id))


def _draw(campaign_id: int, template: str, **values: Any) -> str:
    """A page of one part; what is typed next is compared with what the campaign says now."""
    campaign = managed(campaign_id)
    seen_digest = digest(edited(db.session, campaign))
    if request.method == "POST" and not isinstance(values.get("refusal"), EditConflictError):
        seen_digest = request.form.get("seen", seen_digest)
    return render_template(template, campaign=campaign, seen_digest=seen_digest, set_labels=SET_LABELS, **values)


def _keep(campaign_id: int, change: Change, draw: Draw) -> ResponseReturnValue:
    """Keep a change in one write transaction; a refusal gives everything typed back."""
    with changing(draw) as session:
        campaign = managed(campaign_id, to_change=True)
        edit(session, campaign, change(edited(session, campaign)), seen_digest=request.form.get("seen", ""))
    flash("已保存，还没有发布。")
    return redirect(url_for("campaigns.show", campaign_id=campaign_id))
