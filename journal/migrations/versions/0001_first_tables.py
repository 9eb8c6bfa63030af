"""The journal's first tables; the trail is made append-only by triggers."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_TABLES = (
    "links",
    "trail",
    "holds",
    "mappings",
    "mapping_history",
    "watermarks",
    "pushed",
    "snapshots",
    "sessions",
    "secrets",
    "inbox",
    "leases",
)


def upgrade() -> None:
    """Create all tables."""
    _create_links()
    _create_trail()
    _create_holds()
    _create_mappings()
    _create_mapping_history()
    _create_watermarks()
    _create_pushed()
    _create_snapshots()
    _create_sessions()
    _create_secrets()
    _create_inbox()
    _create_leases()
    if op.get_bind().dialect.name == "sqlite":
        _seal_trail_in_sqlite()
    else:
        _seal_trail_in_postgresql()


def downgrade() -> None:
    """Drop all tables, and with them all that the journal remembers."""
    for table in _TABLES:
        op.drop_table(table)
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION refuse_trail_change")


def _seal_trail_in_sqlite() -> None:
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER trail_refuses_{change.lower()} BEFORE {change} ON trail "
            "BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END"
        )


def _seal_trail_in_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_trail_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the trail is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER trail_refuses_change BEFORE UPDATE OR DELETE OR TRUNCATE ON trail "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_trail_change()"
    )


def _create_links() -> None:
    op.create_table(
        "links",
        sa.Column("connection", sa.String(length=64), nullable=False),
        sa.Column("resource", sa.String(length=200), nullable=False),
        sa.Column("step", sa.String(length=200), nullable=False),
        sa.Column("ref", sa.Text(), server_default="", nullable=False),
        sa.Column("fingerprint", sa.Text(), server_default="", nullable=False),
        sa.Column("snapshot", sa.Text(), server_default="", nullable=False),
        sa.Column("total_amount", sa.Text(), nullable=True),
        sa.Column("total_currency", sa.String(length=3), nullable=True),
        sa.Column("skipped", sa.Boolean(), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=True),
        sa.Column("linked_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("connection", "resource", "step", name="pk_links"),
    )
    op.create_index("ix_links_connection_ref", "links", ["connection", "ref"])
    op.create_index("ix_links_connection_snapshot", "links", ["connection", "snapshot"])


def _create_trail() -> None:
    op.create_table(
        "trail",
        sa.Column("number", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=300), nullable=True),
        sa.Column("connection", sa.String(length=64), nullable=False),
        sa.Column("resource", sa.String(length=200), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("actor", sa.Text(), server_default="", nullable=False),
        sa.Column("action", sa.Text(), server_default="", nullable=False),
        sa.Column("step", sa.Text(), server_default="", nullable=False),
        sa.Column("outcome", sa.Text(), server_default="", nullable=False),
        sa.Column("message", sa.Text(), server_default="", nullable=False),
        sa.Column("correlation_id", sa.Text(), server_default="", nullable=False),
        sa.Column("request_digest", sa.Text(), server_default="", nullable=False),
        sa.Column("response_digest", sa.Text(), server_default="", nullable=False),
        sa.Column("details", sa.Text(), server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_trail"),
        sa.UniqueConstraint("connection", "key", name="uq_trail_connection_key"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_trail_connection_resource_number", "trail", ["connection", "resource", "number"]
    )


def _create_holds() -> None:
    op.create_table(
        "holds",
        sa.Column("connection", sa.String(length=64), nullable=False),
        sa.Column("resource", sa.String(length=200), nullable=False),
        sa.Column("step", sa.String(length=200), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("remedy", sa.Text(), server_default="", nullable=False),
        sa.Column("mapping_kind", sa.Text(), server_default="", nullable=False),
        sa.Column("mapping_key", sa.Text(), server_default="", nullable=False),
        sa.Column("since", _TIME, nullable=False),
        sa.Column("closed_at", _TIME, nullable=True),
        sa.Column("closed_by", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("connection", "resource", name="pk_holds"),
    )
    op.create_index("ix_holds_closed_at_since", "holds", ["closed_at", "since"])
    op.create_index("ix_holds_mapping_kind_mapping_key", "holds", ["mapping_kind", "mapping_key"])


def _create_mappings() -> None:
    op.create_table(
        "mappings",
        sa.Column("connection", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), server_default="", nullable=False),
        sa.Column("changed_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("connection", "kind", "key", name="pk_mappings"),
    )


def _create_mapping_history() -> None:
    op.create_table(
        "mapping_history",
        sa.Column("number", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("connection", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("old", sa.Text(), nullable=True),
        sa.Column("new", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), server_default="", nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_mapping_history"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_mapping_history_connection_kind_key", "mapping_history", ["connection", "kind", "key"]
    )


def _create_watermarks() -> None:
    op.create_table(
        "watermarks",
        sa.Column("connection", sa.String(length=64), nullable=False),
        sa.Column("resource", sa.String(length=200), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("connection", "resource", name="pk_watermarks"),
    )


def _create_pushed() -> None:
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


def _create_snapshots() -> None:
    op.create_table(
        "snapshots",
        sa.Column("connection", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("connection", "digest", name="pk_snapshots"),
    )
    op.create_index("ix_snapshots_key_id", "snapshots", ["key_id"])
    op.create_index("ix_snapshots_used_at", "snapshots", ["used_at"])


def _create_sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("connection", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("renewed_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("connection", name="pk_sessions"),
    )
    op.create_index("ix_sessions_key_id", "sessions", ["key_id"])


def _create_secrets() -> None:
    op.create_table(
        "secrets",
        sa.Column("connection", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("set_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("connection", "name", name="pk_secrets"),
    )
    op.create_index("ix_secrets_key_id", "secrets", ["key_id"])


def _create_inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("number", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("connection", sa.String(length=64), nullable=False),
        sa.Column("workflow", sa.String(length=64), nullable=False),
        sa.Column("resource_id", sa.String(length=200), nullable=False),
        sa.Column("received_at", _TIME, nullable=False),
        sa.Column("dedupe_key", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_inbox"),
        sa.UniqueConstraint("connection", "dedupe_key", name="uq_inbox_connection_dedupe_key"),
        sqlite_autoincrement=True,
    )


def _create_leases() -> None:
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )
