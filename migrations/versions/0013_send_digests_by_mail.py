"""let staff leave an address for a daily digest"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("user_account", sa.Column("email", sa.String(length=200), nullable=True))
    op.add_column("user_account", sa.Column("digested_on", sa.Date(), nullable=True))
