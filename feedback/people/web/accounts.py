"""Signing in and out, and changing one's password."""

import json
import secrets
from functools import partial

from flask import (
    Blueprint,
    Response,
    abort,
    after_this_request,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    url_for,
)
from flask import session as browser
from flask.typing import ResponseReturnValue
from itsdangerous import BadData

from feedback.base.domain.code import is_number, sha256_of
from feedback.base.domain.permission import Permission
from feedback.base.domain.refusal import RefusalError
from feedback.base.extensions import db
from feedback.base.runtime import keys, now, settings
from feedback.base.web.change import changing, refusing, status_of
from feedback.base.web.marks import actor, requires, signing_in
from feedback.people.domain.session import TooManyTriesError, WrongPasswordError
from feedback.people.models import User
from feedback.people.queries import sessions_of
from feedback.people.services import account
from feedback.people.web.access import admit_try, device, seal, start_session
from feedback.people.web.forms.accounts import ChangePasswordForm, EmailForm, SignInForm

blueprint = Blueprint("accounts", __name__, url_prefix="/accounts")

_DEVICE = "device"
_DEVICE_SECONDS = 180 * 24 * 3600
_NEVER_KEPT = {"csrf_token", "password", "old_password", "new_password", "repeated", "version", "code", "sealed"}


@blueprint.route("/sign-in", methods=["GET", "POST"])
@signing_in
def sign_in() -> ResponseReturnValue:
    """Let a member of staff in; a wrong try is recorded before it is judged."""
    form = SignInForm()
    if request.method == "GET":
        form.next.data = request.args.get("next", "")
        return render_template("people/accounts/sign_in.html", form=form, kept=[])
    if not form.validate():
        return render_template("people/accounts/sign_in.html", form=form, kept=_kept(form)), 400
    with refusing(partial(_not_signed_in, form)):
        _try_to_sign_in(form)
    kept = _kept(form)
    number = dict(kept).get("number", "")
    if is_number(number):
        return render_template("people/accounts/resumed.html", kept=kept, number=number)
    return redirect(_own_path(form.next.data or ""))


@blueprint.post("/sign-out")
@requires(Permission.ACCOUNT_OWN)
def sign_out() -> ResponseReturnValue:
    """End this session."""
    with changing() as session:
        account.sign_out(session, g.token, actor=actor(), now=now())
    browser.clear()
    return redirect(url_for("accounts.sign_in"))


@blueprint.route("/change-password", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_OWN)
def change_password() -> ResponseReturnValue:
    """Set a new password, which ends every other session of the account."""
    form = ChangePasswordForm()

    def draw(refusal: RefusalError | None = None) -> str:
        return render_template("people/accounts/change_password.html", form=form, refusal=refusal)

    if request.method == "GET" or not form.validate():
        return draw(), 200 if request.method == "GET" else 400
    with refusing(draw):
        if form.new_password.data != form.repeated.data:
            raise RefusalError("两次输入的新密码不一样。", field="repeated")
        own = account.get_user(db.session, actor().name)
        chosen = account.choose_password(own, form.new_password.data or "", old=form.old_password.data or "")
    with changing(draw) as session:
        own = account.get_user(session, actor().name, to_change=True)
        token = account.change_password(session, own, chosen, now=now(), device=device())
    start_session(token)
    flash("密码已修改，其他地方的登录都已结束。")
    return redirect(url_for("queue.index"))


@blueprint.route("/email", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_OWN)
def email() -> ResponseReturnValue:
    """Say where the daily digest goes, or nowhere; an address can be removed even where no mail is sent."""
    own = db.session.get_one(User, actor().id)
    if not settings().sends_mail and own.email is None:
        abort(404)
    form = EmailForm(obj=own)

    def draw(refusal: RefusalError | None = None) -> str:
        return render_template("people/accounts/email.html", form=form, refusal=refusal)

    if request.method == "GET" or not form.validate():
        return draw(), 200 if request.method == "GET" else 400
    with changing(draw) as session:
        own = account.get_user(session, actor().name, to_change=True)
        account.set_email(session, own, form.email.data or "", now=now())
    flash("已保存，有待办的工作日早上会收到邮件。" if own.email else "邮箱已删去，不再发送邮件。")
    return redirect(url_for("accounts.email"))


@blueprint.get("/sessions")
@requires(Permission.ACCOUNT_OWN)
def sessions() -> str:
    """Where one is signed in."""
    own = sha256_of(g.token)
    return render_template("people/accounts/sessions.html", rows=sessions_of(db.session, actor()), own=own)


@blueprint.post("/sessions/end")
@requires(Permission.ACCOUNT_OWN)
def end_session() -> ResponseReturnValue:
    """End one of one's own sign-ins."""
    with changing() as session:
        account.end_own_session(session, request.form.get("session", ""), by=actor(), now=now())
    flash("那一处登录已结束。")
    return redirect(url_for("accounts.sessions"))


def ask_to_sign_in() -> ResponseReturnValue:
    """The sign-in page where somebody was not signed in (any more); what was being sent is carried along."""
    form = SignInForm(formdata=None)
    if request.method != "POST":
        return redirect(url_for("accounts.sign_in", next=request.full_path.rstrip("?")))
    kept = [[name, value] for name, value in request.form.items(multi=True) if name not in _NEVER_KEPT and value]
    if "number" in (request.view_args or {}):
        action = (request.endpoint or "").rpartition(".")[2]
        kept += [["number", (request.view_args or {})["number"]], ["action", action]]
    form.kept.data = json.dumps(kept, ensure_ascii=False)
    return render_template("people/accounts/sign_in.html", form=form, kept=kept, has_expired=True), 401


def _not_signed_in(form: SignInForm, refusal: RefusalError) -> ResponseReturnValue:
    page = render_template("people/accounts/sign_in.html", form=form, kept=_kept(form), refusal=refusal)
    if isinstance(refusal, TooManyTriesError):
        return page, 429, {"Retry-After": str(refusal.wait_seconds)}
    return page, status_of(refusal)


def _try_to_sign_in(form: SignInForm) -> None:
    name, password = form.name.data or "", form.password.data or ""
    admit_try(name, _device_of(name))
    try:
        user = account.verify(account.find_user(db.session, name), password)
        user_id, verified, code = user.id, user.password_hash, form.code.data or ""
        with changing() as session:
            account.end_session(session, browser.get("token", ""))
            token = account.sign_in(
                session, user_id, verified=verified, code=code, keys=keys(), now=now(), device=device()
            )
    except WrongPasswordError:
        with changing() as session:
            account.record_failure(session, name, keys=keys(), now=now())
        raise
    start_session(token)
    _remember_device(name)


def _device_of(name: str) -> str:
    """The mark of a browser in which this account has signed in before, or nothing."""
    try:
        owner, mark = seal(current_app, _DEVICE).loads(request.cookies.get(_DEVICE, ""))
    except (BadData, ValueError, TypeError):
        return ""
    return str(mark) if owner == sha256_of(name.strip().casefold()) else ""


def _remember_device(name: str) -> None:
    """Mark this browser as one of the account's own."""
    sealed = seal(current_app, _DEVICE).dumps([sha256_of(name.strip().casefold()), secrets.token_urlsafe(12)])

    @after_this_request
    def mark(response: Response) -> Response:
        is_secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
        response.set_cookie(
            _DEVICE,
            sealed,
            max_age=_DEVICE_SECONDS,
            path="/accounts",
            httponly=True,
            samesite="Strict",
            secure=is_secure,
        )
        return response


def _kept(form: SignInForm) -> list[list[str]]:
    """What the sign-in page carries for a session that had ended: names and values."""
    try:
        pairs = json.loads(form.kept.data or "[]")
    except (ValueError, RecursionError):
        return []
    if not isinstance(pairs, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
        return []
    return [[str(part).encode("utf-8", "replace").decode() for part in pair] for pair in pairs]


def _own_path(path: str) -> str:
    """A path of this site to go to after signing in; anything else leads to the queue."""
    is_own = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if is_own else url_for("queue.index")
