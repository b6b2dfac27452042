"""print the poster of one channel"""

from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    # In words of SQL: Alembic would leave the constraint out on SQLite.
    op.execute(
        "ALTER TABLE poster_print ADD COLUMN channel_id INTEGER "
        "CONSTRAINT fk_poster_print_channel_id REFERENCES channel (id)"
    )
