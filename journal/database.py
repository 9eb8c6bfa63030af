"""The way to the database: one pool, reads without a transaction, writes in one at a time."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

from sqlalchemy import URL, Connection, Table, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

Clock = Callable[[], datetime]
Given = ParamSpec("Given")
Outcome = TypeVar("Outcome")

_BUSY_TIMEOUT_MILLISECONDS = 30_000
_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}


class JournalUrlInvalid(ValueError):
    """The journal's URL names no database that it can live in. Its message shows no password."""


def journal_url(url: str) -> URL:
    """Read a URL of SQLite or PostgreSQL, with or without the driver's name.

    Raises:
        JournalUrlInvalid: it is another database, or SQLite without a file.
    """
    parsed = make_url(url)
    driver = _DRIVERS.get(parsed.drivername)
    if driver is None:
        raise JournalUrlInvalid(
            f"the journal lives in SQLite or PostgreSQL, not in '{parsed.drivername}'"
        )
    parsed = parsed.set(drivername=driver)
    if driver == "sqlite+aiosqlite" and parsed.database in (None, "", ":memory:"):
        raise JournalUrlInvalid("SQLite needs a file: sqlite+aiosqlite:///var/tillbridge.db")
    return parsed


def sqlite_file(url: URL) -> Path | None:
    """Return the file of a SQLite database; None for PostgreSQL."""
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


def uninterrupted(
    work: Callable[Given, Coroutine[Any, Any, Outcome]],
) -> Callable[Given, Coroutine[Any, Any, Outcome]]:
    """Let a write end before a cancellation of its caller takes effect.

    A SQLite statement runs on in its thread although nobody awaits it any more; cut off between
    BEGIN and COMMIT it would leave the database locked. A write takes milliseconds.
    """

    @wraps(work)
    async def whole(*args: Given.args, **kwargs: Given.kwargs) -> Outcome:
        task = asyncio.create_task(work(*args, **kwargs))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait([task])
            raise

    return whole


class Database:
    """One process's pool of connections to the journal's database."""

    def __init__(self, url: URL, *, clock: Clock | None = None) -> None:
        """Connect lazily. An injected clock is asked for every `now`, also for leases."""
        self.url = url
        self._clock = clock
        options: dict[str, Any] = {} if self.is_sqlite else {"pool_pre_ping": True}
        self._writing = create_async_engine(url, hide_parameters=True, **options)
        if self.is_sqlite:
            _prepare_sqlite(self._writing)
        self._reading = self._writing.execution_options(isolation_level="AUTOCOMMIT")
        self._durable = self._writing.execution_options(durable=True)

    @property
    def is_sqlite(self) -> bool:
        """Tell SQLite from PostgreSQL."""
        return self.url.get_backend_name() == "sqlite"

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection for single statements that read; it sees what is committed."""
        async with self._reading.connect() as connection:
            yield connection

    @asynccontextmanager
    async def write(self, *, durable: bool = False) -> AsyncIterator[AsyncConnection]:
        """Give a transaction: all of it happens, or nothing. In SQLite it is the only writer.

        A committed transaction outlives the process; a durable one a power cut as well, where
        SQLite otherwise may lose the last ones (sqlite.org/pragma.html#pragma_synchronous).
        """
        engine = self._durable if durable else self._writing
        async with engine.begin() as connection:
            yield connection

    def insert(self, table: Table) -> postgresql.Insert:
        """Start an insert that can say what to do on conflict; both dialects write it the same."""
        if self.is_sqlite:
            return cast(postgresql.Insert, sqlite.insert(table))
        return postgresql.insert(table)

    def now(self) -> datetime:
        """Return the time, aware, in UTC, by this process's clock."""
        return self._clock() if self._clock else datetime.now(UTC)

    async def shared_now(self, connection: AsyncConnection) -> datetime:
        """Return the time by the one clock that all processes share: the database's.

        Leases compare times across machines whose clocks may differ.
        """
        if self._clock or self.is_sqlite:
            return self.now()
        answer = await connection.scalar(text("SELECT clock_timestamp()"))
        return cast(datetime, answer).astimezone(UTC)

    async def close(self) -> None:
        """Close every connection."""
        await self._writing.dispose()


def _prepare_sqlite(engine: AsyncEngine) -> None:
    """Set what each connection needs, and begin transactions as the only writer.

    A deferred transaction that reads first and writes later fails at once with "database is
    locked" when another wrote between (sqlite.org/isolation.html); an immediate one waits.
    """

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(  # pyright: ignore[reportUnusedFunction]
        connection: Any, entry: ConnectionPoolEntry
    ) -> None:
        del entry
        connection.isolation_level = None  # the driver begins nothing by itself
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MILLISECONDS}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:  # pyright: ignore[reportUnusedFunction]
        options = connection.get_execution_options()
        if options.get("isolation_level") == "AUTOCOMMIT":
            return
        if options.get("durable"):
            connection.exec_driver_sql("PRAGMA synchronous = FULL")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
