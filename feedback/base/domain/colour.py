"""Colours as #rrggbb: how well two can be told apart (WCAG 2.2, 1.4.3), and what goes with a campaign's accent."""

import re

from feedback.base.domain.refusal import RefusalError

STANDARD_ACCENT = "#9c2f26"
# Letters on a button, and the edge of what was chosen on a dark card.
LEAST_FOR_TEXT, LEAST_FOR_EDGES = 4.5, 3.0
_WHITE, _DARK_CARD = "#ffffff", "#262422"
_COLOUR = re.compile(r"#[0-9a-f]{6}")


def contrast(one: str, other: str) -> float:
    """From 1, the same, to 21, black on white."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def mixed(one: str, other: str, share: float) -> str:
    """`one` with a share, 0 to 1, of `other` in it."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def checked_accent(typed: str) -> str:
    """An accent white letters can be read on; RefusalError says what is wrong with any other."""
    colour = typed.strip().lower()
    if _COLOUR.fullmatch(colour) is None:
        raise RefusalError("颜色请写成 # 和六位数字或字母，如 #9c2f26。", field="accent")
    if (ratio := contrast(colour, _WHITE)) < LEAST_FOR_TEXT:
        raise RefusalError(
            f"这个颜色太浅，上面的白字看不清（对比度 {ratio:.1f}，至少要 {LEAST_FOR_TEXT}）。请选深一些的。",
            field="accent",
        )
    return colour


def on_dark(accent: str) -> str:
    """The accent for dark pages: no darker than it must be to be seen there."""
    shades = (mixed(accent, _WHITE, percent / 100) for percent in range(101))
    return next(shade for shade in shades if contrast(shade, _DARK_CARD) >= LEAST_FOR_EDGES)


def accent_style(accent: str) -> str:
    """The rules that give public pages another accent than their style sheet's."""
    dark = on_dark(accent)
    return (
        f":root{{--accent:{accent};--wash:{mixed(accent, _WHITE, 0.88)}}}"
        f"@media (prefers-color-scheme:dark){{:root{{--accent:{dark};--wash:{mixed(dark, _DARK_CARD, 0.75)}}}}}"
    )


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[start : start + 2], 16) for start in (1, 3, 5))


def _luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (channel / 255 for channel in _channels(colour))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
