"""The journal as a whole: opened once per process, shared by everything in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from journal.condition import Condition
from journal.database import Clock, Database, JournalUrlInvalid, journal_url
from journal.holds import Holds
from journal.inbox import Inbox
from journal.leases import DEFAULT_TTL, Leases
from journal.links import Links
from journal.mappings import Mappings
from journal.open_lines import OpenLines
from journal.outages import Outages
from journal.pushed import Pushed
from journal.schema import SchemaOutdated, check_schema, migrate
from journal.secrets import Secrets
from journal.sessions import SessionStore
from journal.snapshots import Snapshots
from journal.store_items import StoreItems
from journal.trail import Trail
from journal.watermarks import Watermarks
from settings.keyring import Keyring

__all__ = ["Journal", "JournalUrlInvalid", "SchemaOutdated", "migrate", "open_journal"]


class Journal:
    """What Tillbridge remembers. Every write may be repeated; every time is aware UTC."""

    def __init__(
        self, database: Database, keyring: Keyring, *, lease_ttl: timedelta = DEFAULT_TTL
    ) -> None:
        self.links = Links(database)
        self.trail = Trail(database)
        self.holds = Holds(database)
        self.mappings = Mappings(database)
        self.watermarks = Watermarks(database)
        self.pushed = Pushed(database)
        self.store_items = StoreItems(database)
        self.open_lines = OpenLines(database)
        self.snapshots = Snapshots(database, keyring)
        self.secrets = Secrets(database, keyring)
        self.inbox = Inbox(database)
        self.leases = Leases(database)
        self.outages = Outages(database)
        self.condition = Condition()
        self.sessions = SessionStore(database, keyring, self.leases, lease_ttl=lease_ttl)


@asynccontextmanager
async def open_journal(
    url: str,
    keyring: Keyring,
    *,
    clock: Clock | None = None,
    lease_ttl: timedelta = DEFAULT_TTL,
) -> AsyncIterator[Journal]:
    """Open the journal at a SQLAlchemy URL of SQLite or PostgreSQL.

    Raises:
        JournalUrlInvalid: the URL names no SQLite file and no PostgreSQL database.
        SchemaOutdated: its tables are not those of this version; says what to run.
    """
    database = Database(journal_url(url), clock=clock)
    try:
        await check_schema(database)
        journal = Journal(database, keyring, lease_ttl=lease_ttl)
        try:
            yield journal
        finally:
            await journal.sessions.settle()
    finally:
        await database.close()
