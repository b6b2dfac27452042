"""What every form shares: it reads form fields and nothing else."""

from collections.abc import Iterable
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import Field, Form, SelectChoice
from wtforms.validators import Length, ValidationError

from feedback.base.domain.text import has_unkeepable
from feedback.base.models.unit import Unit


def whole(_form: Form, field: Field) -> None:
    """A validator: no character that a database or a page could not keep."""
    if has_unkeepable(field.data or ""):
        raise ValidationError("有无法识别的字符，请删去后再提交。")


def at_most(length: int, called: str) -> Length:
    """A validator: no more symbols than that, in words that say of what."""
    return Length(max=length, message=f"{called}最多 {length} 字，请删短一些。")


def indented(units: Iterable[Unit]) -> list[SelectChoice]:
    """Units to choose from, indented by their depth in the tree."""
    return [SelectChoice(one.id, "　" * (one.path.count("/") - 2) + one.name) for one in units]


class PageForm(FlaskForm):
    """Flask-WTF would take a JSON body for a form, whose values are of any type."""

    class Meta(FlaskForm.Meta):
        locales = ("zh",)

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """Whatever was given, or the fields of a submitted page."""
            if formdata is None or isinstance(formdata, MultiDict):
                return formdata
            return request.form if form.is_submitted() else None


class OpenForm(PageForm):
    """A form of a public page: cross-site posts are refused by their origin, without a token or a cookie."""

    class Meta(PageForm.Meta):
        csrf = False
