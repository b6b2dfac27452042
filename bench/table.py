"""Lines of figures with their goals, as a Markdown table."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import nan
from statistics import median
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Goal:
    limit: float
    is_minimum: bool = False
    of_ratio: bool = True  # or of the product's own figure

    def __str__(self) -> str:
        return f"{'≥' if self.is_minimum else '≤'} {number(self.limit)}"


@dataclass(frozen=True)
class Line:
    measure: str
    product: float
    control: float
    ratio: float
    goal: Goal | None

    @property
    def verdict(self) -> str:
        if self.goal is None:
            return ""
        judged = self.ratio if self.goal.of_ratio else self.product
        is_met = judged >= self.goal.limit if self.goal.is_minimum else judged <= self.goal.limit
        return "met" if is_met else "**missed**"

    def __str__(self) -> str:
        figures = (number(self.product), number(self.control), f"{self.ratio:.2f}")
        return " | ".join(("", self.measure, *figures, str(self.goal or ""), self.verdict, "")).strip()


def compared(
    measure: str, product: Sequence[T], control: Sequence[T], figure: Callable[[T], float], goal: Goal | None = None
) -> Line:
    """The ratio is the median of the rounds' ratios: both sides of a round met the machine in the same mood."""
    ours, theirs = list(map(figure, product)), list(map(figure, control))
    ratios = [our / their if their else nan for our, their in zip(ours, theirs, strict=True)]
    return Line(measure, median(ours), median(theirs), median(ratios), goal)


def markdown(lines: Iterable[Line]) -> str:
    head = ("| measure | product | control | ratio | goal | |", "|---|--:|--:|--:|--:|---|")
    return "\n".join((*head, *map(str, lines)))


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"
