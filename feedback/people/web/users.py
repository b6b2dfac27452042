"""Accounts of others: invited, given roles, switched off; and the record of all that."""

from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from feedback.base.adapters.qr import picture
from feedback.base.domain.permission import Permission, Role
from feedback.base.domain.refusal import RefusalError
from feedback.base.extensions import db
from feedback.base.models.unit import Unit
from feedback.base.runtime import now, settings
from feedback.base.web.change import changing
from feedback.base.web.marks import actor, requires
from feedback.people.domain.user import INVITATION_LASTS
from feedback.people.models import User
from feedback.people.queries import UnknownUserError, changes_of_rights, get_managed, units_managed_by, users_managed_by
from feedback.people.services import user as service
from feedback.people.web.forms.users import CreateUserForm, GrantForm

blueprint = Blueprint("users", __name__, url_prefix="/users")


@blueprint.get("/")
@requires(Permission.USER_MANAGE)
def index() -> str:
    """Every account within one's units."""
    return render_template("people/users/index.html", rows=users_managed_by(db.session, actor()), now=now())


@blueprint.route("/create", methods=["GET", "POST"])
@requires(Permission.USER_MANAGE)
def create() -> ResponseReturnValue:
    """A new account with its first role; the answer shows its invitation, once."""
    form = CreateUserForm().offer(units_managed_by(db.session, actor()))
    if request.method == "GET":
        return render_template("people/users/create.html", form=form)
    if not form.validate():
        return render_template("people/users/create.html", form=form), 400
    with changing(lambda refusal: render_template("people/users/create.html", form=form, refusal=refusal)) as session:
        user = service.create_user(
            session,
            name=form.name.data or "",
            display_name=(form.display_name.data or "").strip(),
            roles=[Role(form.role.data)],
            unit=session.get_one(Unit, form.unit.data),
            now=now(),
            by=actor(),
        )
        code = service.invite(session, user, now=now(), by=actor())
    return _invitation(user, code)


@blueprint.get("/<id:user_id>")
@requires(Permission.USER_MANAGE)
def show(user_id: int) -> ResponseReturnValue:
    """One account, its roles, and what can be done about it."""
    return _page(user_id)


@blueprint.post("/<id:user_id>/grant")
@requires(Permission.USER_MANAGE)
def grant(user_id: int) -> ResponseReturnValue:
    """Give a role on a unit."""
    return _change_role(user_id, service.grant, "已授予，对方下一次操作时生效。")


@blueprint.post("/<id:user_id>/revoke")
@requires(Permission.USER_MANAGE)
def revoke(user_id: int) -> ResponseReturnValue:
    """Take a role on a unit away."""
    return _change_role(user_id, service.revoke, "已收回，对方下一次操作时生效。")


@blueprint.post("/<id:user_id>/disable")
@requires(Permission.USER_MANAGE)
def disable(user_id: int) -> ResponseReturnValue:
    """Switch an account off."""
    return _set_disabled(user_id, is_disabled=True, said="账号已停用。")


@blueprint.post("/<id:user_id>/enable")
@requires(Permission.USER_MANAGE)
def enable(user_id: int) -> ResponseReturnValue:
    """Switch an account on again."""
    return _set_disabled(user_id, is_disabled=False, said="账号已启用。")


@blueprint.post("/<id:user_id>/invite")
@requires(Permission.USER_MANAGE)
def invite(user_id: int) -> ResponseReturnValue:
    """A new invitation, for somebody who lost the first one, their password or their phone."""
    with changing(lambda refusal: _page(user_id, refusal=refusal)) as session:
        user = _managed(user_id, to_change=True)
        code = service.invite(session, user, now=now(), by=actor())
    return _invitation(user, code)


@blueprint.get("/changes")
@requires(Permission.RIGHTS_READ)
def changes() -> str:
    """Who gave whom which right: read by administrators and by those who supervise them."""
    return render_template("people/users/changes.html", changes=changes_of_rights(db.session, actor()))


def _set_disabled(user_id: int, *, is_disabled: bool, said: str) -> ResponseReturnValue:
    with changing(lambda refusal: _page(user_id, refusal=refusal)) as session:
        user = _managed(user_id, to_change=True)
        service.set_disabled(session, user, is_disabled=is_disabled, now=now(), by=actor())
    return _done(user_id, said)


def _change_role(user_id: int, act: Callable[..., None], said: str) -> ResponseReturnValue:
    form = GrantForm().offer(units_managed_by(db.session, actor()))
    if not form.validate():
        return _page(user_id, form=form), 400
    with changing(lambda refusal: _page(user_id, form=form, refusal=refusal)) as session:
        user, unit = _managed(user_id, to_change=True), session.get_one(Unit, form.unit.data)
        act(session, user, Role(form.role.data), unit, by=actor(), now=now())
    return _done(user_id, said)


def _done(user_id: int, said: str) -> ResponseReturnValue:
    flash(said)
    return redirect(url_for("users.show", user_id=user_id))


def _managed(user_id: int, *, to_change: bool = False) -> User:
    try:
        return get_managed(db.session, user_id, actor(), to_change=to_change).user
    except UnknownUserError:
        abort(404)


def _page(user_id: int, *, form: GrantForm | None = None, refusal: RefusalError | None = None) -> str:
    _managed(user_id)
    return render_template(
        "people/users/show.html",
        row=get_managed(db.session, user_id, actor()),
        form=form or GrantForm(formdata=None).offer(units_managed_by(db.session, actor())),
        refusal=refusal,
        now=now(),
        is_own=user_id == actor().id,
    )


def _invitation(user: User, code: str) -> ResponseReturnValue:
    """The code stands behind the # of the link, which browsers send to nobody: no log can hold it."""
    address = f"{settings().public_url or request.host_url.rstrip('/')}{url_for('invitations.join')}"
    link = f"{address}#{code}"
    return render_template(
        "people/users/invitation.html",
        user=user,
        code=code,
        address=address,
        link=link,
        picture=picture(link),
        days=INVITATION_LASTS.days,
    )
