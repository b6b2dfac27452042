"""The page of one submission: what is known of it, and every form to decide about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import render_template, request

from feedback.base.domain.moment import china_day
from feedback.base.domain.permission import Permission
from feedback.base.domain.refusal import RefusalError
from feedback.base.extensions import db
from feedback.base.models.unit import Unit
from feedback.base.runtime import keys, now, settings
from feedback.base.web.forms import PageForm, indented
from feedback.base.web.marks import actor
from feedback.campaigns.domain.campaign import CampaignContent
from feedback.campaigns.models.campaign import Campaign
from feedback.campaigns.queries.campaign import all_units, newest_content_and_labels, version_content
from feedback.cases.domain.contact import masked_name, masked_phone
from feedback.cases.domain.deadline import due_on
from feedback.cases.domain.disclosure import disclosed
from feedback.cases.domain.submission import Status, allowed_actions
from feedback.cases.models.submission import Submission
from feedback.cases.queries.duplicate import likes_of, number_of, parts_of
from feedback.cases.queries.record import opened_contact
from feedback.desk.domain.queue import QueueFilter
from feedback.desk.queries.dossier import Dossier, OpenCase, load_dossier, open_case, waiting_for
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
from feedback.desk.web.queue import query_of, queue_filter

Labels = dict[str, dict[str, str]]
Forms = Mapping[str, PageForm]


def carried(submission: Submission) -> str:
    """The filter of the queue one came from, which every address of the page carries along."""
    if not request.args:
        return ""
    campaign = db.session.get_one(Campaign, submission.campaign_id)
    return f"?{query_of(queue_filter(QueueForm(request.args), campaign))}"


def _own_queue(submission: Submission) -> QueueFilter:
    """The queue a submission is in, for those who came from none."""
    return QueueFilter(submission.campaign_id, status=Status(submission.status))


def page(
    number: str,
    *,
    case: OpenCase | None = None,
    form: PageForm | None = None,
    refusal: RefusalError | None = None,
    advice: str = "",
    is_contact_open: bool = False,
) -> str:
    """Draw it; `case` is what was opened already, `form` the one that was just sent, with what is wrong with it."""
    case = case or open_case(db.session, number, actor())
    submission, moment = case.submission, now()
    dossier, words = load_dossier(db.session, case, actor()), _words(submission)
    return render_template(
        "desk/moderation/show.html",
        dossier=dossier,
        case=case,
        submission=submission,
        sent=form,
        refusal=refusal,
        advice=advice,
        carried=carried(submission),
        behind=carried(submission) or f"?{query_of(_own_queue(submission))}",
        today=china_day(moment),
        claimed_by=case.claimed_by(moment),
        undo_seconds=dossier.seconds_to_undo(actor(), now=moment, within=settings().undo),
        waiting=waiting_for(db.session, case, actor()),
        is_contact_open=is_contact_open,
        **_rights(case, is_contact_open=is_contact_open),
        **_buttons(case, dossier, form, words),
        **_relatives(case),
        content=words.content,
        labels=words.labels,
        units=words.units,
    )


@dataclass(frozen=True)
class Words:
    """What keys and ids mean on a page: what its version asked, what the campaign says now, labels, and units."""

    content: CampaignContent
    newest: CampaignContent
    labels: Labels
    units: dict[int, str]
    choices: list[tuple[int, str]]


def _words(submission: Submission) -> Words:
    units = all_units(db.session)
    newest, labels = newest_content_and_labels(db.session, submission.campaign_id)
    content = version_content(db.session, submission.campaign_version_id)
    return Words(content, newest, labels, {unit.id: unit.name for unit in units}, unit_choices(units))


def _rights(case: OpenCase, *, is_contact_open: bool) -> dict[str, Any]:
    decides, reads_contact = (one in case.rights for one in (Permission.SUBMISSION_DECIDE, Permission.CONTACT_READ))
    return {
        "may_decide": decides,
        "may_read_contact": reads_contact,
        "disclosure": disclosed(case.submission.status, reads=True, decides=decides, on_own_page=True),
        "contact": _contact_shown(case, is_open=is_contact_open) if reads_contact else None,
    }


def _buttons(case: OpenCase, dossier: Dossier, sent: PageForm | None, words: Words) -> dict[str, Any]:
    """What can be pressed, with which forms, and the texts that are ready for them."""
    submission, buttons = case.submission, permitted(lambda permission: permission in case.rights)
    canned = ready_texts(submission, units=words.units, organiser=words.content.organiser) if "reply" in buttons else []
    return {
        "buttons": buttons,
        "offered": offered(buttons.values(), allowed_actions(Status(submission.status)), sent),
        "forms": _forms(buttons, dossier, sent, words),
        "canned": canned,
        "tag_labels": [words.labels["tag"].get(key, key) for key in dossier.tags],
    }


def _relatives(case: OpenCase) -> dict[str, Any]:
    """Which others say the same: suspected, merged into it, or what it was merged into."""
    submission, decides = case.submission, Permission.SUBMISSION_DECIDE in case.rights
    if case.arrival is not None:
        # It was compared with nothing, and has no id by which to ask.
        return {"likes": [], "parts": [], "merged_into": None}
    return {
        "likes": likes_of(db.session, submission, actor()),
        "parts": parts_of(db.session, submission, actor(), decides=decides),
        "merged_into": number_of(db.session, submission.merged_into_id, actor()),
    }


def _forms(buttons: Mapping[str, Button], dossier: Dossier, sent: PageForm | None, words: Words) -> Forms:
    """The forms of some buttons: the one just sent as it was sent, the others fresh, all on the version now shown."""
    submission, content, units = dossier.case.submission, words.newest, words.choices
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
            form.offer(terms_for(submission, dossier.tags, content, words.labels), units)
        if isinstance(form, DecisionForm):
            form.version.data, form.version.raw_data = dossier.version, None
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
    submission = dossier.case.submission
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


def unit_choices(units: list[Unit]) -> list[tuple[int, str]]:
    """Units indented by their depth in the tree."""
    return [(one.value, one.label) for one in indented(units)]


def _contact_shown(case: OpenCase, *, is_open: bool) -> dict[str, str] | None:
    """Name and phone, masked until somebody gave a reason for seeing them."""
    if case.contact is None:
        return None
    clear = opened_contact(case.contact, keys())
    masks = {"name": masked_name, "phone": masked_phone}
    return clear if is_open else {column: masks[column](value) for column, value in clear.items()}
