"""Accounts of others: invited, given roles, switched off; and the record of all that."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from feedback.base.adapters.database import start_writing
from feedback.base.adapters.qr import picture
from feedback.base.domain.permission import Permission, Role
from feedback.base.domain.refusal import RefusalError
from feedback.base.extensions import db
from feedback.base.models.unit import Unit
from feedback.base.runtime import now, settings
from feedback.base.web.marks import actor, requires
from feedback.people.domain.user import INVITATION_LASTS
from feedback.people.models import User
from feedback.people.queries import UnknownUserError, changes_of_rights, get_managed, units_managed_by, users_managed_by
from feedback.people.services import user as service
from feedback.people.web.forms.users import CreateUserForm, EmptyForm, GrantForm

blueprint = Blueprint("users", __name__, url_prefix="/users")

Act = Callable[[User], None]


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
    start_writing(db.session)
    try:
        user = service.create_user(
            db.session,
            name=form.name.data or "",
            display_name=(form.display_name.data or "").strip(),
            roles=[Role(form.role.data)],
            unit=db.session.get_one(Unit, form.unit.data),
            now=now(),
            by=actor(),
        )
        code = service.invite(db.session, user, now=now(), by=actor())
    except RefusalError as refusal:
        db.session.rollback()
        return render_template("people/users/create.html", form=form, refusal=refusal), 400
    db.session.commit()
    return _invitation(user, code)


@blueprint.get("/<int(max=2147483647):user_id>")
@requires(Permission.USER_MANAGE)
def show(user_id: int) -> ResponseReturnValue:
    """One account, its roles, and what can be done about it."""
    return _page(user_id)


@blueprint.post("/<int(max=2147483647):user_id>/grant")
@requires(Permission.USER_MANAGE)
def grant(user_id: int) -> ResponseReturnValue:
    """Give a role on a unit."""
    return _change_role(user_id, service.grant, "已授予，对方下一次操作时生效。")


@blueprint.post("/<int(max=2147483647):user_id>/revoke")
@requires(Permission.USER_MANAGE)
def revoke(user_id: int) -> ResponseReturnValue:
    """Take a role on a unit away."""
    return _change_role(user_id, service.revoke, "已收回，对方下一次操作时生效。")


@blueprint.post("/<int(max=2147483647):user_id>/disable")
@requires(Permission.USER_MANAGE)
def disable(user_id: int) -> ResponseReturnValue:
    """Switch an account off."""
    return _change(user_id, lambda user: _set_disabled(user, is_disabled=True), "账号已停用。")


@blueprint.post("/<int(max=2147483647):user_id>/enable")
@requires(Permission.USER_MANAGE)
def enable(user_id: int) -> ResponseReturnValue:
    """Switch an account on again."""
    return _change(user_id, lambda user: _set_disabled(user, is_disabled=False), "账号已启用。")


@blueprint.post("/<int(max=2147483647):user_id>/invite")
@requires(Permission.USER_MANAGE)
def invite(user_id: int) -> ResponseReturnValue:
    """A new invitation, for whoever lost the first one, his password or his phone."""
    codes: list[str] = []

    def act(user: User) -> None:
        codes.append(service.invite(db.session, user, now=now(), by=actor()))

    answer = _change(user_id, act, "")
    return _invitation(_managed(user_id), codes[0]) if codes else answer


@blueprint.get("/changes")
@requires(Permission.RIGHTS_READ)
def changes() -> str:
    """Who gave whom which right: read by administrators and by those who supervise them."""
    return render_template("people/users/changes.html", changes=changes_of_rights(db.session, actor()))


def _set_disabled(user: User, *, is_disabled: bool) -> None:
    service.set_disabled(db.session, user, is_disabled=is_disabled, now=now(), by=actor())


def _change_role(user_id: int, act: Any, done: str) -> ResponseReturnValue:
    form = GrantForm().offer(units_managed_by(db.session, actor()))
    if not form.validate():
        return _page(user_id, form=form, status=400)
    role, unit_id = Role(form.role.data), form.unit.data

    def change(user: User) -> None:
        act(db.session, user, role, db.session.get_one(Unit, unit_id), by=actor(), now=now())

    return _change(user_id, change, done, form=form)


def _change(user_id: int, act: Act, done: str, *, form: Any = None) -> ResponseReturnValue:
    """Change one account in one write transaction and go back to its page."""
    if form is None and not EmptyForm().validate():
        abort(400)
    start_writing(db.session)
    try:
        act(_managed(user_id, to_change=True))
    except RefusalError as refusal:
        db.session.rollback()
        return _page(user_id, form=form, refusal=refusal, status=400)
    db.session.commit()
    if done:
        flash(done)
    return redirect(url_for("users.show", user_id=user_id))


def _managed(user_id: int, *, to_change: bool = False) -> User:
    try:
        return get_managed(db.session, user_id, actor(), to_change=to_change).user
    except UnknownUserError:
        abort(404)


def _page(
    user_id: int, *, form: GrantForm | None = None, refusal: RefusalError | None = None, status: int = 200
) -> ResponseReturnValue:
    _managed(user_id)
    return render_template(
        "people/users/show.html",
        row=get_managed(db.session, user_id, actor()),
        form=form or GrantForm(formdata=None).offer(units_managed_by(db.session, actor())),
        refusal=refusal,
        now=now(),
        is_own=user_id == actor().id,
    ), status


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
