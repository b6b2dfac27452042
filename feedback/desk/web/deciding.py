"""What every decision about one submission has in common: the form, the lock, one transaction, and the way back."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import abort, flash, make_response, redirect, url_for
from flask.typing import ResponseReturnValue

from feedback.base.extensions import db
from feedback.base.runtime import now
from feedback.base.web.change import Draw, changing, status_of
from feedback.base.web.forms import PageForm
from feedback.base.web.marks import actor
from feedback.cases.domain.decision import Decision
from feedback.cases.models.submission import Submission
from feedback.cases.queries.arrival import acts_on, version_of
from feedback.cases.queries.submission import get_submission
from feedback.cases.services.arrival import lock_to_decide
from feedback.cases.services.moderation import StaleSubmissionError
from feedback.desk.queries.dossier import was_proposed
from feedback.desk.web.dossier import carried, page
from feedback.desk.web.forms.moderation import DecisionForm

PROPOSED = "已提出，等另一位同事确认后生效。"


def decision(form: DecisionForm, reason: str | None = None) -> Decision:
    """Who decides on which version of a page, when, and why."""
    return Decision(actor(), form.version.data or 0, now(), reason)


@contextmanager
def deciding(number: str, form: PageForm, *, other: str | None = None, done: str = "已保存。") -> Iterator[Submission]:
    """Check the form and decide in one write transaction; what was refused gives back the page with all it held.

    `other` is a second submission that changes with the first; `done` is what the page says then.
    """
    if not form.validate():
        abort(make_response(_unfit(number, form)))
    with deciding_on_two(
        number, other or number, lambda refusal: page(number, form=form, refusal=refusal), done=done
    ) as (submission, _):
        yield submission


@contextmanager
def deciding_on_two(number: str, other: str, draw: Draw, *, done: str) -> Iterator[tuple[Submission, Submission]]:
    """Lock both and change them in one write transaction; then say `done`, or that a colleague has to confirm it."""
    with changing(draw) as session:
        locked = lock_to_decide(session, {number, other}, actor())
        submission = locked[number.upper()]
        before = submission.version
        yield submission, locked[other.upper()]
        is_waiting = was_proposed(session, submission, since=before)
    flash(PROPOSED if is_waiting else done)


def back_to(submission: Submission) -> ResponseReturnValue:
    """The page of a submission, with the queue one came from."""
    return redirect(url_for("moderation.show", number=submission.number) + carried(submission))


def _unfit(number: str, form: PageForm) -> ResponseReturnValue:
    """The page that comes back carries the newest version: it says so where somebody else was faster."""
    seen_version = form.version.data if "version" in form else None
    found = get_submission(db.session, number, actor())
    is_stale = seen_version not in {None, version_of(found, acts_on(db.session, found.number))}
    refusal = StaleSubmissionError() if is_stale else None
    return page(number, form=form, refusal=refusal), status_of(refusal) if refusal else 400
