"""decide about many at once, and undo the whole"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "bulk",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("undo_job_id", sa.Integer(), nullable=True),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("rejection_kind", sa.String(length=40), nullable=True),
        sa.Column("chosen", sa.JSON(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("action IN ('accept', 'reject', 'complete', 'classify')", name=op.f("ck_bulk_action")),
        sa.CheckConstraint("action <> 'reject' OR reason IS NOT NULL", name=op.f("ck_bulk_reason")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_bulk_job_id")),
        sa.ForeignKeyConstraint(["undo_job_id"], ["job.id"], name=op.f("fk_bulk_undo_job_id")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_bulk_campaign_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_bulk_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk")),
        sa.UniqueConstraint("job_id", name=op.f("uq_bulk_job_id")),
        sa.UniqueConstraint("undo_job_id", name=op.f("uq_bulk_undo_job_id")),
    )
    op.create_index("ix_bulk_user_id", "bulk", ["user_id"])
    op.create_table(
        "bulk_item",
        sa.Column("bulk_id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("why", sa.String(length=20), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('waiting', 'changed', 'proposed', 'skipped', 'undone', 'kept')",
            name=op.f("ck_bulk_item_outcome"),
        ),
        sa.CheckConstraint("(outcome = 'skipped') = (why IS NOT NULL)", name=op.f("ck_bulk_item_why")),
        sa.ForeignKeyConstraint(["bulk_id"], ["bulk.id"], name=op.f("fk_bulk_item_bulk_id")),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name=op.f("fk_bulk_item_submission_id")),
        sa.PrimaryKeyConstraint("bulk_id", "submission_id", name=op.f("pk_bulk_item")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_bulk_item_outcome", "bulk_item", ["bulk_id", "outcome", "submission_id"])
