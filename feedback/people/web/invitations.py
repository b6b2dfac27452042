"""Spending an invitation: the newcomer sets a password."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from feedback.base.domain.refusal import RefusalError
from feedback.base.extensions import db
from feedback.base.runtime import now
from feedback.base.web.change import changing, refusing
from feedback.base.web.marks import signing_in
from feedback.people.services import account, user
from feedback.people.web.access import device, start_session
from feedback.people.web.forms.users import JoinForm

blueprint = Blueprint("invitations", __name__, url_prefix="/accounts")


@blueprint.route("/join", methods=["GET", "POST"])
@signing_in
def join() -> ResponseReturnValue:
    """To look at the page spends nothing: programs that fetch every link would."""
    form = JoinForm()

    def draw(refusal: RefusalError | None = None) -> str:
        return render_template("people/invitations/join.html", form=form, refusal=refusal)

    if request.method == "GET" or not form.validate():
        return draw(), 200 if request.method == "GET" else 400
    with refusing(draw):
        if form.new_password.data != form.repeated.data:
            raise RefusalError("两次输入的密码不一样。", field="repeated")
        whose = user.invited(db.session, form.code.data or "", now=now())
        chosen = account.choose_password(whose, form.new_password.data or "")
    with changing(draw) as session:
        token = user.join(session, form.code.data or "", chosen, now=now(), device=device())
    start_session(token)
    flash("密码已设好。")
    return redirect(url_for("queue.index"))
