"""let what a campaign asks be edited before it is published"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("campaign", sa.Column("working", sa.JSON(none_as_null=True), nullable=True))
