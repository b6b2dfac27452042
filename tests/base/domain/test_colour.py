import pytest

from feedback.base.domain.colour import STANDARD_ACCENT, accent_style, checked_accent, contrast, mixed, on_dark
from feedback.base.domain.refusal import RefusalError

DARK_CARD = "#262422"
ACCENTS = [STANDARD_ACCENT, "#1d5c86", "#1c6e45", "#000000", "#767676", "#5b2a86"]


def test_black_on_white_is_the_most_and_the_same_the_least() -> None:
    assert contrast("#000000", "#ffffff") == contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#9c2f26", "#9c2f26") == 1


def test_the_ratio_is_that_of_the_standard() -> None:
    # The least grey that passes on white: https://webaim.org/articles/contrast names it.
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


def test_a_mixture_lies_between_its_colours() -> None:
    assert [mixed("#000000", "#ffffff", share) for share in (0, 0.5, 1)] == ["#000000", "#808080", "#ffffff"]


@pytest.mark.parametrize("typed", [*ACCENTS, " #9C2F26 "])
def test_white_letters_can_be_read_on_an_accent(typed: str) -> None:
    assert contrast(checked_accent(typed), "#ffffff") >= 4.5


@pytest.mark.parametrize("typed", ["#07c160", "#777777", "#ffffff"])
def test_a_pale_accent_is_refused_with_its_ratio(typed: str) -> None:
    with pytest.raises(RefusalError, match="太浅") as refused:
        checked_accent(typed)

    assert f"{contrast(typed, '#ffffff'):.1f}" in refused.value.message


@pytest.mark.parametrize(
    "typed", ["", "red", "#9c2f2", "#9c2f26}", "#9c2f26;x:y", "9c2f26", "#９c2f26", "#9c2f26\n#fff"]
)
def test_what_is_no_colour_is_refused(typed: str) -> None:
    with pytest.raises(RefusalError, match="六位"):
        checked_accent(typed)


@pytest.mark.parametrize("accent", ACCENTS)
def test_on_dark_pages_the_accent_is_seen_and_its_letters_are_read(accent: str) -> None:
    shade = on_dark(accent)

    assert contrast(shade, DARK_CARD) >= 3
    assert contrast(shade, "#ffffff") >= 4.5


def test_the_style_names_the_accent_and_its_dark_shade() -> None:
    style = accent_style("#1d5c86")

    assert "--accent:#1d5c86" in style
    assert f"--accent:{on_dark('#1d5c86')}" in style.partition("dark")[2]
