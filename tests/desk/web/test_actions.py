"""One table of buttons: what it says is what the page, the keys, the routes and an ended session do."""

from flask import Flask
from werkzeug.routing import Rule

from feedback.base.domain.permission import Permission
from feedback.cases.domain.action import Action, Asks
from feedback.cases.domain.submission import Status, allowed_actions
from feedback.desk.web.actions import BUTTONS, BY_NAME, KEYS, Place, offered, permitted
from feedback.desk.web.forms.moderation import DecisionForm, RejectForm

# On the page of two, and on the sender's.
ELSEWHERE = {Action.MERGE, Action.RECONSIDER}


def names(status: Status, sent: object = None) -> list[str]:
    return [one.name for one in offered(BUTTONS, allowed_actions(status), sent)]  # type: ignore[arg-type]


def test_every_action_of_staff_has_one_button() -> None:
    assert sorted(one.action for one in BUTTONS if one.action) == sorted(set(Action) - ELSEWHERE)
    assert all(one.name == one.action for one in BUTTONS if one.action)
    assert len(BY_NAME) == len(BUTTONS)


def test_every_key_presses_one_button_and_takes_none_of_the_list(app: Flask) -> None:
    keys = [key for key, _ in KEYS]

    assert len(set(keys)) == len(keys)
    assert set(keys) & set("njks/b?") == set()
    assert all(len(key) == 1 and meaning for key, meaning in KEYS)


def test_every_button_is_sent_to_a_view_that_takes_posts_about_one_submission(app: Flask) -> None:
    rules: dict[str, Rule] = {rule.endpoint: rule for rule in app.url_map.iter_rules()}

    for button in BUTTONS:
        rule = rules[button.endpoint]
        assert rule.methods is not None
        assert "POST" in rule.methods
        assert rule.arguments == {"number"}


def test_a_button_has_the_rights_of_the_view_it_is_sent_to(app: Flask) -> None:
    with app.app_context():
        assert {one.name: one.permission for one in BUTTONS if one.permission is not Permission.SUBMISSION_DECIDE} == {
            "contact": Permission.CONTACT_READ
        }
        assert set(permitted(lambda permission: permission is Permission.CONTACT_READ)) == {"contact"}


def test_what_asks_for_a_decision_alone_has_nothing_to_fill_in() -> None:
    assert all((one.form is DecisionForm) == (one.asks is Asks.NOTHING) for one in BUTTONS)


def test_what_the_state_allows_stands_aside_and_what_is_always_possible() -> None:
    assert names(Status.RECEIVED) == ["accept", "reply", "reject", "quarantine", "classify", "note"]
    assert names(Status.MERGED) == ["classify", "note"]
    assert all(one.place is Place.ASIDE for one in offered(BUTTONS, list(Action), None))


def test_what_was_typed_is_given_back_where_the_state_does_not_allow_it_any_more(app: Flask) -> None:
    with app.test_request_context():
        assert names(Status.REPLIED, RejectForm(formdata=None)) == ["complete", "reject", "reopen", "classify", "note"]
        assert names(Status.REPLIED, DecisionForm(formdata=None)) == names(Status.REPLIED)
