"""One's own second factor: set up at the first sign-in."""

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue
from itsdangerous import BadData

from feedback.base.adapters.qr import picture
from feedback.base.domain.permission import Permission
from feedback.base.domain.refusal import RefusalError
from feedback.base.extensions import db
from feedback.base.runtime import keys, now
from feedback.base.web.change import changing, refusing
from feedback.base.web.marks import actor, requires
from feedback.people.adapters.second_factor import address_of, new_secret
from feedback.people.domain.second_factor import WrongCodeError
from feedback.people.models import User
from feedback.people.services import account, second_factor
from feedback.people.web.access import admit_try, device, seal, start_session
from feedback.people.web.forms.second_factors import CodeForm, SetUpForm

blueprint = Blueprint("second_factors", __name__, url_prefix="/accounts/second-factor")

_SECRET_SECONDS = 3600


@blueprint.route("/", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_OWN)
def set_up() -> ResponseReturnValue:
    """Scan, type the code, and keep the recovery codes, which are shown this once."""
    if second_factor.has_second_factor(db.session, actor().id):
        return render_template("people/second_factors/renew.html", form=CodeForm(formdata=None))
    form = SetUpForm()
    if request.method == "GET":
        return _page(form, None)
    secret = _unsealed(form.sealed.data or "")
    if secret is None:
        return _page(form, None, refusal=RefusalError("页面放得太久了，请重新扫描下面的二维码。")), 400
    if not form.validate():
        return _page(form, secret), 400
    with changing(lambda refusal: _page(form, secret, refusal=refusal)) as session:
        user = session.get_one(User, actor().id, with_for_update=True)
        codes = second_factor.set_up(session, user, secret=secret, code=form.code.data or "", keys=keys(), now=now())
        token = account.renew_session(session, user, now=now(), device=device())
    start_session(token)
    return render_template("people/second_factors/codes.html", codes=codes)


@blueprint.post("/recovery-codes")
@requires(Permission.ACCOUNT_OWN)
def renew() -> ResponseReturnValue:
    """Fresh recovery codes, against a code of the authenticator."""
    form = CodeForm()

    def draw(refusal: RefusalError | None = None) -> str:
        return render_template("people/second_factors/renew.html", form=form, refusal=refusal)

    if not form.validate():
        return draw(), 400
    with refusing(draw):
        if not second_factor.has_second_factor(db.session, actor().id):
            raise WrongCodeError
        admit_try(f"{actor().name}\nrenewal")
    with changing(draw) as session:
        user = session.get_one(User, actor().id, with_for_update=True)
        # It may have been taken away meanwhile, and an account without one needs no code.
        if not second_factor.has_second_factor(session, user.id):
            raise WrongCodeError
        second_factor.use_code(session, user, form.code.data or "", keys=keys(), now=now())
        codes = second_factor.renew_recovery_codes(session, user, keys=keys(), now=now())
    return render_template("people/second_factors/codes.html", codes=codes)


def _page(form: SetUpForm, secret: str | None, *, refusal: RefusalError | None = None) -> str:
    shown = secret or new_secret()
    form.sealed.data, form.sealed.raw_data = seal(current_app, "second factor").dumps([actor().id, shown]), None
    address = address_of(shown, actor().name)
    return render_template(
        "people/second_factors/set_up.html",
        form=form,
        secret=" ".join(shown[start : start + 4] for start in range(0, len(shown), 4)),
        picture=picture(address),
        refusal=refusal,
    )


def _unsealed(sealed: str) -> str | None:
    """The secret a page of this very account showed within the hour."""
    try:
        owner, secret = seal(current_app, "second factor").loads(sealed, max_age=_SECRET_SECONDS)
    except (BadData, ValueError, TypeError):
        return None
    return str(secret) if owner == actor().id else None
