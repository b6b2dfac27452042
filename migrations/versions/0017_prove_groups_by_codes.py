"""prove groups by one-time codes"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "group_code_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("respondent_group", sa.String(length=40), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("is_revoked", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_group_code_batch_campaign_id_campaign")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_code_batch")),
    )
    op.create_index(op.f("ix_group_code_batch_campaign_id"), "group_code_batch", ["campaign_id"])
    op.create_table(
        "group_code",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("is_spent", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["group_code_batch.id"], name=op.f("fk_group_code_batch_id_group_code_batch")
        ),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_group_code")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_group_code_batch_id"), "group_code", ["batch_id"])
