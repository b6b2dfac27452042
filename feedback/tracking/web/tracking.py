"""Following an opinion with its query code alone: progress, answer, supplement, rating, one more look."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Blueprint, abort, make_response, render_template, request
from flask.typing import ResponseReturnValue

from feedback.base.domain.code import in_groups
from feedback.base.domain.refusal import RefusalError
from feedback.base.extensions import db
from feedback.base.runtime import keys, now, settings
from feedback.base.web.change import changing, status_of
from feedback.base.web.marks import public
from feedback.base.web.requests import takes_files
from feedback.campaigns.queries.campaign import channel_code, labels_of, version_content, version_number
from feedback.cases.domain.receipt import is_nonce, new_nonce, normal_code
from feedback.cases.domain.submission import SATISFACTION_LABELS
from feedback.intake.web import limits
from feedback.intake.web.pictures import Saved, had_files, save_sent
from feedback.tracking import services as tracking
from feedback.tracking.queries import Followed, Progress, find_by_code, find_supplement, progress_of
from feedback.tracking.web.forms import RatingForm, ReconsiderForm, SupplementForm, TrackForm

blueprint = Blueprint("tracking", __name__, url_prefix="/track")

WRONG_CODES_BURST = 60
WRONG_CODES_PER_SECOND = 1.0
_SLOWED = "这个网络提交得太多，请过一分钟再按一次。您写的内容都还在。"


@blueprint.route("", methods=["GET", "POST"])
@public
def show() -> ResponseReturnValue:
    """Ask for a code, and show what it stands for."""
    asked = TrackForm()
    return _shown(asked) if request.method == "POST" else render_template("tracking/tracking/ask.html", form=asked)


@blueprint.post("/withdraw-contact")
@public
def withdraw_contact() -> ResponseReturnValue:
    """Delete the contact details for good."""
    asked = TrackForm()
    with _changing(asked, is_free=True) as found:
        tracking.withdraw_contact(db.session, found, now=now())
    return _shown(asked, notice="联系方式已删除，工作人员不能再看到，下一个整点以后从系统里清除。")


@blueprint.post("/supplement")
@public
@takes_files
def supplement() -> ResponseReturnValue:
    """Add words and pictures; the same sending twice is one supplement."""
    asked = SupplementForm()
    words, nonce, moment = asked.supplement.data or "", asked.nonce.data or "", now()
    # Its pictures come one by one, each with the words again.
    is_stored = find_supplement(db.session, tracking.sending_hashes(words, nonce, keys())) is not None
    with _changing(asked, is_free=is_stored) as found:
        if not is_nonce(nonce):
            raise RefusalError("页面已更新，请核对后再按一次提交。您写的内容都还在。")
        sending_hash = tracking.supplement(db.session, found, words, nonce=nonce, keys=keys(), now=moment)
    return _shown(asked, notice="已收到您的补充。", saved=save_sent(sending_hash, nonce=nonce))


@blueprint.post("/rate")
@public
def rate() -> ResponseReturnValue:
    """Rate the answer; a later rating replaces the earlier one, and both stay on record."""
    asked = RatingForm()
    satisfaction, reason = asked.satisfaction.data or 0, asked.reason.data or ""
    with _changing(asked) as found:
        tracking.rate(db.session, found, satisfaction=satisfaction, reason=reason, now=now())
    return _shown(asked, notice="谢谢您的评价。")


@blueprint.post("/reconsider")
@public
def reconsider() -> ResponseReturnValue:
    """Ask once for another look."""
    asked = ReconsiderForm()
    with _changing(asked) as found:
        tracking.reconsider(db.session, found, reason=asked.reason.data or "", now=now())
    return _shown(asked, notice="已收到您的复核申请，我们会重新办理。")


@contextmanager
def _changing(asked: TrackForm, *, is_free: bool = False) -> Iterator[Followed]:
    """Find and change a submission in one write transaction; a refusal gives the words back.

    What is not free counts against the limit of the network, as opinions do.
    """
    typed = asked.code.data or ""
    if find_by_code(db.session, typed, keys()) is None:
        abort(make_response(_wrong_code(asked)))
    if not is_free and limits.take(request, now()) < 0:
        page = make_response(_shown(asked, refusal=RefusalError(_SLOWED)))
        page.status_code, page.headers["Retry-After"] = 429, "60"
        abort(page)
    with changing(lambda refusal: _shown(asked, refusal=refusal)) as session:
        yield tracking.lock_by_code(session, typed, keys()) or abort(make_response(_wrong_code(asked)))


def _shown(
    asked: TrackForm, *, notice: str = "", saved: Saved | None = None, refusal: RefusalError | None = None
) -> ResponseReturnValue:
    typed = asked.code.data or ""
    found = find_by_code(db.session, typed, keys())
    if found is None:
        return _wrong_code(asked)
    progress = progress_of(db.session, found, settled_by=now() - settings().undo)
    if progress.has_new_answer:
        with changing() as session:
            again = tracking.lock_by_code(session, typed, keys())
            if again is not None:
                tracking.note_seen(session, again, progress.newest_reply_id, now=now())
    page = render_template(
        "tracking/tracking/show.html",
        progress=progress,
        code=in_groups(normal_code(typed) or ""),
        nonce=new_nonce(),
        notice=notice,
        saved=saved,
        refusal=refusal,
        had_files=had_files(),
        form=asked,
        satisfactions=SATISFACTION_LABELS,
        **_words(found, progress),
    )
    if refusal:
        return page, status_of(refusal)
    return saved.answer(page) if saved else page


def _words(found: Followed, progress: Progress) -> dict[str, Any]:
    labels = labels_of(db.session, found.campaign_id)
    return {
        "organiser": version_content(db.session, progress.version_id).organiser,
        "outcome": labels["outcome"].get(progress.outcome or ""),
        "rejection": labels["rejection"].get(progress.rejection_kind or ""),
        "channel_code": channel_code(db.session, found.channel_id),
        "version": version_number(db.session, progress.version_id),
    }


def _wrong_code(asked: TrackForm) -> ResponseReturnValue:
    """A gentle sentence. All wrong codes of a worker share one bucket, so right ones are never slowed."""
    is_allowed = limits.may_answer_guess(
        "query codes", now(), most=WRONG_CODES_BURST, per_second=WRONG_CODES_PER_SECOND
    )
    # A sender who mistyped the code under a supplement gets its words back.
    typed = max((request.form.get(name, "") for name in ("supplement", "reason")), key=len)
    if not is_allowed:
        return (
            render_template("tracking/tracking/ask.html", form=asked, typed=typed, is_slowed=True),
            429,
            {"Retry-After": "60"},
        )
    return render_template("tracking/tracking/ask.html", form=asked, typed=typed, is_wrong=True), 404
