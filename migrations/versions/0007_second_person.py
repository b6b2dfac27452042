"""let decisions that end a matter wait for a second person"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    # In words of SQL: Alembic would leave the constraint out on SQLite.
    op.execute(
        "ALTER TABLE campaign ADD COLUMN second_person VARCHAR(10) DEFAULT 'auto' NOT NULL "
        "CONSTRAINT ck_campaign_second_person CHECK (second_person IN ('auto', 'on', 'off'))"
    )
    op.create_table(
        "proposal",
        sa.Column("submission_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("into_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name=op.f("fk_proposal_submission_id")),
        sa.ForeignKeyConstraint(["into_id"], ["submission.id"], name=op.f("fk_proposal_into_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_proposal_user_id")),
        sa.PrimaryKeyConstraint("submission_id", name=op.f("pk_proposal")),
    )
