"""let staff refer, seal, tag, prioritise and note, with a day by which it is due"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("submission", sa.Column("due_on", sa.Date(), nullable=True))
    # In words of SQL: Alembic would leave the constraint out on SQLite.
    op.execute(
        "ALTER TABLE submission ADD COLUMN priority VARCHAR(10) DEFAULT 'normal' NOT NULL "
        "CONSTRAINT ck_submission_priority CHECK (priority IN ('normal', 'high', 'urgent'))"
    )
    op.create_index(
        "ix_submission_due",
        "submission",
        ["campaign_id", "due_on", "id"],
        sqlite_where=sa.text("due_on IS NOT NULL"),
        postgresql_where=sa.text("due_on IS NOT NULL"),
    )
    op.add_column("proposal", sa.Column("detail", sa.JSON(), nullable=True))
    op.create_table(
        "submission_tag",
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("tag", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name=op.f("fk_submission_tag_submission_id")),
        sa.PrimaryKeyConstraint("submission_id", "tag", name=op.f("pk_submission_tag")),
    )
    op.create_index("ix_submission_tag_tag", "submission_tag", ["tag", "submission_id"])
    op.create_table(
        "mention",
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["submission_id", "position"],
            ["event.submission_id", "event.position"],
            name=op.f("fk_mention_submission_id"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_mention_user_id")),
        sa.PrimaryKeyConstraint("submission_id", "position", "user_id", name=op.f("pk_mention")),
    )
    op.create_index(
        "ix_mention_unread",
        "mention",
        ["user_id"],
        sqlite_where=sa.text("read_at IS NULL"),
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.create_index("ix_reply_user", "reply", ["user_id", "replied_at"])
