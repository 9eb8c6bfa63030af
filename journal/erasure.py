"""Erases persons: their records, and whatever of the trail may quote them. Links stay."""

import logging
from collections.abc import Collection

from sqlalchemy import and_, delete, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.order import Order
from domain.privacy import without_person
from domain.record import Record
from journal.database import Database, uninterrupted
from journal.progress import Progress, unheard
from journal.sealing import Seal, digest_of
from journal.subjects import ERASED, Kept, Search, Subject, notes_of, order_in, texts_of
from journal.tables import erased, links, snapshots, trail
from settings.keyring import Keyring

_POSTGRESQL_PURGE = "VACUUM snapshots, trail, holds, links, mappings, mapping_history"
_SUBJECT_CONTEXT = b"erased-person"
_log = logging.getLogger(__name__)


class Erased(Record):
    """How many things were erased, and how many records were kept without their person.

    `purged`: the bytes are gone from the database's files too, as far as it can tell.
    """

    snapshots: int = 0
    anonymous: int = 0
    accounts: int = 0
    texts: int = 0
    notes: int = 0
    purged: bool = True


class Erasures:
    """What was erased, and the erasing. An erased order comes back without its person alone."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring
        self._seal = Seal(keyring, "snapshots")

    async def find(
        self, connection: str, subject: Subject, *, progress: Progress = unheard
    ) -> Kept:
        """Find everything kept of a person, by opening every snapshot of the connection.

        Raises:
            KeyUnknown: a snapshot is encrypted with a key that this process was not given.
        """
        return await Search(self._database, self._keyring, connection).of(subject, progress)

    async def covers(self, connection: str, resource: str) -> bool:
        """Tell whether the person behind a resource was erased."""
        query = select(erased.c.at).filter_by(connection=connection, resource=resource)
        async with self._database.read() as reading:
            return await reading.scalar(query) is not None

    async def without_erased(self, connection: str, snapshot: str) -> str:
        """Return a snapshot as it may be kept: an erased order's without its person."""
        order = order_in(snapshot)
        if order is None or not await self.covers(connection, f"order:{order.id}"):
            return snapshot
        return without_person(order).model_dump_json()

    async def erase(self, connection: str, kept: Kept) -> Erased:
        """Erase what was found. Cut short, it is completed by finding and erasing again.

        A snapshot that a link names gives way to one without the person, from which refunds and
        amendments are still worked out to the cent; every other one is deleted.
        """
        rest = await self._erase_rest(connection, kept)  # first: later nobody knows whose it was
        anonymous = deleted = 0
        for resource in kept.orders:
            theirs = kept.snapshots.get(resource, ())
            anonymous += await self._erase_order(connection, resource, theirs)
            deleted += len(theirs)
        counts = {"anonymous": anonymous, "snapshots": deleted, "purged": await self._purge()}
        return rest.model_copy(update=counts)

    def recognisable(self, subject: Subject) -> str:
        """Return a keyed hash of who was asked for: it confirms a name, and tells none."""
        asked = sorted(
            [f"customer:{one}" for one in subject.customer_ids]
            + [f"email:{one}" for one in subject.emails]
            + [f"order:{one}" for one in subject.order_ids]
        )
        return self._keyring.keyed_hash("\n".join(asked), context=_SUBJECT_CONTEXT)

    @uninterrupted
    async def _erase_order(self, connection: str, resource: str, digests: Collection[str]) -> int:
        """Delete an order's snapshots; return how many were first replaced for its links."""
        of_order = and_(links.c.connection == connection, links.c.resource == resource)
        async with self._database.write() as transaction:
            rows = (await transaction.execute(select(links).where(of_order))).all()
            if any(row.step == "document" for row in rows):
                # From now on the order is kept without its person, whoever fetches it again.
                await self._mark(transaction, connection, resource)
            linked = {row.snapshot for row in rows} & set(digests)
            for digest in sorted(linked):
                anonymous = await self._replaced(transaction, connection, digest)
                named = update(links).where(of_order, links.c.snapshot == digest)
                await transaction.execute(named.values(snapshot=anonymous))
            await transaction.execute(
                delete(snapshots).where(
                    snapshots.c.connection == connection, snapshots.c.digest.in_(digests)
                )
            )
        return len(linked)

    async def _mark(self, transaction: AsyncConnection, connection: str, resource: str) -> None:
        once = self._database.insert(erased).values(
            connection=connection, resource=resource, at=self._database.now()
        )
        await transaction.execute(once.on_conflict_do_nothing())

    async def _replaced(self, transaction: AsyncConnection, connection: str, digest: str) -> str:
        """Keep a snapshot's order without its person; return the digest of that."""
        kept = select(snapshots).filter_by(connection=connection, digest=digest)
        row = (await transaction.execute(kept)).one()
        order = Order.model_validate_json(
            self._seal.open(row.key_id, row.sealed, connection, digest)
        )
        anonymous = without_person(order).model_dump_json()
        renamed = digest_of(anonymous)
        added = self._database.insert(snapshots).values(
            connection=connection,
            digest=renamed,
            used_at=row.used_at,
            **self._seal.close(anonymous, connection, renamed),
        )
        await transaction.execute(added.on_conflict_do_nothing())
        return renamed

    @uninterrupted
    async def _erase_rest(self, connection: str, kept: Kept) -> Erased:
        """Blank what the trail may quote, and delete what is about the person alone."""
        theirs = and_(links.c.connection == connection, links.c.resource.in_(kept.customers))
        async with self._database.write() as transaction:
            blank = update(trail).where(texts_of(kept, connection)).values(message=ERASED)
            texts = (await transaction.execute(blank)).rowcount
            accounts = (await transaction.execute(delete(links).where(theirs))).rowcount
            notes = 0
            for table, where in notes_of(kept, connection):
                notes += (await transaction.execute(delete(table).where(where))).rowcount
        return Erased(accounts=accounts, texts=texts, notes=notes)

    async def _purge(self) -> bool:
        """Have the database let go of the bytes as well: deleted rows linger in its files."""
        try:
            async with self._database.read() as connection:
                if not self._database.is_sqlite:
                    await connection.exec_driver_sql(_POSTGRESQL_PURGE)
                    return True
                await connection.exec_driver_sql("VACUUM")
                busy = await connection.scalar(text("PRAGMA wal_checkpoint(TRUNCATE)"))
                return busy == 0
        except DBAPIError as error:
            _log.warning(
                "The journal's deleted rows were not purged: %s", type(error.orig).__name__
            )
            return False
