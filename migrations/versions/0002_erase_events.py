"""let the words in events be erased with their submission"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("event", sa.Column("erased_on", sa.Date(), nullable=True))
