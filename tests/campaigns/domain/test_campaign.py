"""Reading what a campaign asks, strictly."""

import copy
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pytest

from feedback.campaigns.domain.campaign import (
    CITIZEN_SETS,
    LATER_SETS,
    STAFF_SETS,
    TEXTS,
    CampaignContent,
    CampaignSettings,
    days_if_few,
)
from feedback.campaigns.domain.question import QuestionKind
from feedback.campaigns.domain.term import CampaignContentError, Term

SETS = CITIZEN_SETS + STAFF_SETS
CHOICE = {"key": "where", "kind": "single_choice", "label": "在哪里", "options": [{"key": "hall", "label": "大厅"}]}


def make_content(**changes: Any) -> dict[str, Any]:
    terms = [{"key": "first", "label": "第一"}, {"key": "second", "label": "第二", "plain": "二"}]
    sets = {name: copy.deepcopy(terms) for name in SETS}
    return {**dict.fromkeys(TEXTS, "好"), "sets": sets, "questions": [copy.deepcopy(CHOICE)], **changes}


def with_set(name: str, terms: Any) -> dict[str, Any]:
    content = make_content()
    content["sets"][name] = terms
    return content


def with_question(**changes: Any) -> dict[str, Any]:
    return make_content(questions=[{**CHOICE, **changes}])


def test_a_whole_file_is_read() -> None:
    content = CampaignContent.from_json(make_content())

    assert content.sets["kind"] == (Term("first", "第一", "第一"), Term("second", "第二", "二"))
    assert content.labels("kind") == {"first": "第一", "second": "第二"}
    assert content.questions[0].kind is QuestionKind.SINGLE_CHOICE
    assert content.questions[0].options == (Term("hall", "大厅", "大厅"),)


def test_extra_questions_may_be_missing() -> None:
    content = make_content()
    del content["questions"]

    assert CampaignContent.from_json(content).questions == ()


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("value", [None, "", " ", 5, ["好"]])
def test_a_missing_text_is_named(name: str, value: object) -> None:
    with pytest.raises(CampaignContentError, match=name):
        CampaignContent.from_json(make_content(**{name: value}))


@pytest.mark.parametrize(("name", "most"), [("title", 100), ("organiser", 100), ("intro", 1_000), ("consent", 1_000)])
def test_a_text_longer_than_its_place_is_named(name: str, most: int) -> None:
    CampaignContent.from_json(make_content(**{name: "好" * most}))

    with pytest.raises(CampaignContentError, match=name):
        CampaignContent.from_json(make_content(**{name: "好" * (most + 1)}))


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("terms", [None, [], {}, "first", [None], [{"label": "第一"}], [{"key": "A", "label": "第一"}]])
def test_a_set_that_cannot_be_used_is_named(name: str, terms: object) -> None:
    with pytest.raises(CampaignContentError, match=rf"sets\.{name}"):
        CampaignContent.from_json(with_set(name, terms))


@pytest.mark.parametrize("name", LATER_SETS)
def test_a_set_that_came_later_may_be_missing_and_is_read_as_strictly(name: str) -> None:
    without, terms = make_content(), [{"key": "first", "label": "第一"}]

    assert CampaignContent.from_json(without).labels(name) == {}
    assert CampaignContent.from_json(with_set(name, terms)).labels(name) == {"first": "第一"}
    for wrong in (None, [], [{"label": "第一"}]):
        with pytest.raises(CampaignContentError, match=rf"sets\.{name}"):
            CampaignContent.from_json(with_set(name, wrong))


def test_a_term_without_a_label_is_refused() -> None:
    with pytest.raises(CampaignContentError, match="label"):
        CampaignContent.from_json(with_set("kind", [{"key": "first"}]))


def test_a_key_given_twice_in_a_set_is_refused() -> None:
    with pytest.raises(CampaignContentError, match=r"sets\.kind 里有重复的 key"):
        CampaignContent.from_json(with_set("kind", [{"key": "first", "label": "一"}, {"key": "first", "label": "二"}]))


@pytest.mark.parametrize("key", ["", "1st", "First", "first-one", "第一", "a" * 41, "first\n", 5, None])
def test_a_key_is_a_small_word_of_letters_digits_and_underscores(key: object) -> None:
    with pytest.raises(CampaignContentError, match="key"):
        CampaignContent.from_json(with_set("kind", [{"key": key, "label": "一"}]))


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"key": "第一"}, "questions"),
        ({"kind": "essay"}, "问题 where 的 kind"),
        ({"kind": None}, "问题 where 的 kind"),
        ({"kind": ["single_choice"]}, "问题 where 的 kind"),
        ({"options": None}, "问题 where 的 options"),
        ({"options": []}, "问题 where 的 options"),
        ({"options": [{"key": "hall", "label": "一"}, {"key": "hall", "label": "二"}]}, "问题 where 的 options"),
        ({"label": " "}, "label"),
    ],
)
def test_a_question_that_cannot_be_asked_is_named(changes: dict[str, Any], place: str) -> None:
    with pytest.raises(CampaignContentError, match=place):
        CampaignContent.from_json(with_question(**changes))


def test_two_questions_with_one_key_are_refused() -> None:
    twice = make_content(questions=[CHOICE, {**CHOICE, "label": "在哪一间"}])

    with pytest.raises(CampaignContentError, match="where"):
        CampaignContent.from_json(twice)


@pytest.mark.parametrize("data", [None, [], "{}", {}, {"sets": None}, {"sets": []}])
def test_what_is_no_campaign_is_refused(data: Any) -> None:
    with pytest.raises(CampaignContentError):
        CampaignContent.from_json(data)


@pytest.mark.parametrize("questions", [None, 5, "where", {"where": "hall"}])
def test_questions_that_are_no_list_are_refused(questions: Any) -> None:
    with pytest.raises(CampaignContentError, match="questions"):
        CampaignContent.from_json(make_content(questions=questions))


@pytest.mark.parametrize("junk", [None, True, 5, "", "好", [], [None], {}], ids=repr)
def test_junk_in_any_place_is_read_or_refused_in_words(junk: object) -> None:
    for number in range(len(places_in(make_content()))):
        content = make_content()
        parent, place = places_in(content)[number]
        parent[place] = junk

        with suppress(CampaignContentError):
            CampaignContent.from_json(content)


def test_settings_have_defaults_and_keep_what_is_given() -> None:
    given = {"phase": "rectify", "deadlines": {"accept": 1}, "retention_months": 1, "imprint": {"phone": "12345"}}

    assert vars(CampaignSettings.from_json(given)) == given
    assert CampaignSettings.from_json({}) == CampaignSettings("study", {}, 36, {})


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("phase", ["holiday", "", None, 5, [], {}]),
        ("deadlines", [None, [], "3", {"accept": 0}, {"accept": "3"}, {"accept": True}, {"accept": 1.5}]),
        ("retention_months", [None, 0, -1, "36", 36.0, True]),
        ("imprint", [None, [], "12345", {"phone": None}, {"phone": 12345}]),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(name: str, values: list[object]) -> None:
    for value in values:
        with pytest.raises(CampaignContentError, match=name):
            CampaignSettings.from_json({name: value})


def places_in(value: Any) -> list[tuple[Any, Any]]:
    """Every place of a tree of lists and objects, each as its parent and its key there."""
    keys = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    return [(value, key) for key in keys] + [found for key in keys for found in places_in(value[key])]


@pytest.mark.parametrize(("days", "told"), [(1, 1), (12, 12), (29, 29), (30, None), (365, None), (0, None), (-5, None)])
def test_few_days_are_told(days: int, told: int | None) -> None:
    opens_on = date(2026, 12, 1)

    assert days_if_few(opens_on, opens_on + timedelta(days=days - 1)) == told
    assert days_if_few(None, opens_on) is days_if_few(opens_on, None) is days_if_few(None, None) is None


def test_a_file_made_when_the_imprint_had_another_name_is_still_understood() -> None:
    settings = CampaignSettings.from_json({"furniture": {"phone": "000-12345678"}})

    assert settings.imprint == {"phone": "000-12345678"}
