"""Who may call a view: every one says `@public`, `@signing_in` or `@requires(permission)`, and is checked here."""

from datetime import datetime
from typing import Any, cast
from urllib.parse import urlsplit

from flask import Flask, Request, current_app, g, redirect, request, session, url_for
from itsdangerous import URLSafeTimedSerializer
from werkzeug.exceptions import Forbidden

from feedback.base.domain.permission import Permission
from feedback.base.domain.refusal import RefusalError
from feedback.base.extensions import csrf, db
from feedback.base.runtime import keys, now, settings
from feedback.base.web.change import changing
from feedback.base.web.marks import Entry, access_of, actor
from feedback.people.domain.second_factor import is_needed
from feedback.people.domain.session import TooManyTriesError, device_of
from feedback.people.services import account

_ALWAYS = {"accounts.sign_out"}
_WITH_FIRST_PASSWORD = {"accounts.change_password", *_ALWAYS}
_WITHOUT_SECOND_FACTOR = {"second_factors.set_up", *_WITH_FIRST_PASSWORD}


class ForeignPostError(RefusalError):
    """A page of another site sent the form."""

    def __init__(self) -> None:
        super().__init__("这次提交不是从本页面发出的，没有保存。请重新扫码打开页面后再提交。")


class SignInNeededError(Exception):
    """Nobody is signed in, or not any more."""


def init_app(app: Flask) -> None:
    """Check every request before its view runs."""
    app.before_request(_check)


def start_session(token: str) -> None:
    """Begin a browser session of its own for a fresh sign-in: nothing of the old one survives."""
    session.clear()
    # Flask-WTF keeps the token of this request's form here; it belongs to the session that has just ended.
    g.pop("csrf_token", None)
    session["token"] = token


def device() -> str:
    """What kind of device a member of staff uses, for the list of their own sign-ins."""
    return device_of(request.headers.get("User-Agent", ""))


def admit_try(name: str, device: str = "") -> None:
    """Record a try before it is judged, so that it stays on record whatever comes; TooManyTriesError says to wait."""
    with changing() as session:
        wait_seconds = account.record_try(session, name, keys=keys(), now=now(), device=device)
    if wait_seconds:
        raise TooManyTriesError(wait_seconds)


def seal(app: Flask, purpose: str) -> URLSafeTimedSerializer:
    """Signs what a browser of staff keeps for us, and knows its own signature by the older keys too."""
    older = app.config["SECRET_KEY_FALLBACKS"]
    return URLSafeTimedSerializer([*reversed(older), app.config["SECRET_KEY"]], salt=purpose)


def _check() -> Any:
    if request.endpoint is None:
        return None
    if request.method == "POST":
        request.form  # noqa: B018 - read now, so that a body that is too large is refused before anything else
    access = access_of(current_app, request.endpoint)
    if access is Entry.PUBLIC:
        return _check_origin(request)
    if not isinstance(access, Permission | Entry):
        raise Forbidden
    if isinstance(access, Permission) and (elsewhere := _check_staff(access)) is not None:
        return elsewhere
    if request.method == "POST":
        csrf.protect()
    return None


def _check_staff(permission: Permission) -> Any:
    """Sign the actor in for this request; a first password, or a second factor that is missing, comes first."""
    found = _sign_in_again()
    if found.user.must_change_password and request.endpoint not in _WITH_FIRST_PASSWORD:
        return redirect(url_for("accounts.change_password"))
    is_missing = is_needed(actor()) and not found.has_second_factor
    if is_missing and request.endpoint not in _WITHOUT_SECOND_FACTOR:
        return redirect(url_for("second_factors.set_up"))
    # One's own account is one's own, also without any role: nobody could even sign out otherwise.
    if permission is not Permission.ACCOUNT_OWN and not actor().may(permission):
        raise Forbidden
    return None


def _check_origin(incoming: Request) -> None:
    """Cross-site posts are refused by what the browser itself says, not by a token that could expire."""
    if incoming.method in {"GET", "HEAD", "OPTIONS"}:
        return
    site = incoming.headers.get("Sec-Fetch-Site", "same-origin")
    source = incoming.headers.get("Origin") or incoming.headers.get("Referer")
    is_own = source is None or _name_in(source) in _own_names(incoming)
    if site not in {"same-origin", "none"} or not is_own:
        raise ForeignPostError


def _name_in(address: str) -> str | None:
    """The host and port of an address, or None where it is none."""
    try:
        return urlsplit(address).netloc.lower()
    except ValueError:
        return None


def _own_names(incoming: Request) -> set[str]:
    """The public address where it is set, otherwise the name the visitor used."""
    public_url = settings().public_url
    return {urlsplit(public_url).netloc} if public_url else {incoming.host.lower()}


def _sign_in_again() -> account.Found:
    """Load the actor from the session's token; returns what else is known of it."""
    token, moment = session.get("token"), now()
    found = account.find_session(db.session, token, now=moment) if isinstance(token, str) else None
    if found is None:
        raise SignInNeededError
    g.actor, g.token = found.actor, token
    if found.is_note_due:
        _note_seen(cast(str, token), moment)
    return found


def _note_seen(token: str, moment: datetime) -> None:
    with changing() as session:
        account.note_seen(session, token, now=moment)
