"""Deciding about many at once: what is chosen stands in the address, and what is sent in a form."""

from collections.abc import Mapping
from typing import Any

from wtforms import HiddenField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired

from feedback.base.domain.text import MAX_REASON_LENGTH, with_unix_line_ends
from feedback.base.web.forms import OpenForm, PageForm, at_most
from feedback.cases.domain.action import BULK_ACTIONS, Action
from feedback.cases.domain.bulk import CLASS_LABELS
from feedback.desk.web.forms.moderation import CaseForm


class ChooseForm(OpenForm):
    """What is to be done, in the address: to look at it changes nothing. What makes no sense is left out."""

    action = StringField()
    set_category = SelectField(CLASS_LABELS["category"], coerce=str, validate_choice=False)
    set_task = SelectField(CLASS_LABELS["task"], coerce=str, validate_choice=False)
    set_issue_nature = SelectField(CLASS_LABELS["issue_nature"], coerce=str, validate_choice=False)
    set_responsible_unit_id = SelectField(CLASS_LABELS["responsible_unit_id"], coerce=str, validate_choice=False)

    def offer(self, terms: Mapping[str, Mapping[str, str]], units: Mapping[int, str]) -> "ChooseForm":
        """Fill in the terms of each set and the units there are."""
        offered = {**terms, "responsible_unit_id": {str(unit_id): label for unit_id, label in units.items()}}
        for name in CLASS_LABELS:
            choices = [SelectChoice(key, label) for key, label in offered[name].items()]
            self[f"set_{name}"].choices = [SelectChoice("", "不改"), *choices]
        return self

    def chosen_action(self) -> Action | None:
        """The action, if one was chosen."""
        action = self.action.data or ""
        return Action(action) if action in set(BULK_ACTIONS) else None

    def chosen_classes(self) -> dict[str, Any]:
        """The columns that are to be set, with their values."""
        chosen: dict[str, Any] = {}
        for name in CLASS_LABELS:
            field = self[f"set_{name}"]
            if field.data and field.data in {choice.value for choice in field.choices}:
                chosen[name] = int(field.data) if name == "responsible_unit_id" else field.data
        return chosen


class CreateForm(PageForm):
    """Carry it out on what the preview showed."""

    seen = HiddenField()


class CreateRejectForm(CreateForm, CaseForm):
    """不予受理, with one case and one reason for all."""

    reason = TextAreaField(
        "理由（每一位提出人都会看到）",
        filters=[lambda text: text and with_unix_line_ends(text)],
        validators=[DataRequired("请写明理由。"), at_most(MAX_REASON_LENGTH, "理由")],
    )


class UndoForm(PageForm):
    """Nothing but the token."""
