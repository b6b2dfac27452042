"""What a citizen hands in."""

from dataclasses import replace

import pytest

from feedback.cases.domain.opinion import Opinion, OpinionError, check_contact, check_text
from feedback.cases.domain.receipt import content_hash

OPINION = Opinion(text="停车难")


@pytest.mark.parametrize("text", ["", " \n\t", "\u3000\u200b\ufeff"])
def test_an_empty_text_is_refused_with_a_kind_word(text: str) -> None:
    with pytest.raises(OpinionError, match="请写下您的意见建议") as refusal:
        check_text(text)

    assert refusal.value.field == "text"


def test_length_is_counted_in_code_points() -> None:
    check_text("𠮷" * 5_000)
    check_text("👍" * 5_000)

    with pytest.raises(OpinionError, match="文字有 5001 字，最多 5000 字。请删减 1 字"):
        check_text("好" * 5_001)


def test_a_broken_character_is_refused_and_the_field_named() -> None:
    with pytest.raises(OpinionError, match="无法识别") as refusal:
        check_text("一\ufffd二", field="body")

    assert refusal.value.field == "body"


def test_control_characters_are_kept() -> None:
    check_text("一\x07二\x1b三")


@pytest.mark.parametrize("given", [{"name": "王小明"}, {"phone": "13812341234"}])
def test_contact_details_need_a_consent_of_their_own(given: dict[str, str]) -> None:
    with pytest.raises(OpinionError) as refusal:
        check_contact(replace(OPINION, **given))

    assert refusal.value.field == "consent"
    check_contact(replace(OPINION, **given, has_consented=True))


def test_an_anonymous_opinion_needs_no_consent() -> None:
    check_contact(OPINION)


def test_two_sendings_are_one_only_if_every_field_is_the_same() -> None:
    others = [
        replace(OPINION, text="停车贵"),
        replace(OPINION, respondent_group="citizen"),
        replace(OPINION, kind="problem"),
        replace(OPINION, agency="court"),
        replace(OPINION, category="efficiency"),
        replace(OPINION, name="王小明"),
        replace(OPINION, phone="13812341234"),
        replace(OPINION, has_consented=True),
        replace(OPINION, answers={"where": ("法院",)}),
        replace(OPINION, answers={"where": ("法", "院")}),
    ]

    hashes = {content_hash(opinion.canonical(), "nonce", bytes(32)) for opinion in [OPINION, *others]}

    assert len(hashes) == len(others) + 1


def test_the_order_of_answers_does_not_matter_and_none_is_like_no_answers() -> None:
    one = replace(OPINION, answers={"where": ("法院",), "when": ("上午",)})
    two = replace(OPINION, answers={"when": ("上午",), "where": ("法院",)})

    assert one.canonical() == two.canonical()
    assert OPINION.canonical() == replace(OPINION, answers={}).canonical()
