"""name columns by what they hold"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

_RENAMED = (
    ("campaign", "furniture", "imprint"),
    ("campaign", "working", "draft_content"),
    ("submission", "is_suspected", "has_lookalike"),
    ("poster_print", "form", "size"),
    ("bulk_item", "seen", "seen_version"),
)


def upgrade() -> None:
    # Both databases rename in place, whatever the size of the table, and in every index and rule that names the column.
    for table, before, after in _RENAMED:
        op.execute(f"ALTER TABLE {table} RENAME COLUMN {before} TO {after}")
    # An answer that waits to be signed has a place of its own; few wait at any time.
    op.add_column("proposal", sa.Column("body", sa.Text(), nullable=True))
    op.execute("UPDATE proposal SET body = reason, reason = NULL WHERE action = 'reply'")
