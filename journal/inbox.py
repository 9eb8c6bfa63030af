"""Webhooks that were accepted but not yet handed on to Temporal. One row for each resource."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import bindparam, delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.record import Record
from journal.database import Database, uninterrupted
from journal.tables import inbox

# Any number, the same in all processes: PostgreSQL's advisory locks are named by numbers.
_WRITING = 0x696E_626F


class Delivery(Record):
    """One accepted webhook: which resource's workflow must look again."""

    connection: str
    workflow: str  # order, customer
    resource_id: str
    received_at: datetime


class InboxEntry(Delivery):
    """A resource that waits, since its first delivery came; later ones only raise the count."""

    id: int
    deliveries: int


class InboxWaiting(Record):
    """How much waits, and since when the oldest does; None when nothing waits."""

    resources: int
    deliveries: int
    since: datetime | None


class Inbox:
    """Deliveries waiting, in the order in which their resources first came.

    Reads too end before a cancellation takes effect: the webhook service stops and starts with the
    journal in use all the time, and a connection cut off while it opens is lost to its pool.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @uninterrupted
    async def put(self, deliveries: Collection[Delivery]) -> None:
        """Keep deliveries, all in one transaction. Those of a resource that waits are counted.

        The count is what makes that safe: an entry that was read before it rose is not forgotten
        by `done`.
        """
        told = Counter(map(_key, deliveries))
        first: dict[tuple[str, str], Delivery] = {}
        for delivery in deliveries:
            first.setdefault(_key(delivery), delivery)
        rows = [
            {**delivery.model_dump(), "dedupe_key": key[1], "deliveries": told[key]}
            for key, delivery in first.items()
        ]
        if not rows:
            return
        added = self._database.insert(inbox)
        added = added.on_conflict_do_update(
            index_elements=["connection", "dedupe_key"],
            set_={"deliveries": inbox.c.deliveries + added.excluded.deliveries},
        )
        async with self._database.write(durable=True) as transaction:
            await self._alone(transaction)
            await transaction.execute(added, rows)

    @uninterrupted
    async def oldest(self, limit: int = 100, *, after: int = 0) -> tuple[InboxEntry, ...]:
        """Return the resources that wait longest, of those behind the entry `after`."""
        query = select(inbox).where(inbox.c.number > after).order_by(inbox.c.number).limit(limit)
        async with self._database.read() as reading:
            return tuple(
                InboxEntry(
                    id=row.number,
                    connection=row.connection,
                    workflow=row.workflow,
                    resource_id=row.resource_id,
                    received_at=row.received_at,
                    deliveries=row.deliveries,
                )
                for row in await reading.execute(query)
            )

    @uninterrupted
    async def waiting(self) -> InboxWaiting:
        """Count what waits."""
        query = select(
            func.count(),
            func.coalesce(func.sum(inbox.c.deliveries), 0),
            func.min(inbox.c.received_at),
        ).select_from(inbox)
        async with self._database.read() as reading:
            resources, deliveries, since = (await reading.execute(query)).one()
        return InboxWaiting(resources=resources, deliveries=deliveries, since=since)

    @uninterrupted
    async def done(self, entries: Collection[InboxEntry]) -> None:
        """Forget entries that were handed on, unless one was told of again since it was read."""
        if not entries:
            return
        forgotten = delete(inbox).where(
            inbox.c.number == bindparam("id"), inbox.c.deliveries == bindparam("seen")
        )
        seen = [{"id": entry.id, "seen": entry.deliveries} for entry in entries]
        async with self._database.write() as transaction:
            await self._alone(transaction)
            await transaction.execute(forgotten, seen)

    async def _alone(self, transaction: AsyncConnection) -> None:
        """Keep other writers of the inbox out, as SQLite does anyway.

        Two batches with the same resources in another order would wait for each other's rows for
        ever; PostgreSQL would then refuse one of them.
        """
        if not self._database.is_sqlite:
            await transaction.execute(
                text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _WRITING}
            )


def _key(delivery: Delivery) -> tuple[str, str]:
    return delivery.connection, f"{delivery.workflow}:{delivery.resource_id}"
