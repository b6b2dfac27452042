"""let citizens add pictures and supplements, rate the answer and ask once more; mark kiosks and suspicious entries"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "attachment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("text_id", sa.Integer(), nullable=False),
        sa.Column("file_hash", sa.String(length=64), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("erased_on", sa.Date(), nullable=True),
        sa.CheckConstraint("(content IS NULL) = (erased_on IS NOT NULL)", name=op.f("ck_attachment_erased")),
        sa.ForeignKeyConstraint(["text_id"], ["text.id"], name=op.f("fk_attachment_text_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sa.UniqueConstraint("name", name=op.f("uq_attachment_name")),
        sa.UniqueConstraint("text_id", "file_hash", "page", name=op.f("uq_attachment_text_id_file_hash_page")),
    )
    op.add_column("text", sa.Column("sending_hash", sa.String(length=64), nullable=True))
    op.create_index("uq_text_sending_hash", "text", ["sending_hash"], unique=True)
    op.add_column("channel", sa.Column("is_kiosk", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("submission", sa.Column("suspicion", sa.String(length=80), nullable=True))
    op.add_column("submission", sa.Column("is_reconsidered", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("submission", sa.Column("seen_reply_id", sa.Integer(), nullable=True))
    # In words of SQL: Alembic would leave the constraint out on SQLite.
    op.execute(
        "ALTER TABLE submission ADD COLUMN satisfaction INTEGER "
        "CONSTRAINT ck_submission_satisfaction CHECK (satisfaction BETWEEN 1 AND 5)"
    )
