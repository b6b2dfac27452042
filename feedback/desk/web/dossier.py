"""The page of one submission: what is known of it, and every form to decide about it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import render_template, request

from feedback.base.domain.moment import china_day
from feedback.base.domain.permission import Permission
from feedback.base.domain.refusal import RefusalError
from feedback.base.extensions import db
from feedback.base.runtime import keys, now, settings
from feedback.base.web.forms import PageForm
from feedback.base.web.marks import actor
from feedback.campaigns.domain.campaign import CampaignContent
from feedback.campaigns.models.campaign import Campaign
from feedback.campaigns.queries.campaign import all_units, current_content, version_content
from feedback.cases.domain.contact import masked_name, masked_phone
from feedback.cases.domain.deadline import due_on
from feedback.cases.domain.disclosure import disclosed
from feedback.cases.domain.submission import Status, allowed_actions
from feedback.cases.models.submission import Submission
from feedback.cases.queries.duplicate import likes_of, number_of, parts_of
from feedback.cases.queries.record import opened_contact
from feedback.cases.queries.submission import get_submission, is_permitted
from feedback.desk.domain.queue import QueueFilter
from feedback.desk.queries.dossier import Dossier, claimed_by, load_dossier, seconds_to_undo, waiting_for
from feedback.desk.web.actions import Button, offered, permitted
from feedback.desk.web.canned_answers import ready_texts
from feedback.desk.web.forms.moderation import (
    CLASSIFYING_SETS,
    CaseForm,
    ClassifyForm,
    DecisionForm,
    ReferForm,
    ReplyForm,
)
from feedback.desk.web.forms.queue import QueueForm
from feedback.desk.web.queue import query_of, queue_filter, words_of

Labels = dict[str, dict[str, str]]
Forms = Mapping[str, PageForm]

_ASKED = (Permission.SUBMISSION_DECIDE, Permission.CONTACT_READ)


def carried(submission: Submission) -> str:
    """The filter of the queue one came from, which every address of the page carries along."""
    if not request.args:
        return ""
    campaign = db.session.get_one(Campaign, submission.campaign_id)
    return f"?{query_of(queue_filter(QueueForm(request.args), campaign))}"


def _own_queue(submission: Submission) -> QueueFilter:
    """The queue a submission is in, for whoever came from none."""
    return QueueFilter(submission.campaign_id, status=Status(submission.status))


def page(
    number: str,
    *,
    form: PageForm | None = None,
    refusal: RefusalError | None = None,
    advice: str = "",
    is_contact_open: bool = False,
) -> str:
    """Draw it; `form` is the one that was just sent, with what was typed and what is wrong with it."""
    submission = get_submission(db.session, number, actor())
    dossier = load_dossier(db.session, submission, actor())
    words = words_of(submission.campaign_id)
    moment = now()
    content = version_content(db.session, submission.campaign_version_id)
    may = {one: is_permitted(db.session, submission, actor(), one) for one in _ASKED}
    decides = may[Permission.SUBMISSION_DECIDE]
    buttons = permitted(lambda permission: may[permission])
    return render_template(
        "desk/moderation/show.html",
        dossier=dossier,
        submission=submission,
        buttons=buttons,
        offered=offered(buttons.values(), allowed_actions(Status(submission.status)), form),
        forms=_forms(buttons, dossier, form, words["labels"]),
        sent=form,
        refusal=refusal,
        advice=advice,
        contact=_contact_shown(dossier, is_open=is_contact_open) if may[Permission.CONTACT_READ] else None,
        is_contact_open=is_contact_open,
        carried=carried(submission),
        behind=carried(submission) or f"?{query_of(_own_queue(submission))}",
        content=content,
        today=china_day(moment),
        tag_labels=[words["labels"]["tag"].get(key, key) for key in dossier.tags],
        canned=ready_texts(submission, units=words["units"], organiser=content.organiser),
        may_decide=decides,
        disclosure=disclosed(submission.status, reads=True, decides=decides, on_own_page=True),
        may_read_contact=may[Permission.CONTACT_READ],
        **_under_way(submission, moment),
        **_relatives(submission),
        **words,
    )


def _under_way(submission: Submission, moment: datetime) -> dict[str, Any]:
    """Who works on it, what was proposed, and for how long the actor may still undo their own decision."""
    return {
        "waiting": waiting_for(db.session, submission, actor()),
        "claimed_by": claimed_by(db.session, submission, now=moment),
        "undo_seconds": seconds_to_undo(db.session, submission, actor(), now=moment, within=settings().undo),
    }


def _relatives(submission: Submission) -> dict[str, Any]:
    """Which others say the same: suspected, merged into it, or what it was merged into."""
    return {
        "likes": likes_of(db.session, submission, actor()),
        "parts": parts_of(db.session, submission, actor()),
        "merged_into": number_of(db.session, submission.merged_into_id, actor()),
    }


def _forms(buttons: Mapping[str, Button], dossier: Dossier, sent: PageForm | None, labels: Labels) -> Forms:
    """The forms of some buttons: the one just sent as it was sent, the others fresh, all on the version now shown."""
    submission = dossier.submission
    content, units = current_content(db.session, submission.campaign_id), unit_choices()
    begun: dict[type[PageForm], dict[str, Any]] = {
        ReferForm: _referred(submission),
        ReplyForm: {"summary": submission.summary},
        ClassifyForm: _classified(dossier),
    }
    kinds = dict.fromkeys(button.form for button in buttons.values())
    made = {kind: sent if type(sent) is kind else kind(formdata=None, **begun.get(kind, {})) for kind in kinds}
    for form in made.values():
        # Also the one that was sent: a form that was restored has no choices yet.
        if isinstance(form, ReplyForm | CaseForm):
            form.offer(content)
        elif isinstance(form, ReferForm):
            form.offer(units)
        elif isinstance(form, ClassifyForm):
            form.offer(terms_for(submission, dossier.tags, content, labels), units)
        if isinstance(form, DecisionForm):
            form.version.data, form.version.raw_data = submission.version, None
    return {name: made[button.form] for name, button in buttons.items()}


def terms_for(submission: Submission, tags: list[str], content: CampaignContent, known: Labels) -> Labels:
    """The terms asked for now, and the one the submission has, which a newer version may have dropped."""
    terms = {}
    for name in CLASSIFYING_SETS:
        present = getattr(submission, name)
        kept = {present: known[name].get(present, present)} if present else {}
        terms[name] = {**kept, **content.labels(name)}
    present = dict.fromkeys(tags, "")
    terms["tag"] = {**{key: known["tag"].get(key, key) for key in present}, **content.labels("tag")}
    return terms


def _referred(submission: Submission) -> dict[str, Any]:
    """What a referral begins with: the unit that is responsible, and the day the campaign's deadline leads to."""
    deadlines = db.session.get_one(Campaign, submission.campaign_id).deadlines
    day = due_on(Status.REFERRED, deadlines, china_day(now()))
    return {"unit": str(submission.responsible_unit_id or ""), "due_on": day}


def _classified(dossier: Dossier) -> dict[str, Any]:
    submission = dossier.submission
    return {
        "category": submission.category or "",
        "task": submission.task or "",
        "issue_nature": submission.issue_nature or "",
        "responsible_unit": str(submission.responsible_unit_id or ""),
        "units": [str(unit_id) for unit_id in dossier.unit_ids],
        "responsible_person": submission.responsible_person or "",
        "priority": submission.priority,
        "tags": dossier.tags,
    }


def unit_choices() -> list[tuple[int, str]]:
    """Units indented by their depth in the tree."""
    return [(unit.id, "　" * (unit.path.count("/") - 2) + unit.name) for unit in all_units(db.session)]


def _contact_shown(dossier: Dossier, *, is_open: bool) -> dict[str, str] | None:
    """Name and phone, masked until somebody gave a reason for seeing them."""
    if dossier.contact is None:
        return None
    clear = opened_contact(dossier.contact, keys())
    masks = {"name": masked_name, "phone": masked_phone}
    return clear if is_open else {column: masks[column](value) for column, value in clear.items()}
