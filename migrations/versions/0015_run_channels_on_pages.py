"""let channels be closed, have days of their own and a group to begin with, and count their visits by the day"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("channel", sa.Column("respondent_group", sa.String(length=40), nullable=True))
    op.add_column("channel", sa.Column("opens_on", sa.Date(), nullable=True))
    op.add_column("channel", sa.Column("closes_on", sa.Date(), nullable=True))
    op.add_column("channel", sa.Column("is_closed", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "channel_day",
        sa.Column("channel_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name=op.f("fk_channel_day_channel_id_channel")),
        sa.PrimaryKeyConstraint("channel_id", "day", name=op.f("pk_channel_day")),
    )
