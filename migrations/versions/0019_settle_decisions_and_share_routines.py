"""settle decisions and share routines"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    # What was decided before counts as settled.
    op.create_table(
        "settlement",
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("bulk_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["submission_id", "position"],
            ["event.submission_id", "event.position"],
            name=op.f("fk_settlement_submission_id_position"),
        ),
        sa.ForeignKeyConstraint(["bulk_id"], ["bulk.id"], name=op.f("fk_settlement_bulk_id")),
        sa.PrimaryKeyConstraint("submission_id", "position", name=op.f("pk_settlement")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_settlement_at"), "settlement", ["at"])
    op.create_table(
        "routine",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_routine")),
    )
