"""Changing what a campaign asks, line by line."""

from typing import Any

import pytest

from feedback.base.adapters.files import default_campaign
from feedback.base.domain.refusal import RefusalError
from feedback.campaigns.domain.campaign import (
    CITIZEN_SETS,
    MAX_SECTION_LENGTH,
    STANDARD_PRIVACY,
    CampaignContent,
    Section,
)
from feedback.editing.domain.campaign_edit import (
    MAX_QUESTIONS,
    MAX_SECTIONS,
    STANDARD_ROWS,
    QuestionRow,
    SectionRow,
    TermRow,
    differences,
    digest,
    question_rows,
    rearranged,
    section_rows,
    term_rows,
    with_asked,
    with_privacy,
    with_questions,
    with_set,
    with_texts,
)

CONTENT = default_campaign()["content"]
DOOR = QuestionRow("", "single_choice", "您从哪个门进来？", "东门\n西门")
EASE = QuestionRow("", "scale", "找得到窗口吗？", lowest="很难", highest="很容易")


def test_what_is_edited_and_not_changed_stays_the_same() -> None:
    content = with_questions(CONTENT, [DOOR, EASE])

    for name in CITIZEN_SETS:
        assert with_set(content, name, term_rows(content, name)) == content
    assert with_questions(content, question_rows(content)) == content
    assert differences(content, with_asked(content, list(CITIZEN_SETS))) == []


def test_every_kind_of_question_is_read_back_as_it_was_written() -> None:
    rows = [
        DOOR,
        QuestionRow("", "multiple_choice", "办过什么事？", "立案\n\n  咨询  \n"),
        EASE,
        QuestionRow("", "date", "哪一天来的？"),
        QuestionRow("", "short_text", "哪个窗口？", groups=("lawyer", "citizen")),
        QuestionRow("", "long_text", "还想说什么？"),
    ]

    read = CampaignContent.from_json(with_questions(CONTENT, rows)).questions

    assert [(question.kind, question.label) for question in read] == [(row.kind, row.label) for row in rows]
    assert [term.label for term in read[1].options] == ["立案", "咨询"]
    assert [term.label for term in read[2].options] == ["1 很难", "2", "3", "4", "5 很容易"]
    assert read[2].in_words(["5"]) == "5 很容易"
    assert read[4].groups == ("lawyer", "citizen")


def test_a_term_that_comes_back_is_the_same_and_a_renamed_one_stays_itself() -> None:
    first = with_set(CONTENT, "tag", [TermRow("", "加急"), TermRow("", "回访")])
    key = term_rows(first, "tag")[0].key

    without = with_set(first, "tag", term_rows(first, "tag")[1:])
    again = with_set(without, "tag", [*term_rows(without, "tag"), TermRow("", "加急")])
    renamed = with_set(first, "tag", [TermRow(key, "特急"), TermRow("", "加急")])

    assert {row.label: row.key for row in term_rows(again, "tag")}["加急"] == key
    keys = {row.label: row.key for row in term_rows(renamed, "tag")}
    assert (keys["特急"], keys["加急"] == key) == (key, False)


def test_a_group_that_is_gone_is_asked_nothing_any_more() -> None:
    content = with_questions(CONTENT, [QuestionRow("", "date", "哪天？", groups=("lawyer", "citizen"))])
    rows = [row for row in term_rows(content, "respondent_group") if row.key != "lawyer"]

    changed = with_set(content, "respondent_group", rows)
    nobody = with_set(changed, "respondent_group", [row for row in rows if row.key != "citizen"])

    assert CampaignContent.from_json(changed).questions[0].groups == ("citizen",)
    assert CampaignContent.from_json(nobody).questions[0].groups == ()


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([QuestionRow("", "date", "  ")], "第 1 项还没有写文字"),
        ([QuestionRow("", "date", "长" * 201)], "有 201 字，最多 200 字"),
        ([EASE, EASE], "有两项都是"),
        ([QuestionRow("", "single_choice", "哪个门？", "东门")], "至少写两个选项"),
        ([QuestionRow("", "single_choice", "哪个门？", "东门\n东门")], "有两项都是“东门”"),
        ([QuestionRow("", "date", f"第 {place} 个") for place in range(MAX_QUESTIONS + 1)], "最多 20 项"),
        ([QuestionRow("", "colour", "什么颜色？")], "请选择怎样回答"),
    ],
)
def test_a_question_that_cannot_be_asked_is_named(rows: list[QuestionRow], said: str) -> None:
    with pytest.raises(RefusalError, match=said):
        with_questions(CONTENT, rows)


def test_a_privacy_notice_is_read_back_as_it_was_written() -> None:
    longest = SectionRow("长" * 60, "长" * MAX_SECTION_LENGTH)

    changed = with_privacy(CONTENT, [SectionRow(" 为什么 ", " 为了改进。\r\n谢谢。 "), longest])

    sections = CampaignContent.from_json(changed).privacy
    assert sections == (Section("为什么", "为了改进。\n谢谢。"), Section(longest.label, longest.text))
    assert with_privacy(changed, section_rows(changed)) == changed
    assert differences(CONTENT, changed) == ["隐私说明：文字有改动"]


def test_the_standard_privacy_notice_is_not_written_down() -> None:
    changed = with_privacy(CONTENT, [SectionRow("为什么", "为了改进。")])
    written = {**CONTENT, "privacy": [vars(section) for section in STANDARD_PRIVACY]}

    assert section_rows(CONTENT) == STANDARD_ROWS
    for content in (CONTENT, changed, written):
        assert with_privacy(content, STANDARD_ROWS) == CONTENT
    assert differences(written, CONTENT) == []


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "至少要有一项"),
        ([SectionRow(" ", "好")], "第 1 项还没有写文字"),
        ([SectionRow("一", " \u200b")], "“一”下面还没有写内容"),
        ([SectionRow("长" * 61, "好")], "有 61 字，最多 60 字"),
        ([SectionRow("一", "长" * 2_001)], "有 2001 字，最多 2000 字"),
        ([SectionRow("一", "好"), SectionRow("一", "好")], "有两项都是“一”"),
        ([SectionRow(f"第 {place} 节", "好") for place in range(MAX_SECTIONS + 1)], "最多 20 项"),
    ],
)
def test_a_privacy_notice_that_cannot_be_shown_is_refused(rows: list[SectionRow], said: str) -> None:
    with pytest.raises(RefusalError, match=said):
        with_privacy(CONTENT, rows)


def test_a_set_is_never_empty() -> None:
    with pytest.raises(RefusalError, match="至少要有一项"):
        with_set(CONTENT, "kind", [])


def test_what_changes_is_said_in_words() -> None:
    changed: dict[str, Any] = with_texts(CONTENT, {"title": "新标题", "intro": CONTENT["intro"]})
    kinds = term_rows(changed, "kind")
    changed = with_set(changed, "kind", [kinds[1], kinds[0], TermRow(kinds[2].key, "问一问"), TermRow("", "其他")])
    changed = with_questions(changed, [DOOR])
    changed = with_asked(changed, ["category", "kind"])

    assert differences(CONTENT, changed) == [
        "标题：文字有改动",
        "类型：增加“其他”",
        "类型：去掉“表扬”",
        "类型：修改“问一问”",
        "类型：调整了顺序",
        "附加问题：增加“您从哪个门进来？”",
        "表单上依次询问：问题类别、类型",
    ]
    assert digest(CONTENT) != digest(changed)


@pytest.mark.parametrize(
    ("order", "lines"),
    [
        ("up-1", "bacd"), ("up-0", "abcd"), ("down-0", "bacd"), ("down-3", "abcd"), ("drop-2", "abd"), ("add", "abcd*"),
        ("", "abcd"), ("up-9", "abcd"), ("drop-x", "abcd"), ("drop-", "abcd"), ("up--1", "abcd"), ("down-²", "abcd"),
    ],
)  # fmt: skip
def test_lines_are_moved_by_the_button_beside_them(order: str, lines: str) -> None:
    assert "".join(rearranged(list("abcd"), order, fresh="*")) == lines
