"""Near duplicates: found whatever was edited a little, never suspected for what everybody pastes."""

import csv
import random
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feedback.cases.domain.similarity import (
    MAX_CANDIDATE_CHARACTERS,
    MAX_CANDIDATES,
    SKETCH_SIZE,
    SUSPECTED_FROM,
    Change,
    differences,
    find_duplicates,
    nearest,
    shingles,
    similarity,
    sketch,
    values_to_share,
)
from tests.examples import FEW, MANY, anything

with open(Path(__file__).parents[2] / "data" / "opinions.csv", encoding="utf-8", newline="") as file:
    OPINIONS = [row["text"] for row in csv.DictReader(file)]
LONG_ENOUGH = [text for text in OPINIONS if len(text) >= 60]

WINDOW = (
    "派出所的户籍窗口只有工作日上班，我们在厂里上班的人请一天假要扣一百多块钱。"
    "上个月为了给孩子上户口跑了三趟，第一趟缺出生证明的复印件，第二趟系统坏了，第三趟才办成。"
    "建议周六上午也开门，需要什么材料提前写在公众号上，一次说清楚。"
)
HEARING = (
    "法院通知我九点开庭，我八点半就到了，等到十点四十才开始，没有人出来解释一句。"
    "同来的证人是请了假的，等不及就先走了，后来法官说证人没有到庭，他的话不能算。"
    "希望开庭延误时先告诉当事人要等多久，证人能先说的就让他先说。"
)
GREETING = "尊敬的各位领导：您好！感谢您在百忙之中倾听群众的声音。"
LAW = "《中华人民共和国民事诉讼法》规定，人民法院适用普通程序审理的案件，应当在立案之日起六个月内审结。"
CLOSING = "恳请领导高度重视，尽快调查处理，给我们一个满意的答复。此致敬礼！"

texts = st.one_of(anything, st.text("好的，。 aＡ１1", max_size=60), st.sampled_from(OPINIONS))


def how_similar(one: str, other: str) -> float:
    return similarity(shingles(one), shingles(other))


def shared_values(one: str, other: str) -> int:
    return len(set(sketch(one)) & set(sketch(other)))


def would_be_found(one: str, other: str) -> bool:
    return shared_values(one, other) >= values_to_share(sketch(one))


def with_block_replaced(text: str, chance: random.Random, *, part: float) -> str:
    length = round(len(text) * part)
    start = chance.randrange(len(text) - length + 1)
    return text[:start] + "".join(chance.choices("".join(OPINIONS), k=length)) + text[start + length :]


def with_scattered_edits(text: str, chance: random.Random, *, part: float) -> str:
    symbols = list(text)
    for place in chance.sample(range(len(text)), round(len(text) * part)):
        symbols[place] = chance.choice(["", chance.choice(WINDOW), symbols[place] + chance.choice(WINDOW)])
    return "".join(symbols)


def test_a_copy_with_a_fifth_replaced_in_one_block_is_suspected_and_found_by_its_sketch() -> None:
    chance = random.Random(1)

    copies = [(text, with_block_replaced(text, chance, part=0.2)) for text in LONG_ENOUGH]

    assert len(copies) >= 50
    assert [copy for text, copy in copies if how_similar(text, copy) < SUSPECTED_FROM] == []
    assert [copy for text, copy in copies if not would_be_found(copy, text)] == []


@pytest.mark.parametrize("part", [0.05, 0.1])
def test_a_copy_with_edits_all_over_is_suspected_and_found_by_its_sketch(part: float) -> None:
    chance = random.Random(2)

    copies = [(text, with_scattered_edits(text, chance, part=part)) for text in LONG_ENOUGH]

    assert [copy for text, copy in copies if how_similar(text, copy) < SUSPECTED_FROM] == []
    assert [copy for text, copy in copies if not would_be_found(copy, text)] == []


def test_no_two_opinions_of_different_people_are_suspected() -> None:
    cut = [shingles(text) for text in OPINIONS]

    suspected = [pair for pair in combinations(cut, 2) if similarity(*pair) >= SUSPECTED_FROM]

    assert suspected == []


def test_the_same_greeting_law_and_closing_around_different_matters_are_not_suspected() -> None:
    one, other = (GREETING + matter + LAW + CLOSING for matter in (WINDOW, HEARING))

    assert how_similar(one, other) < SUSPECTED_FROM


def test_a_copy_under_a_new_greeting_is_suspected() -> None:
    assert how_similar(WINDOW, GREETING + WINDOW) >= SUSPECTED_FROM


def test_paragraphs_in_another_order_are_nearly_the_same_text() -> None:
    first, second, third = WINDOW, HEARING, LAW

    one, other = "\n\n".join([first, second, third]), "\n\n".join([third, first, second])

    assert how_similar(one, other) > 0.95
    assert shared_values(one, other) >= SKETCH_SIZE - 2


@pytest.mark.parametrize(
    "retyped",
    [
        "我在Ａ座３０６办ＩＤ卡，排队排了２个小时才办好",
        "我在a座306办id卡,排队排了2个小时才办好!!",
        "　　我在 A座306\r\n办 ID 卡 ……排队排了2个小时，才办好",
        "我在\u200bA座306办ID卡，排队排了2个小时才办好\ufeff",
    ],
)
def test_width_case_blanks_and_punctuation_make_no_other_text(retyped: str) -> None:
    typed = "我在A座306办ID卡，排队排了2个小时才办好。"

    assert shingles(retyped) == shingles(typed)
    assert sketch(retyped) == sketch(typed)


def test_letters_are_the_same_however_their_accents_are_stored() -> None:
    assert shingles("Café Müller 门口停车太乱了，请管一管") == shingles(
        "Cafe\u0301 Mu\u0308ller 门口停车太乱了，请管一管"
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("窗口太少了。", "窗口太小了。"),
        ("都挺好，没意见", "都不好，没意见"),
        ("好好好", "好" * 50),
        ("建议周六上午也能开门", "建议周日上午也能开门"),
        ("👍👍", "👎👎"),
        ("！", "？"),
    ],
)
def test_short_texts_that_are_not_equal_have_nothing_in_common(one: str, other: str) -> None:
    assert how_similar(one, other) == 0.0
    assert shared_values(one, other) == 0


@pytest.mark.parametrize(("one", "other"), [("窗口太少了。", " 窗口太少了！！"), ("ＯＫ", "ok"), ("👍 👍", "👍👍")])
def test_short_texts_that_say_the_same_are_equal(one: str, other: str) -> None:
    assert how_similar(one, other) == 1.0
    assert len(sketch(one)) == 1
    assert would_be_found(one, other)


def test_a_short_text_is_not_found_inside_a_long_one() -> None:
    assert how_similar("窗口太少了。", "窗口太少了。" + WINDOW) == 0.0


def test_duplicates_come_with_their_similarity_the_nearest_first() -> None:
    others = [(4, HEARING), (7, WINDOW + CLOSING), (9, "窗口太少了。"), (12, WINDOW), (15, WINDOW[:40])]

    found = find_duplicates(WINDOW, others)

    assert [identity for identity, _ in found] == [12, 7]
    assert found == [(identity, how_similar(WINDOW, dict(others)[identity])) for identity, _ in found]
    assert found[0][1] == 1.0


@FEW
@given(texts, st.lists(texts, max_size=5))
def test_the_duplicates_of_a_text_are_all_that_are_similar_enough(text: str, others: list[str]) -> None:
    found = find_duplicates(text, enumerate(others))

    expected = {place for place, other in enumerate(others) if how_similar(text, other) >= SUSPECTED_FROM}
    assert {identity for identity, _ in found} == expected


@MANY
@given(texts, texts)
def test_similarity_is_the_same_both_ways_and_one_for_the_text_itself(one: str, other: str) -> None:
    score = how_similar(one, other)

    assert score == how_similar(other, one)
    assert 0.0 <= score <= 1.0
    assert how_similar(one, one) == 1.0
    assert (score == 1.0) is (shingles(one) == shingles(other))


def test_two_empty_sets_are_the_same() -> None:
    assert similarity(set(), set()) == 1.0


@MANY
@given(texts)
def test_a_sketch_is_a_few_rising_numbers_that_fit_a_signed_column(text: str) -> None:
    values = sketch(text)

    assert 1 <= len(values) <= SKETCH_SIZE
    assert values == sorted(set(values))
    assert all(0 <= value < 2**31 for value in values)
    assert would_be_found(text, text)


def test_sketches_stay_what_they_were_when_rows_were_stored() -> None:
    assert sketch("窗口太少了。") == [722_312_472]
    assert sketch("建议周六上午也开一下户政窗口")[:3] == [124_345_802, 259_895_160, 329_296_263]


@MANY
@given(texts, texts)
# Where a run ends behind the next one on one side alone.
@example("adabdd", "baaddb")
def test_the_pieces_of_either_side_joined_are_its_text_again(left: str, right: str) -> None:
    pieces = differences(left, right)

    assert "".join(piece.left for piece in pieces) == left
    assert "".join(piece.right for piece in pieces) == right
    for change, left_piece, right_piece in pieces:
        assert (change is Change.SAME) is (left_piece == right_piece)
        assert (change is Change.LEFT_ONLY) is (right_piece == "")
        assert (change is Change.RIGHT_ONLY) is (left_piece == "")


@FEW
@given(st.integers(0, 2**32))
def test_unchanged_and_changed_pieces_take_turns(seed: int) -> None:
    pieces = differences(WINDOW, with_scattered_edits(WINDOW, random.Random(seed), part=0.15))

    same = [piece.change is Change.SAME for piece in pieces]
    assert all(one is not next_one for one, next_one in pairwise(same))


@MANY
@given(texts)
def test_a_text_does_not_differ_from_itself(text: str) -> None:
    assert differences(text, text) == ([(Change.SAME, text, text)] if text else [])


def test_what_differs_is_marked_and_nothing_else() -> None:
    left = "建议派出所周六上午开门，上班族平时真请不出假。"
    right = "建议派出所周日上午开门，上班族平时请不出假，谢谢。"

    assert differences(left, right) == [
        (Change.SAME, "建议派出所周", "建议派出所周"),
        (Change.CHANGED, "六", "日"),
        (Change.SAME, "上午开门，上班族平时", "上午开门，上班族平时"),
        (Change.LEFT_ONLY, "真", ""),
        (Change.SAME, "请不出假", "请不出假"),
        (Change.RIGHT_ONLY, "", "，谢谢"),
        (Change.SAME, "。", "。"),
    ]


def test_a_paragraph_that_moved_stands_where_it_was_and_where_it_is() -> None:
    pieces = differences(WINDOW + "\n" + HEARING, HEARING + "\n" + WINDOW)

    assert max(len(piece.left) for piece in pieces if piece.change is Change.SAME) >= min(len(WINDOW), len(HEARING))


def test_most_of_a_lightly_edited_text_is_marked_as_the_same() -> None:
    chance = random.Random(3)

    for text in LONG_ENOUGH:
        pieces = differences(text, with_scattered_edits(text, chance, part=0.05))
        same = sum(len(piece.left) for piece in pieces if piece.change is Change.SAME)
        assert same >= len(text) * 0.88, text


FIVE_THOUSAND = 5_000
RISING = "".join(map(chr, range(0x4E00, 0x4E00 + FIVE_THOUSAND)))
DIGITS = "".join(random.Random(4).choices("01", k=FIVE_THOUSAND))
HOSTILE = [
    ("好" * FIVE_THOUSAND, "坏" + "好" * (FIVE_THOUSAND - 1)),
    ("ab" * 2_500, "ba" * 2_500),
    ("，" * FIVE_THOUSAND, "，。" * 2_500),
    (RISING, RISING[::-1]),
    (RISING, "".join(RISING[start : start + 9] for start in range(FIVE_THOUSAND, -1, -9))),
    ("\ufdfa" * FIVE_THOUSAND, "\ufdfa。" * 2_500),
    ("\U0001f468\u200d" * 2_500, "\U0001f469\u200d" * 2_500),
    (
        "".join(random.Random(4).choices("01", k=FIVE_THOUSAND)),
        "".join(random.Random(5).choices("01", k=FIVE_THOUSAND)),
    ),
]


@pytest.mark.timeout(20)
@pytest.mark.parametrize(("left", "right"), HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_take_no_longer_than_others(left: str, right: str) -> None:
    for _ in range(10):
        pieces = differences(left, right)

    assert "".join(piece.left for piece in pieces) == left
    assert "".join(piece.right for piece in pieces) == right
    assert 0.0 <= how_similar(left, right) <= 1.0


def test_who_shares_the_rarest_values_is_nearest_and_the_newest_of_equals() -> None:
    common, rare = list(range(1, 101)), [7, 8]
    holders = {1: common, 2: common, 3: rare, 4: [8]}

    assert nearest([1, 2, 3, 4], holders)[:3] == [8, 7, 100]
    assert len(nearest([1, 2, 3, 4], holders)) == MAX_CANDIDATES
    assert nearest([1, 3, 5], holders) == [8, 7]
    assert nearest([3], {3: rare}) == [8, 7]
    assert nearest([5, 6], holders) == []


def test_of_the_longest_texts_only_the_nearest_are_compared() -> None:
    body = "城" + "东派出所" * 1_000
    most = MAX_CANDIDATE_CHARACTERS // len(body)

    found = find_duplicates(body, [(one, body) for one in range(50)])

    assert [one for one, _ in found] == list(range(most))
