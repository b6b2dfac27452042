"""have posters of all channels made by a worker, and let a channel say which unit its opinions concern"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    # Word for word what both databases take without making the table anew.
    op.execute(
        "ALTER TABLE channel ADD COLUMN preset_unit_id INTEGER "
        "CONSTRAINT fk_channel_preset_unit_id_unit REFERENCES unit (id)"
    )
    op.create_table(
        "poster_print",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("form", sa.String(length=20), nullable=False),
        sa.Column("design", sa.String(length=20), nullable=False),
        sa.Column("is_zip", sa.Boolean(), nullable=False),
        sa.Column("file_name", sa.String(length=80), nullable=True),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_poster_print_campaign_id_campaign")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_poster_print_job_id_job")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_poster_print_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_poster_print")),
        sa.UniqueConstraint("job_id", name=op.f("uq_poster_print_job_id")),
    )
    op.create_index(op.f("ix_poster_print_campaign_id"), "poster_print", ["campaign_id"])
