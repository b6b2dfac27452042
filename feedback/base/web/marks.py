"""What a view says of who may call it: `@public`, `@signing_in` or `@requires(permission)`."""

from collections.abc import Callable
from enum import Enum
from typing import Any, TypeVar, cast

from flask import Flask, g

from feedback.base.domain.permission import Actor, Permission

View = TypeVar("View", bound=Callable[..., Any])


class Entry(Enum):
    """Who is let in without an account."""

    PUBLIC = "public"
    SIGNING_IN = "signing in"


def public(view: View) -> View:
    """Anybody may call it; it sets no cookie and takes no post from another site."""
    view.access = Entry.PUBLIC  # type: ignore[attr-defined]
    return view


def signing_in(view: View) -> View:
    """Staff call it before they are signed in."""
    view.access = Entry.SIGNING_IN  # type: ignore[attr-defined]
    return view


def requires(permission: Permission) -> Callable[[View], View]:
    """Staff who hold the permission somewhere may call it; where, the view asks of its queries."""

    def mark(view: View) -> View:
        view.access = permission  # type: ignore[attr-defined]
        return view

    return mark


def access_of(app: Flask, endpoint: str) -> Entry | Permission | None:
    """What a view states, or None where it says nothing."""
    return getattr(app.view_functions[endpoint], "access", None)


def actor() -> Actor:
    """Who is signed in, with the roles held at the beginning of this request."""
    return cast(Actor, g.actor)
