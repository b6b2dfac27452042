"""count what is suspected without what is sealed"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

# Both hold few rows, whatever the size of the table: they are made anew in one go.
_INDEXES = {
    "ix_submission_suspicion": (
        ["campaign_id", "is_trial", "lane", "id", "suspicion", "status"],
        "suspicion IS NOT NULL",
        "suspicion IS NOT NULL",
    ),
    "ix_submission_suspected": (
        ["campaign_id", "is_trial", "lane", "is_suspected", "id", "status"],
        "is_suspected = 1",
        "is_suspected",
    ),
}


def upgrade() -> None:
    for name, (columns, on_sqlite, on_postgresql) in _INDEXES.items():
        op.drop_index(name, "submission")
        op.create_index(
            name, "submission", columns, sqlite_where=sa.text(on_sqlite), postgresql_where=sa.text(on_postgresql)
        )
