"""The inbox keeps one row for each resource that waits, with how often it was told of."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Count the deliveries of a row; what waits already was told of once."""
    op.add_column(
        "inbox", sa.Column("deliveries", sa.Integer(), server_default="1", nullable=False)
    )


def downgrade() -> None:
    """Forget how often; the rows themselves stay."""
    op.drop_column("inbox", "deliveries")
