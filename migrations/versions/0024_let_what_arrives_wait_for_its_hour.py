"""let what arrives wait for its hour"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    _forget_networks()
    # What came before keeps its place: the order it lies in tells what it told before (ADR 3).
    op.create_table(
        "arrival",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=12), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("campaign_version_id", sa.Integer(), nullable=False),
        sa.Column("channel_id", sa.Integer(), nullable=False),
        sa.Column("is_trial", sa.Boolean(), nullable=False),
        sa.Column("respondent_group", sa.String(length=40), nullable=True),
        sa.Column("is_proven", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=True),
        sa.Column("agency", sa.String(length=40), nullable=True),
        sa.Column("category", sa.String(length=40), nullable=True),
        sa.Column("suspicion", sa.String(length=80), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("nonce_hash", sa.String(length=64), nullable=False),
        sa.Column("nonce_key_id", sa.String(length=16), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("code_key_id", sa.String(length=16), nullable=False),
        sa.Column("mint_key_id", sa.String(length=16), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("contact_uuid", sa.String(length=36), nullable=True),
        sa.Column("contact_name", sa.LargeBinary(), nullable=True),
        sa.Column("contact_phone", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arrival")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_arrival_code_hash")),
        sa.UniqueConstraint("nonce_hash", name=op.f("uq_arrival_nonce_hash")),
        sa.UniqueConstraint("number", name=op.f("uq_arrival_number")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "arriving_act",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=12), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("sending_hash", sa.String(length=64), nullable=True),
        sa.Column("value", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'supplement') = (sending_hash IS NOT NULL)", name=op.f("ck_arriving_act_sending_hash")
        ),
        sa.CheckConstraint(
            "kind IN ('supplement', 'rating', 'reconsideration', 'withdrawal', 'sight')",
            name=op.f("ck_arriving_act_kind"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arriving_act")),
        sa.UniqueConstraint("number", "position", name=op.f("uq_arriving_act_number_position")),
        sa.UniqueConstraint("sending_hash", name=op.f("uq_arriving_act_sending_hash")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "arriving_picture",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("sending_hash", sa.String(length=64), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("file_hash", sa.String(length=64), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_arriving_picture")),
        sa.UniqueConstraint(
            "sending_hash", "file_hash", "page", name=op.f("uq_arriving_picture_sending_hash_file_hash_page")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "arriving_visits",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("channel_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arriving_visits")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "crowded_hour",
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sendings", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("hour", name=op.f("pk_crowded_hour")),
    )
    op.create_table(
        "channel_unit",
        sa.Column("channel_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name=op.f("fk_channel_unit_channel_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_channel_unit_unit_id")),
        sa.PrimaryKeyConstraint("channel_id", "unit_id", name=op.f("pk_channel_unit")),
    )
    op.add_column("group_code_batch", sa.Column("spent_lately", sa.Integer(), server_default="0", nullable=False))
    op.execute(
        "UPDATE group_code_batch SET spent_lately = "
        "(SELECT count(*) FROM group_code WHERE group_code.batch_id = group_code_batch.id AND is_spent)"
    )


def _forget_networks() -> None:
    """What was known of the network an opinion came from goes, and with it what the files remember of that."""
    op.execute(
        "INSERT INTO job (kind, payload, status, attempts, fence, done_count, total_count, created_at) "
        "SELECT 'erase', '{}', 'queued', 0, 0, 0, 0, CURRENT_TIMESTAMP "
        "WHERE EXISTS (SELECT 1 FROM submission WHERE suspicion IN ('burst', 'trap,burst'))"
    )
    op.execute("UPDATE submission SET suspicion = NULL WHERE suspicion = 'burst'")
    op.execute("UPDATE submission SET suspicion = 'trap' WHERE suspicion = 'trap,burst'")
