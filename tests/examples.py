"""What hypothesis tries here: few examples, because the whole folder is to take less than a second."""

from datetime import UTC, datetime

from hypothesis import settings, strategies

FEW = settings(max_examples=25, deadline=None, database=None, derandomize=True)
MANY = settings(FEW, max_examples=100)

# Everything Python calls a character, lone surrogates and digits of other scripts included.
anything = strategies.text(strategies.characters(exclude_categories=()), max_size=60)
moments = strategies.floats(0, 4e9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
