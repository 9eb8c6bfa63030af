"""Webhooks that were accepted while Temporal was away, until they can be told."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select

from domain.record import Record
from journal.database import Database, uninterrupted
from journal.tables import inbox


class InboxEntry(Record):
    """One delivery: which resource's workflow must look again."""

    id: int
    connection: str
    workflow: str  # order, customer
    resource_id: str
    received_at: datetime


class Inbox:
    """Deliveries waiting, in the order in which they came."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @uninterrupted
    async def put(
        self,
        connection: str,
        workflow: str,
        resource_id: str,
        received_at: datetime,
        dedupe_key: str,
    ) -> None:
        """Keep a delivery; one that waits under the same key already is enough."""
        added = self._database.insert(inbox).values(
            connection=connection,
            workflow=workflow,
            resource_id=resource_id,
            received_at=received_at,
            dedupe_key=dedupe_key,
        )
        async with self._database.write() as transaction:
            await transaction.execute(added.on_conflict_do_nothing())

    async def oldest(self, limit: int = 100) -> tuple[InboxEntry, ...]:
        """Return the deliveries that wait longest."""
        query = select(inbox).order_by(inbox.c.number).limit(limit)
        async with self._database.read() as reading:
            return tuple(
                InboxEntry(
                    id=row.number,
                    connection=row.connection,
                    workflow=row.workflow,
                    resource_id=row.resource_id,
                    received_at=row.received_at,
                )
                for row in await reading.execute(query)
            )

    @uninterrupted
    async def done(self, ids: Collection[int]) -> None:
        """Forget deliveries that were told. Repeating it is harmless."""
        async with self._database.write() as transaction:
            await transaction.execute(delete(inbox).where(inbox.c.number.in_(ids)))
