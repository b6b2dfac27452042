"""let staff claim submissions for a while and take a reply back before it is read"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    # In words of SQL: Alembic would leave the constraint out on SQLite.
    op.execute(
        "ALTER TABLE submission ADD COLUMN claimed_by_id INTEGER "
        "CONSTRAINT fk_submission_claimed_by_id REFERENCES user_account (id)"
    )
    op.add_column("submission", sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_submission_claim",
        "submission",
        ["claimed_by_id", "id"],
        sqlite_where=sa.text("claimed_by_id IS NOT NULL"),
        postgresql_where=sa.text("claimed_by_id IS NOT NULL"),
    )
    op.create_index(
        "ix_submission_suspicion",
        "submission",
        ["campaign_id", "status", "id"],
        sqlite_where=sa.text("suspicion IS NOT NULL"),
        postgresql_where=sa.text("suspicion IS NOT NULL"),
    )
    op.create_table(
        "undone_reply",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["id"], ["reply.id"], name=op.f("fk_undone_reply_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_undone_reply")),
    )
