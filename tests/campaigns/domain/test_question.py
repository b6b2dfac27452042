"""Extra questions over the versions of a campaign."""

from datetime import date

from feedback.campaigns.domain.question import Question, QuestionKind, asked_over, read_questions

DATE = Question("day", QuestionKind.DATE, "哪天来的？", ())


def choice(label: str, **options: str) -> Question:
    values = [{"key": key, "label": words} for key, words in options.items()]
    (question,) = read_questions([{"key": "door", "kind": "single_choice", "label": label, "options": values}], set())
    return question


def test_newer_words_win_and_what_is_asked_today_comes_first() -> None:
    versions = [
        (7, [DATE, choice("哪个门？", east="东大门", north="北门")]),
        (
            5,
            [
                choice("从哪个门进来？", east="东门", west="西门"),
                Question("who", QuestionKind.SHORT_TEXT, "找谁？", ()),
            ],
        ),
    ]

    day, door, who = asked_over(versions)

    assert [question.label for question in (day, door, who)] == ["哪天来的？", "哪个门？", "找谁？"]
    assert door.options == {"east": "东大门", "west": "西门", "north": "北门"}
    assert door.in_words(["west", "east"], version=5) == "西门、东大门"
    assert (set(day.kinds), set(door.kinds)) == ({7}, {5, 7})


def test_the_senders_own_words_are_never_taken_for_a_choice() -> None:
    (scale,) = read_questions([{"key": "wait", "kind": "scale", "label": "等得久吗？", "highest": "太久"}], set())
    written = Question("wait", QuestionKind.SHORT_TEXT, "等了几天？", ())

    (asked,) = asked_over([(2, [scale]), (1, [written])])

    assert (asked.in_words(["5"], version=2), asked.in_words(["5"], version=1)) == ("5 太久", "5")


def test_a_sheet_gets_a_number_for_a_step_and_a_day_for_a_day() -> None:
    (scale,) = read_questions([{"key": "wait", "kind": "scale", "label": "等得久吗？", "highest": "太久"}], set())
    written = Question("wait", QuestionKind.SHORT_TEXT, "等了几天？", ())
    steps, day = asked_over([(2, [scale, DATE]), (1, [written])])

    assert [steps.as_value([step], version=2) for step in ("1", "5", "9")] == [1, 5, "9"]
    assert steps.as_value(["5"], version=1) == "5"
    assert [day.as_value([typed], version=2) for typed in ("2026-11-20", "去年")] == [date(2026, 11, 20), "去年"]
    assert (steps.ends, day.ends) == (("5 太久",), ())
