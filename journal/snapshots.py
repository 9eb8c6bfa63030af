"""Fetched records as they were, encrypted, by the hash of their content."""

from datetime import datetime

from sqlalchemy import delete, select

from journal.database import Database, uninterrupted
from journal.erasure import Erasures
from journal.sealing import Seal, digest_of
from journal.tables import links, snapshots
from settings.keyring import Keyring


class Snapshots:
    """Keeps what was fetched, so that each step works on exactly what was planned."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._seal = Seal(keyring, "snapshots")
        self.erasures = Erasures(database, keyring)

    @uninterrupted
    async def put(self, connection: str, text: str) -> str:
        """Keep a text and return its SHA-256; the same text is kept once.

        An order whose buyer was erased is kept without them, and the digest is that text's.
        """
        text = await self.erasures.without_erased(connection, text)
        digest = digest_of(text)
        now = self._database.now()
        added = self._database.insert(snapshots).values(
            connection=connection,
            digest=digest,
            used_at=now,
            **self._seal.close(text, connection, digest),
        )
        once = added.on_conflict_do_update(
            index_elements=["connection", "digest"], set_={"used_at": now}
        )
        async with self._database.write() as transaction:
            await transaction.execute(once)
        return digest

    async def get(self, connection: str, digest: str) -> str | None:
        """Return the text; None when it was never kept, or pruned since.

        Raises:
            KeyUnknown: it is encrypted with a key that this process was not given.
        """
        query = select(snapshots.c.key_id, snapshots.c.sealed).filter_by(
            connection=connection, digest=digest
        )
        async with self._database.read() as reading:
            row = (await reading.execute(query)).first()
        return self._seal.open(row.key_id, row.sealed, connection, digest) if row else None

    @uninterrupted
    async def prune(self, before: datetime, *, keep_linked: bool = True) -> int:
        """Delete what was last put before that time; returns how many.

        What a link names stays unless `keep_linked` is off: refunds and amendments are worked
        out from it, long after the order.
        """
        old = delete(snapshots).where(snapshots.c.used_at < before)
        if keep_linked:
            named = select(links.c.snapshot).where(
                links.c.connection == snapshots.c.connection,
                links.c.snapshot == snapshots.c.digest,
            )
            old = old.where(~named.correlate(snapshots).exists())
        async with self._database.write() as transaction:
            return (await transaction.execute(old)).rowcount
