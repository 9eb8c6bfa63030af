"""Persons can be erased: which resources were, and a trail whose texts may be blanked, not more."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ERASED = "(erased)"
_KEPT = (
    "number",
    "key",
    "connection",
    "resource",
    "at",
    "actor",
    "action",
    "step",
    "outcome",
    "correlation_id",
    "request_digest",
    "response_digest",
    "details",
)


def upgrade() -> None:
    """Add the list of what was erased, and let an entry's message be blanked."""
    op.create_table(
        "erased",
        sa.Column("connection", sa.String(length=64), nullable=False),
        sa.Column("resource", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("connection", "resource", name="pk_erased"),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER trail_refuses_update")
        op.execute(
            f"CREATE TRIGGER trail_refuses_update BEFORE UPDATE ON trail WHEN NOT ({_blanks('IS')})"
            " BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END"
        )
        return
    op.execute("DROP TRIGGER trail_refuses_change ON trail")
    op.execute(
        "CREATE TRIGGER trail_refuses_change BEFORE DELETE OR TRUNCATE ON trail "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_trail_change()"
    )
    op.execute(
        "CREATE TRIGGER trail_refuses_update BEFORE UPDATE ON trail FOR EACH ROW "
        f"WHEN (NOT ({_blanks('IS NOT DISTINCT FROM')})) EXECUTE FUNCTION refuse_trail_change()"
    )


def downgrade() -> None:
    """Refuse every change of the trail again, and forget what was erased."""
    op.drop_table("erased")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER trail_refuses_update")
        op.execute(
            "CREATE TRIGGER trail_refuses_update BEFORE UPDATE ON trail "
            "BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END"
        )
        return
    op.execute("DROP TRIGGER trail_refuses_update ON trail")
    op.execute("DROP TRIGGER trail_refuses_change ON trail")
    op.execute(
        "CREATE TRIGGER trail_refuses_change BEFORE UPDATE OR DELETE OR TRUNCATE ON trail "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_trail_change()"
    )


def _blanks(same: str) -> str:
    """Say in SQL that an update blanks the message and leaves everything else as it was."""
    rest = " AND ".join(f"NEW.{column} {same} OLD.{column}" for column in _KEPT)
    return f"NEW.message = '{ERASED}' AND {rest}"
