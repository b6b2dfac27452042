"""Spending an invitation: the newcomer sets a password."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from feedback.base.adapters.database import start_writing
from feedback.base.domain.refusal import RefusalError
from feedback.base.extensions import db
from feedback.base.runtime import now
from feedback.base.web.marks import signing_in
from feedback.people.services import user
from feedback.people.web.access import device, start_session
from feedback.people.web.forms.users import JoinForm

blueprint = Blueprint("invitations", __name__, url_prefix="/accounts")


@blueprint.route("/join", methods=["GET", "POST"])
@signing_in
def join() -> ResponseReturnValue:
    """To look at the page spends nothing: programs that fetch every link would."""
    form = JoinForm()
    if request.method == "GET":
        return render_template("people/invitations/join.html", form=form)
    try:
        if not form.validate():
            return render_template("people/invitations/join.html", form=form), 400
        if form.new_password.data != form.repeated.data:
            raise RefusalError("两次输入的密码不一样。", field="repeated")
        start_writing(db.session)
        token = user.join(
            db.session, form.code.data or "", password=form.new_password.data or "", now=now(), device=device()
        )
        db.session.commit()
    except RefusalError as refusal:
        db.session.rollback()
        return render_template("people/invitations/join.html", form=form, refusal=refusal), 400
    start_session(token)
    flash("密码已设好。")
    return redirect(url_for("queue.index"))
