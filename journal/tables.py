"""The journal's tables, in types that SQLite and PostgreSQL share. Migrations bring them about."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcTime(TypeDecorator[datetime]):
    """An aware time, kept in UTC. SQLite has no zones: there it is the UTC time without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Turn an aware time into what the database keeps; a naive one is a mistake."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone; the journal keeps aware times only")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Return an aware UTC time whatever the database gives."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


# SQLite numbers rows by itself only in a column that is exactly INTEGER.
_RowNumber = BigInteger().with_variant(Integer(), "sqlite")


def _number() -> Column[int]:
    return Column("number", _RowNumber, primary_key=True, autoincrement=True)


def _connection(*, key: bool = False) -> Column[str]:
    return Column("connection", String(64), primary_key=key, nullable=False)


def _resource(*, key: bool = False) -> Column[str]:
    return Column("resource", String(200), primary_key=key, nullable=False)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, server_default="")


def _sealed(*, nullable: bool = False) -> tuple[Column[str], Column[bytes]]:
    """Make the columns of an encrypted value: which key, and nonce + ciphertext."""
    return (
        Column("key_id", String(64), nullable=nullable, index=True),
        Column("sealed", LargeBinary, nullable=nullable),
    )


links = Table(
    "links",
    metadata,
    _connection(key=True),
    _resource(key=True),
    Column("step", String(200), primary_key=True),
    _text("ref"),
    _text("fingerprint"),
    _text("snapshot"),
    Column("total_amount", Text),  # a decimal as text: no database rounds it
    Column("total_currency", String(3)),
    Column("skipped", Boolean, nullable=False),
    Column("receipt", Text),  # JSON, amounts as text
    Column("linked_at", UtcTime, nullable=False),
    Index(None, "connection", "ref"),
    Index(None, "connection", "snapshot"),
)

trail = Table(
    "trail",
    metadata,
    _number(),
    Column("key", String(300)),  # without one an entry is never a repetition
    _connection(),
    _resource(),
    Column("at", UtcTime, nullable=False),
    _text("actor"),
    _text("action"),
    _text("step"),
    _text("outcome"),
    _text("message"),
    _text("correlation_id"),
    _text("request_digest"),
    _text("response_digest"),
    Column("details", Text, nullable=False, server_default="{}"),
    UniqueConstraint("connection", "key"),
    Index(None, "connection", "resource", "number"),
    sqlite_autoincrement=True,
)

holds = Table(
    "holds",
    metadata,
    _connection(key=True),
    _resource(key=True),
    Column("step", String(200), nullable=False),
    Column("code", String(64), nullable=False),
    _text("reason"),
    _text("remedy"),
    _text("mapping_kind"),
    _text("mapping_key"),
    Column("since", UtcTime, nullable=False),
    Column("closed_at", UtcTime),
    _text("closed_by"),
    Index(None, "closed_at", "since"),
    Index(None, "mapping_kind", "mapping_key"),
)

mappings = Table(
    "mappings",
    metadata,
    _connection(key=True),
    Column("kind", String(64), primary_key=True),
    Column("key", String(300), primary_key=True),
    Column("value", Text, nullable=False),
    _text("actor"),
    Column("changed_at", UtcTime, nullable=False),
)

mapping_history = Table(
    "mapping_history",
    metadata,
    _number(),
    _connection(),
    Column("kind", String(64), nullable=False),
    Column("key", String(300), nullable=False),
    Column("old", Text),  # none: there was no rule
    Column("new", Text),  # none: the rule was removed
    _text("actor"),
    Column("at", UtcTime, nullable=False),
    Index(None, "connection", "kind", "key"),
    sqlite_autoincrement=True,
)

watermarks = Table(
    "watermarks",
    metadata,
    _connection(key=True),
    _resource(key=True),
    Column("at", UtcTime, nullable=False),
)

pushed = Table(
    "pushed",
    metadata,
    _connection(key=True),
    Column("flow", String(32), primary_key=True),  # stock, prices
    Column("sku", String(200), primary_key=True),
    Column("location", String(200), primary_key=True),
    _text("told"),  # what the ERP says; empty: nothing yet
    Column("told_at", UtcTime),
    Column("digest", String(64), nullable=False, server_default=""),  # what the store has of us
    Column("pushed_at", UtcTime),
    _text("refused"),  # why the store does not take it; not tried again until a full pass
    Column("batch", Integer),  # of the push under way that it belongs to
    Index(None, "connection", "flow", "batch"),
)

store_items = Table(
    "store_items",
    metadata,
    _connection(key=True),
    Column("sku", String(200), primary_key=True),
    _text("stock_id"),
    _text("price_id"),
    _text("why"),
    Column("seen_at", UtcTime, nullable=False),
)

unlinked = Table(
    "unlinked",
    metadata,
    _connection(key=True),
    Column("item", String(200), primary_key=True),  # of the ERP, without a SKU in the store
    Column("seen_at", UtcTime, nullable=False),
)

open_lines = Table(
    "open_lines",
    metadata,
    _connection(key=True),
    _resource(key=True),
    Column("sku", String(200), primary_key=True),
    Column("quantity", Text, nullable=False),  # a decimal as text
    Column("posted_at", UtcTime),  # since when the ERP knows of it; null: not yet
    Index(None, "connection", "posted_at"),
)

snapshots = Table(
    "snapshots",
    metadata,
    _connection(key=True),
    Column("digest", String(64), primary_key=True),
    *_sealed(),
    Column("used_at", UtcTime, nullable=False, index=True),
)

sessions = Table(
    "sessions",
    metadata,
    _connection(key=True),
    Column("version", Integer, nullable=False),
    *_sealed(nullable=True),  # null: logged off
    Column("renewed_at", UtcTime, nullable=False),
)

secrets = Table(
    "secrets",
    metadata,
    _connection(key=True),
    Column("name", String(200), primary_key=True),
    *_sealed(),
    Column("set_at", UtcTime, nullable=False),
)

erased = Table(
    "erased",
    metadata,
    _connection(key=True),
    _resource(key=True),
    Column("at", UtcTime, nullable=False),
)

inbox = Table(
    "inbox",
    metadata,
    _number(),
    _connection(),
    Column("workflow", String(64), nullable=False),
    Column("resource_id", String(200), nullable=False),
    Column("received_at", UtcTime, nullable=False),
    Column("dedupe_key", String(300), nullable=False),
    Column("deliveries", Integer, nullable=False, server_default="1"),
    UniqueConstraint("connection", "dedupe_key"),
    sqlite_autoincrement=True,
)

outages = Table(
    "outages",
    metadata,
    _connection(key=True),
    Column("side", String(32), primary_key=True),
    Column("kind", String(64), primary_key=True),
    _text("sentence"),
    _text("remedy"),
    _text("operation"),
    Column("since", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
    Column("retry_at", UtcTime),  # null: whoever waits tries when their time comes
    Column("trying_until", UtcTime),
    Column("closed_at", UtcTime),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(300), primary_key=True),
    Column("holder", String(64), nullable=False),
    Column("expires_at", UtcTime, nullable=False),
)
