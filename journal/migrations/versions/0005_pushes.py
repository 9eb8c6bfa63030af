"""What the ERP told and the store was given of each SKU, and what was sold in between."""

import sqlalchemy as sa
from alembic import op

# Nothing of 0004 wrote or read `pushed`, so workers of the release before run on.
revision = "0005_since_0004"
down_revision = "0004"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make `pushed` anew, which was never written to, and what a push needs beside it."""
    op.drop_table("pushed")
    op.create_table(
        "pushed",
        sa.Column("connection", sa.String(length=64), nullable=False),
        sa.Column("flow", sa.String(length=32), nullable=False),
        sa.Column("sku", sa.String(length=200), nullable=False),
        sa.Column("location", sa.String(length=200), nullable=False),
        sa.Column("told", sa.Text(), server_default="", nullable=False),
        sa.Column("told_at", _TIME, nullable=True),
        sa.Column("digest", sa.String(length=64), server_default="", nullable=False),
        sa.Column("pushed_at", _TIME, nullable=True),
        sa.Column("refused", sa.Text(), server_default="", nullable=False),
        sa.Column("batch", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("connection", "flow", "sku", "location", name="pk_pushed"),
    )
    op.create_index("ix_pushed_connection_flow_batch", "pushed", ["connection", "flow", "batch"])
    op.create_table(
        "store_items",
        sa.Column("connection", sa.String(length=64), nullable=False),
        sa.Column("sku", sa.String(length=200), nullable=False),
        sa.Column("stock_id", sa.Text(), server_default="", nullable=False),
        sa.Column("price_id", sa.Text(), server_default="", nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column("seen_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("connection", "sku", name="pk_store_items"),
    )
    op.create_table(
        "unlinked",
        sa.Column("connection", sa.String(length=64), nullable=False),
        sa.Column("item", sa.String(length=200), nullable=False),
        sa.Column("seen_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("connection", "item", name="pk_unlinked"),
    )
    op.create_table(
        "open_lines",
        sa.Column("connection", sa.String(length=64), nullable=False),
        sa.Column("resource", sa.String(length=200), nullable=False),
        sa.Column("sku", sa.String(length=200), nullable=False),
        sa.Column("quantity", sa.Text(), nullable=False),
        sa.Column("posted_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("connection", "resource", "sku", name="pk_open_lines"),
    )
    op.create_index("ix_open_lines_connection_posted_at", "open_lines", ["connection", "posted_at"])


def downgrade() -> None:
    """Forget what was pushed; the next push sends everything again."""
    for table in ("open_lines", "unlinked", "store_items", "pushed"):
        op.drop_table(table)
    op.create_table(
        "pushed",
        sa.Column("connection", sa.String(length=64), nullable=False),
        sa.Column("flow", sa.String(length=32), nullable=False),
        sa.Column("sku", sa.String(length=200), nullable=False),
        sa.Column("location", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("pushed_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("connection", "flow", "sku", "location", name="pk_pushed"),
    )
