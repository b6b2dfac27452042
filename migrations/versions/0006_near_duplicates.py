"""find near duplicates, and merge them without losing a receipt"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "sketch",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("value", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_sketch_campaign_id")),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name=op.f("fk_sketch_submission_id")),
        sa.PrimaryKeyConstraint("campaign_id", "value", "submission_id", name=op.f("pk_sketch")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_sketch_submission_id", "sketch", ["submission_id"])
    op.create_table(
        "likeness",
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.CheckConstraint("verdict IN ('suspected', 'merged', 'distinct')", name=op.f("ck_likeness_verdict")),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name=op.f("fk_likeness_submission_id")),
        sa.ForeignKeyConstraint(["other_id"], ["submission.id"], name=op.f("fk_likeness_other_id")),
        sa.PrimaryKeyConstraint("submission_id", "other_id", name=op.f("pk_likeness")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_likeness_verdict", "likeness", ["verdict", "submission_id"])
    # In words of SQL: Alembic would leave the constraint out on SQLite.
    op.execute(
        "ALTER TABLE submission ADD COLUMN merged_into_id INTEGER "
        "CONSTRAINT fk_submission_merged_into_id REFERENCES submission (id)"
    )
    op.create_index(
        "ix_submission_merged",
        "submission",
        ["merged_into_id"],
        sqlite_where=sa.text("merged_into_id IS NOT NULL"),
        postgresql_where=sa.text("merged_into_id IS NOT NULL"),
    )
